//! Brokerless transport over Unix-domain sockets, TCP and, with the feature `tls`, TLS, for services on one machine or in one network.
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
//! At least once, and exactly as often as it was asked for while both processes live. A publish is confirmed when the listening end
//! has the message in all its queues. When the connection is lost, the connecting end connects again (pauses from 10 to 250 ms) and
//! its *session* goes on: what it holds stays its own and can still be settled, settlements made meanwhile count, what was published
//! is published once, and what was on its way to either end arrives once and in order. What is not confirmed by its deadline fails
//! with a retryable error, an ambiguous one unless it is known that nothing was sent.
//!
//! The listening end keeps a session without its connection for [`SocketSettings::resume`]; until then nobody else gets what the
//! session holds. After that, and where the listening process is another one, a session begins: deliveries of the one before are
//! told to be gone and come again, here or elsewhere; what waits for a confirmation is published again, with the same id. Reply
//! addresses and subscriptions without a group keep collecting for [`SocketSettings::linger`] more. An end that is closed or dropped
//! gives back at once what it has not settled.
//!
//! A publish waits for room in the queues that it goes to, unless so much waits already, of all connections
//! ([`SocketSettings::waiting_bytes`]), that it fails as busy at once. It does not wait for ever for the groups of a topic: one whose
//! listeners are gone, or have taken and settled nothing for
//! [`MemorySettings::idle_after`](tidings::memory::MemorySettings::idle_after) (20 seconds), keeps
//! the newest messages that there is room for (10,000 and 64 MiB, [`SocketSettings::memory`]), loses the oldest, and is told so
//! (`Event::Lost`). A group that nobody comes back to stays until the process ends, or deletes it
//! ([`Memory::delete_group`](tidings::Memory::delete_group), of what [`SocketTransport::host`] was given).
//!
//! What is queued lives with the listening process, as `durable: false` among the [capabilities](tidings::Capabilities) says. Where
//! nothing may be lost with it either, a publisher asks for confirmation when its messages have been *settled* by their receivers:
//! [`SocketTransport::confirm_settled`], or `?confirm=settled` behind the address of a server. What was not confirmed by then it still has, and what waits is sent to the next process that
//! listens.
//!
//! # Safety
//! A Unix socket's file can be used by its owner only (mode 0600). `tcp:` has no encryption, and no authentication but
//! [`SocketSettings::token`], which travels as it is: listen on loopback, or where nobody listens on the way, or write `tcps:`. A frame that is too large or makes no sense ends its
//! connection and nothing else.
//!
//! # TLS
//! `tcps:HOST:PORT` is the same with TLS 1.3 around it, by rustls with ring: the feature `tls` of this crate. It is named as AsyncAPI names other protocols with TLS, by an `s` (`amqps`, `wss`), and so is the server's
//! `protocol` in a document. What is told by [`SocketSettings`] has the names that it has for brokers; certificates and keys are PEM:
//!
//! | setting | the listening end | the connecting end |
//! |---|---|---|
//! | `certificate`, or `Security::Certificate` of a document's server (`X509`) | its own, which it must have | its own, where the listening end asks for one |
//! | `authorities` | | whose certificates it trusts; those of the system unless told |
//! | `client_authorities` | asks for a certificate that one of these has signed; for none unless told | |
//! | `server_name` | | the name that the other's certificate must have; the host of the address unless told |
//!
//! ```no_run
//! # async fn run(pem: fn(&str) -> String) -> tidings::Result<()> {
//! use tidings_socket::{Certificate, SocketSettings, SocketTransport};
//!
//! let own = Certificate::new(pem("orders.pem"), pem("orders.key"));
//! let settings = SocketSettings::default().with_certificate(own).with_client_authorities(pem("clients-ca.pem"));
//! let service = SocketTransport::listen_with("tcps:0.0.0.0:4510".parse()?, settings).await?;
//!
//! let own = Certificate::new(pem("client.pem"), pem("client.key"));
//! let settings = SocketSettings::default().with_certificate(own).with_authorities(pem("ca.pem"));
//! let client = SocketTransport::connect_with("tcps:orders.example:4510".parse()?, settings).await?;
//! # Ok(())
//! # }
//! ```
//!
//! An end that refuses the other says why, and that is told where it connects, at once and not as retryable: a certificate that has expired, is for another name or signed by nobody who is trusted, one that is asked for and not
//! shown, and TLS where the other end has none, or the other way round. Who was connected before goes on trying, so that a certificate may be mended meanwhile. A handshake has five seconds, or three heartbeats where that
//! is less; until it is done it counts among the [`connections`](SocketSettings::connections), as any that has not said who it is. Certificates are read when an end begins: to renew that of a listening end, drop it and
//! [host](SocketTransport::host) its `Memory` again, whose sessions go on.
//!
//! # Several instances
//! A queue lives in the process that listens. Where several processes of one service listen, each has a queue of its own, and an [`InstancesTransport`] connects to all of them, as a [`Discovery`] finds them: a `Vec<Address>`, a file that
//! is read again and again ([`InstancesFile`]), or announcements by UDP multicast (`Beacon` and `Announcement`, by the feature `beacon`). One rule says what that comes to: *a message is at one instance, who receives is at all of them.*
//!
//! ```no_run
//! # async fn run() -> tidings::Result<()> {
//! use tidings_socket::{InstancesFile, InstancesTransport};
//!
//! let found = InstancesFile::watch("/etc/orders.instances").await?;
//! let client = InstancesTransport::connect(found).await?.confirm_settled();
//! # Ok(())
//! # }
//! ```
//!
//! | | |
//! |---|---|
//! | publishing | A key goes to the same instance, whoever publishes (by rendezvous hashing over the addresses that are there), and only the keys of one that goes go elsewhere. What has no key goes to each in turn. |
//! | receiving | At every instance that is there, and at each to come as soon as it is found; at one that is found no more as long as it is connected. The service itself serves its own listening end, and gets its share. What is published to a topic before a subscriber has found that instance it does not get. Prefetch is counted by each instance. |
//! | replies | Whoever asks has its inbox at every instance. Who receives by discovery and answers has to be asked by discovery too. |
//! | gone is | who has no connection for a second, or says nothing for three heartbeats (which are 750 ms at most), or is neither found nor connected: others do its work within five seconds |
//! | loss | With [`confirm_settled`](InstancesTransport::confirm_settled) none of what was confirmed; a publish whose instance is gone goes to another until its deadline. Without, what was queued at an instance goes with it. |
//! | repeats | What an instance that is gone had taken, and not confirmed, is published again, with the same id. One that was only cut off goes on with what it has meanwhile. |
//! | order | What one publisher publishes of a key, in one batch or each once the one before was confirmed *as settled*, is handled for the first time in that order, whatever comes and goes. Without `confirm_settled` a message may be handled before an earlier one that still waits at another instance, whenever one comes or goes. |
//!
//! So no promise is made that a key is held by one consumer at a time, and [capabilities](tidings::Capabilities) say so: `affinity` and `order` are none, and a service whose channels have keys does not start on it; it listens, and its own end keeps them.
//!
//! An instance is announced, or written into the file, once it serves: what is published to it waits for its handlers. One that is stopped in order withdraws first (from the file, or by `Announcement::withdraw`), then stops its service and closes its transport. Who can write the file, or reach the group, can say where instances are: where that is not to be trusted, they are at `tcps:`, with one
//! [`server_name`](SocketSettings::server_name).
//!
//! # Frames
//! A frame is a length (`u32`, at most 16 MiB), a kind (`u8`) and the fields below. Integers are big-endian; `bytes` and
//! `text` (UTF-8) are a `u32` length and that many bytes; `flag` is a `u8`, 0 or 1; `T?` is a flag and, for 1, the value;
//! `[T]` is a `u32` count and the items. Reasons are cut off behind 1024 bytes. The connecting end begins with `Hello`; the listening end answers `Welcome`, or
//! `Refused` where it does not speak that version (now 5), and closes; so it does where there are as many connections as it takes
//! ([`SocketSettings::connections`]), which is a retryable fault: the connecting end tries again. Identifiers of requests and subscriptions are
//! chosen by the connecting end. All other frames but `Ping` and `Pong` are counted from the beginning of the session; each end
//! keeps those that the other is not known to have, and sends them again over the next connection.
//!
//! | kind | from the connecting end | fields |
//! |---|---|---|
//! | 1 | Hello | `TIDINGS\n` (8 bytes), version `u16`, session (16 bytes), received `u64?` (none to begin a session), token `text?` |
//! | 2 | Publish | request `u64`, within microseconds `u64`, settled `flag`, channel, messages `[message]` |
//! | 3 | Subscribe | subscription `u64`, channel, group `text?`, prefetch `u32`, prefetch in bytes `u64`, of one key (messages `u32`, bytes `u64`)`?`, private `flag` |
//! | 4 | Settle | subscription `u64`, `[position u64, verdict]` |
//! | 5 | Unsubscribe | subscription `u64` |
//! | 6 | Ensure | request `u64`, create `flag`, `[channel, group text?]` |
//! | 7 | Goodbye | |
//! | 8 | Ping | received `u64` |
//! | 9 | Void | stands for a frame that nobody needs any more |
//! | 10 | Demand | subscription `u64`, deliveries `u64`, of all since the session began |
//!
//! | kind | from the listening end | fields |
//! |---|---|---|
//! | 129 | Welcome | version `u16`, received `u64?` (none where a session begins) |
//! | 130 | Outcomes | request `u64`, `[outcome]`, one a message or one for all that is wanted |
//! | 131 | Subscribed | subscription `u64`, outcome |
//! | 132 | Deliver | subscription `u64`, `[position u64, attempt u32, address text? where the channel is a wildcard, message]` |
//! | 133 | Ended | subscription `u64`, fault |
//! | 134 | Refused | fault: what is wrong with what came; the connection ends |
//! | 135 | Farewell | answers Goodbye when all before it is done |
//! | 136 | Pong | received `u64`; answers Ping |
//! | 137 | Lost | subscription `u64`, count `u64?` |
//!
//! | part | fields |
//! |---|---|
//! | channel | kind `u8` (0 point-to-point, 1 publish-subscribe; 2 and 3 the same as wildcards), shards `u16`, address `text` (at most 4096 bytes) |
//! | message | id (`flag`; for 0 a UUID of 16 bytes, for 1 `text`), name `text?`, content type `text?`, reply to `text?`, correlation id `text?`, key `bytes?`, created, expires and not before in microseconds since 1970 `u64?`, headers `[name text, value bytes]`, body `bytes` |
//! | verdict | `u8`: 0 done, 1 again after microseconds `u64`, 2 rejected with the reason `text`, 3 released |
//! | outcome | `flag`; for 1 a fault |
//! | fault | kind `u8` (1 unsupported, 2 not found, 3 in use, 4 permission denied, 5 too large, 6 timeout, 7 connection lost, 8 invalid, 9 closed, 10 conflict, 11 busy, 12 skipped, 13 rejected, else unexpected), retryable `flag`, ambiguous `flag`, reason `text` |
//!
//! A session has at most 4096 subscriptions.
//!
//! A message has every property in a field of its own, and its headers as the application and the layers have them, trace context
//! (`traceparent`, `tracestate`) among them.
//!
//! Flow is bounded by demand and by prefetch. The listening end sends as many deliveries as the connecting end asks for, and that asks
//! for what its receiver has room for at the moment, again once half of that is missing: what waits beyond that stays in the queue, for
//! others too. It sends no more, nor more bytes, than the prefetch before some are settled; where
//! there is a bound for one key, the others of a key do not count beside the first. A
//! private subscription's queue goes when it is unsubscribed, or [`SocketSettings::linger`] after its session was over.
//! Either end tells how many frames of the session it has received (`received`) after 64 of them or 256 KiB. The connecting end
//! sends a Ping whenever a heartbeat has passed; an end that hears nothing for three, or whose frames
//! nobody takes for three, gives up the connection. Hello and its answer are at most 64 KiB.
mod address;
mod batch;
mod certificate;
mod client;
mod connector;
mod dial;
mod discovery;
#[doc(hidden)]
pub mod fuzzing;
mod instances;
mod outbox;
mod server;
mod settings;
mod stream;
mod tally;
mod tls;
mod token;
mod transport;
mod wire;
mod writer;

pub use address::Address;
pub use certificate::Certificate;
pub use connector::SocketConnector;
#[cfg(feature = "beacon")]
pub use discovery::{Announcement, Beacon};
pub use discovery::{Discovery, InstancesFile};
pub use instances::{InstancesSettler, InstancesSubscription, InstancesTransport};
pub use settings::SocketSettings;
pub use token::Token;
pub use transport::{SocketSettler, SocketSubscription, SocketTransport};
