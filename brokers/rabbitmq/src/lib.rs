//! Transport over RabbitMQ (AMQP 0-9-1), by [`lapin`].
//!
//! ```no_run
//! # async fn run() -> tidings::Result<()> {
//! use tidings_rabbitmq::RabbitTransport;
//!
//! let transport = RabbitTransport::connect("amqp://user:password@localhost:5672/vhost").await?;
//! # Ok(())
//! # }
//! ```
//!
//! A program that chooses its broker at run time puts a [`RabbitConnector`] into its `Registry`: it speaks `amqp` and `amqps`, and
//! identifies by a user and a password, by a token in place of a password, or by a certificate (SASL `EXTERNAL`).
//!
//! # What a channel is at the broker
//!
//! | channel | published to | received from |
//! |---|---|---|
//! | point-to-point | the default exchange, under the queue's name | a queue of the address, or of `queue.name` in the binding |
//! | point-to-point, bound to an exchange | that exchange, under the address | the same queue, bound to it by the address |
//! | publish-subscribe | `amq.topic`, or the exchange of the binding, under the address | a queue `ADDRESS.GROUP`, bound by the address |
//! | without a group | the same | a queue of the subscription's own, which goes with it |
//! | every channel of a template | – | the same, bound by a pattern: `orders.{region}.placed` is `orders.*.placed` |
//! | replies | the default exchange | a queue `tidings.inbox.ID`, which goes [some time](RabbitSettings::linger) after its connection |
//!
//! Queues are durable and messages persistent unless the bindings say otherwise. Receivers make their queue when they subscribe; a
//! publisher makes none, and is told `NotFound` where no queue takes a point-to-point message. Of a channel
//! [whose messages have keys](tidings::Channel::keyed), the queue has a single active consumer: the order of keys outlives competing
//! consumers, which stand by. Other channels are shared among their consumers.
//!
//! # What of a message goes where
//!
//! | message | property |
//! |---|---|
//! | id | `message_id`; a foreign message without one gets a fresh id each time it is delivered |
//! | name | `type` |
//! | content type | `content_type` |
//! | reply address | `reply_to` |
//! | correlation id | `correlation_id` |
//! | key | header `tidings-key` |
//! | created | `timestamp` in seconds, and header `timestamp_in_ms` |
//! | expires | `expiration`, and header `tidings-expires` in milliseconds since 1970 |
//! | not before | header `tidings-not-before`; the broker holds nothing back |
//! | headers, trace context among them | headers of the same names, texts; one that is there more than once is an array, and `tidings-order` says in which order they were where that is not the order of their names |
//!
//! Headers of foreign producers that are no texts are read as JSON writes them. Texts in properties are at most 255 bytes; all headers
//! of a message fit into one frame, 124 KiB unless the broker says otherwise.
//!
//! # Delivery
//! At least once. A publish is confirmed when the broker has the message on disk in all of its queues. Confirmations are waited for
//! together, so that messages of a key are sent before earlier ones are confirmed: a queue that refuses one because it is full
//! (`reject-publish`) may take a later one of the key. What is not confirmed by its deadline fails, and is ambiguous where it was sent.
//! Settlements are told together, and done once the broker has answered.
//!
//! There are two connections, one to publish by and one to receive by, since the broker stops reading from publishers when its memory
//! or disk is full. Each comes back by itself when it is lost, with pauses up to a second; then subscriptions make what leads to their
//! queues anew, tell that what they held is gone, and go on. A quorum queue ([`QueueType::Quorum`]) counts deliveries, and its own
//! limit of them is out of the way, so that a policy decides; other queues count none.
//!
//! # Bindings
//! Honoured: `is`, `exchange` (`name`, `type` but `headers`, `durable`, `autoDelete`), `queue` (`name`, `durable`, `exclusive`,
//! `autoDelete`), `vhost` where it is that of the connection; of operations `expiration`, `userId`, `cc`, `bcc`, `priority`,
//! `deliveryMode`, `mandatory`, `timestamp`. Refused by name: another `vhost`, exchanges of type `headers`, `is: queue` of a
//! publish-subscribe channel, `ack: false`, and operations of one channel that say different things.
//!
#![doc = include_str!("../INTEROP.md")]
mod address;
mod bindings;
mod connector;
mod core;
mod error;
mod headers;
mod link;
mod out;
mod properties;
mod publish;
mod publisher;
mod settings;
mod subscription;
mod tls;
mod topology;
mod transport;

pub use connector::RabbitConnector;
pub use out::RabbitSettler;
pub use settings::{QueueType, RabbitSettings};
pub use subscription::RabbitSubscription;
pub use transport::RabbitTransport;
