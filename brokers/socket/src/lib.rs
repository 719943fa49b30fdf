//! Brokerless transport over Unix-domain sockets and TCP, for services on one machine or in one trusted network.
//!
//! The listening end hosts Tidings' in-process transport; connecting ends reach it over frames, so that both ends behave
//! the same. What is queued lives in the listening process and ends with it; everything else survives a lost connection.
//!
//! ```no_run
//! # async fn run() -> tidings::Result<()> {
//! use tidings_socket::SocketTransport;
//!
//! let service = SocketTransport::listen("unix:/run/orders.sock".parse()?).await?;
//! let client = SocketTransport::connect("unix:/run/orders.sock".parse()?).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Delivery
//! At least once. A publish is confirmed when the listening end has the message in all its queues. When the connection is
//! lost, the connecting end connects again (pauses from 10 to 250 ms), subscribes again, keeps its reply addresses, and
//! publishes again what waits for a confirmation, in the old order; so a message may be there twice, with the same id. What
//! is not confirmed by its deadline fails with a retryable, ambiguous error. Deliveries that were not settled
//! are delivered again; those that came over an earlier connection are told to be gone, and settling them does nothing.
//! Settlements are not confirmed.
//! An end that comes back is served once the connection that it lost has ended at the listening end too, so that no key is out
//! twice. Reply addresses and subscriptions without a group keep collecting for [`SocketSettings::linger`] after a lost connection.
//!
//! # Safety
//! A Unix socket's file can be used by its owner only (mode 0600). TCP has no encryption, and no authentication but
//! [`SocketSettings::token`], which travels as it is: listen on loopback, or where nobody listens on the way. A frame that is too large or makes no sense ends its
//! connection and nothing else.
//!
//! # Frames
//! A frame is a length (`u32`, at most 16 MiB), a kind (`u8`) and the fields below. Integers are big-endian; `bytes` and
//! `text` (UTF-8) are a `u32` length and that many bytes; `flag` is a `u8`, 0 or 1; `T?` is a flag and, for 1, the value;
//! `[T]` is a `u32` count and the items. The connecting end begins with `Hello`; the listening end answers `Welcome`, or
//! `Refused` where it does not speak that version (now 2), and closes. Identifiers of requests and subscriptions are
//! chosen by the connecting end.
//!
//! | kind | from the connecting end | fields |
//! |---|---|---|
//! | 1 | Hello | `TIDINGS\n` (8 bytes), version `u16`, session (16 bytes), token `text?` |
//! | 2 | Publish | request `u64`, within microseconds `u64`, channel, messages `[message]` |
//! | 3 | Subscribe | subscription `u64`, channel, group `text?`, prefetch `u32`, prefetch in bytes `u64`, private `flag` |
//! | 4 | Settle | subscription `u64`, `[position u64, verdict]` |
//! | 5 | Unsubscribe | subscription `u64` |
//! | 6 | Ensure | request `u64`, create `flag`, `[channel, group text?]` |
//! | 7 | Goodbye | |
//! | 8 | Ping | |
//!
//! | kind | from the listening end | fields |
//! |---|---|---|
//! | 129 | Welcome | version `u16` |
//! | 130 | Outcomes | request `u64`, `[outcome]`, one a message or one for all that is wanted |
//! | 131 | Subscribed | subscription `u64`, outcome |
//! | 132 | Deliver | subscription `u64`, `[position u64, attempt u32, message]` |
//! | 133 | Ended | subscription `u64`, fault |
//! | 134 | Refused | fault; the connection ends |
//! | 135 | Farewell | answers Goodbye when all before it is done |
//! | 136 | Pong | answers Ping |
//! | 137 | Lost | subscription `u64`, count `u64?` |
//!
//! | part | fields |
//! |---|---|
//! | channel | kind `u8` (0 point-to-point, 1 publish-subscribe), shards `u16`, address `text` (at most 4096 bytes) |
//! | message | id (`flag`; for 0 a UUID of 16 bytes, for 1 `text`), name `text?`, content type `text?`, reply to `text?`, correlation id `text?`, key `bytes?`, created, expires and not before in microseconds since 1970 `u64?`, headers `[name text, value bytes]`, body `bytes` |
//! | verdict | `u8`: 0 done, 1 again after microseconds `u64`, 2 rejected with the reason `text`, 3 released |
//! | outcome | `flag`; for 1 a fault |
//! | fault | kind `u8` (1 unsupported, 2 not found, 3 in use, 4 permission denied, 5 too large, 6 timeout, 7 connection lost, 8 invalid, 9 closed, 10 conflict, 11 busy, 12 skipped, else unexpected), retryable `flag`, ambiguous `flag`, reason `text` |
//!
//! Flow is bounded by prefetch: the listening end sends no more deliveries, nor bytes, than the prefetch before some are settled. A
//! private subscription's queue goes when it is unsubscribed, or [`SocketSettings::linger`] after its connection was lost.
//! The connecting end sends a Ping whenever a heartbeat has passed; an end that hears nothing for three, or whose frames
//! nobody takes for three, gives up the connection. Hello and its answer are at most 64 KiB.
mod address;
mod client;
mod server;
mod stream;
mod token;
mod transport;
mod wire;

pub use address::Address;
pub use token::Token;
pub use transport::{SocketSettings, SocketSettler, SocketSubscription, SocketTransport};
