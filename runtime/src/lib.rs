//! Messaging runtime under the code that the Tidings generator writes: typed messages over any broker.
//!
//! Generated code brings the message types, a client and a service trait; this crate brings everything that is the same
//! for every document. A [`Transport`] moves messages, [`Memory`] is the one within a process. A [`Client`] sends,
//! requests and subscribes; a [`Router`] with [`serve`] receives.
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//! use tidings::{Channel, Client, InvalidMessage, Memory, Message, Received, Router, TypedMessage, codegen};
//!
//! // Generated code implements this for every message of a document.
//! struct Number(u32);
//! impl TypedMessage for Number {
//!     const NAMES: &'static [&'static str] = &["Number"];
//!     fn encode(&self) -> Result<Message, InvalidMessage> {
//!         Ok(Message::named("Number", "application/json", codegen::json("Number", &self.0)?))
//!     }
//!     fn decode(message: &Message) -> Result<Self, InvalidMessage> {
//!         codegen::from_json("Number", message).map(Self)
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let transport = Arc::new(Memory::new());
//! let channel = Channel::point_to_point("numbers.double");
//!
//! let mut router = Router::new();
//! router.on_request(channel.clone(), async |number: Received<Number>| Ok(Number(number.0 * 2)));
//! let service = tidings::serve(transport.clone(), router).await?;
//!
//! let client = Client::new(transport);
//! let reply: Number = client.request(&channel, &Number(21), Duration::from_secs(5)).await?;
//! assert_eq!(reply.0, 42);
//! service.stop(Duration::from_secs(5)).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Delivery is at least once: a message is settled when its handler has returned, so a crash, a lost connection or an
//! elapsed timeout may bring it again, with the same [`Message::id`]. Nothing is lost silently: a message that is rejected,
//! that nobody takes, or that fails too often ends in the dead letters of its channel, and whoever asked is told: see [`Policy`].
//! So does what a [`Subscription`] cannot read or its user rejects.
#[cfg(feature = "avro")]
pub mod avro;
mod base64;
mod beside;
mod bindings;
mod by_key;
mod channel;
mod checks;
mod client;
mod clock;
pub mod codegen;
mod context;
mod date_time;
pub mod dead_letter;
mod decimal;
mod encodings;
mod error;
mod failure;
#[cfg(any(feature = "avro", feature = "protobuf"))]
mod fault;
mod format;
mod given;
mod id;
mod ids;
mod inbox;
mod invalid;
mod json;
mod key;
mod layer;
pub mod layers;
mod lease;
pub mod memory;
mod message;
mod outgoing;
mod outstanding;
mod pattern;
mod policy;
#[cfg(feature = "protobuf")]
pub mod protobuf;
mod publish;
mod recognition;
#[cfg(any(feature = "avro", feature = "protobuf"))]
mod registry;
mod request;
mod requirement;
mod router;
mod run;
mod service;
mod settings;
mod subscription;
mod template;
pub mod testing;
pub mod transport;
mod typed;
mod unseen;
mod violations;
mod watermark;
#[cfg(feature = "validation")]
mod whole;
mod worker;

pub use base64::{Base64, NotBase64};
pub use bindings::{Binding, Bindings};
pub use channel::{Channel, ChannelKind};
pub use client::{Client, Responses, outgoing};
pub use context::Context;
pub use date_time::{Date, DateTime, Instant, NotDateTime, Rfc3339};
pub use decimal::{Decimal, NotNumber};
pub use error::{BoxError, Error, ErrorKind, Result};
pub use failure::{HandlerError, ReceiveError, RequestError, SendError};
pub use given::Given;
pub use id::MessageId;
pub use invalid::{InvalidMessage, InvalidValue};
pub use json::Json;
pub use layer::{Handled, Handling, Layer, Layers, Next, Reply};
pub use memory::Memory;
pub use message::{Message, Str};
pub use outgoing::Outgoing;
pub use policy::{Backoff, DeadLetters, Policy};
pub use publish::{Publish, Publishing};
pub use request::{Request, outgoing_request};
pub use requirement::Requirement;
pub use router::Router;
pub use service::{Health, Probe, Service, serve};
pub use settings::{PolicySettings, Settings};
pub use subscription::{Delivery, Subscription};
pub use transport::{
    BoxFuture, Capabilities, Connector, DynTransport, Registry, Scheme, Security, Server,
    SubscribeSpec, Token, Transport, Verdict, connect,
};
pub use typed::{Metadata, Received, TypedMessage};
pub use violations::{Validate, Violation, Violations};
pub use watermark::Watermark;
