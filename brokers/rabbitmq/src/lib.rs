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
//! In the name of its queue a group is one word: `.` and `%` in it are `%2E` and `%25`, and so are the first signs of one that is a number or
//! `dead-letters`; no two groups of any two channels have one queue, nor does one have that of dead letters or a [shard](#shards). A
//! point-to-point channel is called as its address is, whatever that is: none may be `ADDRESS.GROUP` or `ADDRESS.NUMBER` of another. Where
//! one is, their consumers take each other's messages, and those of the group or the shard warn of it.
//!
//! Queues are durable and messages persistent unless the bindings say otherwise. Receivers make their queue when they subscribe; a
//! publisher makes none, and is told `NotFound` where no queue takes a point-to-point message. Of a channel
//! [whose messages have keys](tidings::Channel::keyed), the queue has a single active consumer: the order of keys outlives competing
//! consumers, which stand by, unless it is [split](#shards). Other channels are shared among their consumers.
//!
//! Replies do not come by the broker's pseudo-queue `amq.rabbitmq.reply-to`: what is on its way there is lost with the connection, while
//! the queue of an instance keeps it until the connection is back; and requests would have to be published over the very channel that
//! replies come by, which the broker stops reading from when its memory is full. A queue is made once for an instance and not for
//! each request.
//!
//! # Shards
//! With [`RabbitSettings::shards`], a channel whose messages have keys is split into as many queues, `ADDRESS.0`, `ADDRESS.1` …, each
//! with a single active consumer; for groups of publish-subscribe channels `ADDRESS.GROUP.0` and so on. An exchange `ADDRESS.shards` of
//! type `x-consistent-hash` keeps each key in one of them, by the header `tidings-key`; messages without a key are in one, too. Publishers
//! and receivers of a channel have to agree that it is split; receivers make its queues, and are told where there are others. Foreign
//! producers publish to that exchange.
//!
//! A consumer stands by at every shard. Five times a second it looks how many there are, and leaves what it has beyond its share, rounded
//! up, to whoever waits longest: it hands out nothing more of that shard, waits up to 3 seconds until what is out is settled, and gives
//! the rest back in its place. Where one goes or dies, the broker has another take over at once. With 16 shards and 5 consumers, 4 of
//! them have 4 each and one stands by: have several times as many shards as consumers.
//!
//! # What of a message goes where
//!
//! | message | property |
//! |---|---|
//! | id | `message_id`; a foreign message without one gets a fresh id each time it is delivered |
//! | name | `type`, unless the message's binding says another `messageType` |
//! | content type | `content_type` |
//! | reply address | `reply_to` |
//! | correlation id | `correlation_id` |
//! | key | header `tidings-key` |
//! | created | `timestamp` in seconds, and header `timestamp_in_ms` |
//! | expires | `expiration`, and header `tidings-expires` in milliseconds since 1970 |
//! | not before | header `tidings-not-before`, and `tidings-later-LEVEL` where it is [held back](#later) |
//! | headers, trace context among them | headers of the same names, texts; one that is there more than once is an array, and `tidings-order` says in which order they were where that is not the order of their names |
//! | headers whose names mean something to the broker (`CC`, `x-death`) or are of this table | headers named `tidings-header-NAME` |
//!
//! Headers of foreign producers that are no texts are read as JSON writes them. Texts in properties are at most 255 bytes; all headers
//! of a message fit into one frame, 124 KiB unless the broker says otherwise.
//!
//! # Delivery
//! At least once. A publish is confirmed when the broker has the message on disk in all of its queues. Confirmations are waited for
//! together, but for those of one key in one batch: the broker may refuse one (its queue is full and says `reject-publish`, or is not
//! there) and take the next, so that each is sent once the one before is confirmed, and none behind one that failed. Of a topic, other
//! queues may have taken the refused one, so that its error is ambiguous. What waits for its confirmation is at most 64 MiB, others
//! wait for their turn. What is not confirmed by its deadline fails, and is ambiguous where it was sent. What found no room, in a queue or since the
//! broker's memory or disk is full, fails as `Busy`, to be tried again after a second.
//! Settlements are told together. The broker answers none of them: what is lost on the way comes again. It sends ahead as many
//! messages as may be unsettled, whatever their size, and knows no bound by bytes: beyond those that may be unsettled, they wait here. Where more
//! than as many bytes again come (all shards together; 8 MiB at least), the rest is given back once those are done, and the broker is asked for fewer from
//! then on, as many as fit; what is out has half a minute to be settled before. A quorum queue counts what was given back as delivered.
//! There is no such bound for a queue that is deleted with its last consumer (`autoDelete`).
//!
//! There are two connections, one to publish by and one to receive by, since the broker stops reading from publishers when its memory
//! or disk is full. Each comes back by itself when it is lost, with pauses up to a second where that fails or does not last; then subscriptions make what leads to their
//! queues anew, tell that what they held is gone, and go on. A quorum queue ([`QueueType::Quorum`]) counts deliveries; other queues
//! count none. RabbitMQ 3.10.8 says that a queue is made, and confirms what is in it, before it would know of the queue again: one that was
//! made within seconds before its process was killed is forgotten, with all that it confirmed. A quorum queue mostly is; a classic one was in
//! 2 of 35 tries by another client, both times about a second old. No answer of the broker tells when it is over: make queues
//! before they are needed (`ensure`), by ten seconds.
//!
//! # Later
//! A message that is published for later is held back by the broker, for 19 days at most and a tenth of a second more than it says, by
//! queues that let go of what they hold after 0.1, 0.1, 0.2, 0.4 … seconds: `tidings.later.LEVEL`, each with an exchange of its name, and
//! `tidings.later.EXCHANGE.LEVEL` for messages that are not for the default exchange. It goes through those whose times add up. They are
//! made when they are needed, and stay. It comes behind what was published meanwhile, whatever its key. A message that expires is kept
//! for as long as it is held back, and given up by who receives it. Where its queue has gone by then it is lost, as it would have been
//! in that queue. `bcc` does not go with it, and is an error.
//!
//! What is [retried](tidings::Verdict::Retry) after a pause stays with its consumer, unacknowledged, so that its attempts go on; it comes
//! at once when that goes. The broker ends the channel where a message is unacknowledged for longer than its `consumer_timeout` says, 30
//! minutes unless it says otherwise: then all that is unsettled there comes again, so that pauses are to be shorter.
//!
//! # Dead letters
//! What a service gives up, it publishes to the queue `ADDRESS.dead-letters` with the reason, which the broker could not keep, and
//! acknowledges then. A quorum queue has the broker do the same, at least once, with what no service lives to give up: a message that
//! was delivered [too often](RabbitSettings::delivery_limit), since all who had it died of it, and one that expired. Its headers are
//! those of other dead letters, and it can be sent again like them. What was on its way to a consumer that died with such a message
//! counts as delivered too.
//!
//! Attempts win where a policy has fewer of them than the limit: then the dead letter is the service's, with its error. A policy with
//! more is cut short by the broker. Other queues deliver such a message again and again.
//!
//! # Bindings
//! Honoured: `is`, `exchange` (`name`, `type` but `headers`, `durable`, `autoDelete`), `queue` (`name`, `durable`, `exclusive`,
//! `autoDelete`), `vhost` where it is that of the connection; of operations `expiration`, `userId`, `cc`, `bcc`, `priority`,
//! `deliveryMode`, `mandatory`, `timestamp`; of messages `messageType`, by which they are known when they come, too, unless several
//! have the same, and `contentEncoding` where that leaves bodies as they are (`identity`, `utf-8`, `7bit`, `8bit`). Extensions
//! (`x-…`) and `bindingVersion` say nothing. Refused by name: another `vhost`, exchanges of type `headers`, `is: queue` of a
//! publish-subscribe channel, or beside an `exchange`, `ack: false`, `replyTo`, other encodings, operations of one channel that say
//! different things, and whatever else there is. An exchange without a `name` is the broker's own, `amq.topic` or the default one; of
//! these, and of `amq.direct` and `amq.fanout`, what is said otherwise than they are is refused.
//!
//! The broker heeds `priority` where its queue has the argument `x-max-priority`, or a policy for it. Queues are declared without one: one
//! that is to have priorities is made by others, and [`RabbitSettings::create`] is off.
//!
#![doc = include_str!("../INTEROP.md")]
mod address;
mod bindings;
mod connector;
mod death;
mod dial;
mod error;
mod exchange;
mod feed;
mod headers;
mod later;
mod line;
mod names;
mod opening;
mod out;
mod parcel;
mod placing;
mod plug;
mod promises;
mod properties;
mod publish;
mod publisher;
mod returns;
mod room;
mod settings;
mod settler;
mod shards;
mod source;
mod subscription;
mod target;
mod tls;
mod transport;
mod waiting;

pub use connector::RabbitConnector;
pub use settings::{QueueType, RabbitSettings};
pub use settler::RabbitSettler;
pub use subscription::RabbitSubscription;
pub use transport::RabbitTransport;
