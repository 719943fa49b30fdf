//! The queue that a channel is received from: its name, its arguments, and what it is bound to.
use crate::{
    bindings::{self, OfChannel},
    exchange::{Exchange, exchange},
    headers::{short, text},
    names,
    settings::{QueueType, RabbitSettings},
    target::{check_name, queue_name},
};
use lapin::{
    options::QueueDeclareOptions,
    types::{AMQPValue, FieldTable, ShortString},
};
use std::time::Duration;
use tidings::{
    Channel, ChannelKind, Error, ErrorKind, Result, Str, dead_letter::BESIDE, transport::Group,
};
use uuid::Uuid;

/// Says of which type a queue is.
const TYPE: &str = "x-queue-type";
/// Has a queue give its messages to one consumer at a time.
const SINGLE: &str = "x-single-active-consumer";
/// More deliveries than anybody makes of a dead letter by looking at it.
const NO_LIMIT: i64 = 1_000_000;

/// An exchange, and the pattern that something is bound to it by.
pub(crate) type Bound = (ShortString, ShortString);

/// A queue that messages are received from, and what leads to it.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) queue: ShortString,
    pub(crate) options: QueueDeclareOptions,
    pub(crate) arguments: FieldTable,
    pub(crate) exchange: Option<Exchange>,
    /// The exchange and the pattern that it is bound by.
    pub(crate) bound: Option<Bound>,
    /// What its exchange gets its messages from, where it is a shard.
    pub(crate) upstream: Option<(Option<Exchange>, Bound)>,
    /// Whether it is one of several that a channel is split into.
    pub(crate) is_shard: bool,
    /// Whether it is a group's, which gets its messages by an exchange.
    pub(crate) is_of_group: bool,
    /// Whether it is a subscription's own, and goes with it.
    pub(crate) is_private: bool,
    /// Where the broker puts what it gives up itself.
    pub(crate) letters: Option<Box<Source>>,
}

impl Source {
    /// What a group of consumers receives a channel from.
    pub(crate) fn of(
        channel: &Channel,
        group: &Group,
        vhost: &str,
        settings: &RabbitSettings,
    ) -> Result<Self> {
        bindings::check_receiving(channel)?;
        bindings::names(channel)?;
        let told = bindings::of_channel(channel, vhost)?;
        let exchange = exchange(channel, &told)?;
        if channel.wildcard && !exchange.iter().all(Exchange::has_patterns) {
            let reason = "an exchange of `type` `direct` has no patterns; use `topic`";
            return Err(Error::new(ErrorKind::Unsupported, "bind", reason)
                .with("channel", &channel.address));
        }
        let base = queue_name(channel, &told);
        let is_private = channel.kind == ChannelKind::PublishSubscribe && group.name().is_none();
        let name = match (channel.kind, group.name()) {
            (ChannelKind::PointToPoint, _) => base.to_owned(),
            (ChannelKind::PublishSubscribe, Some(group)) => names::of_group(base, group),
            (ChannelKind::PublishSubscribe, None) => format!("{base}.{}", Uuid::now_v7()),
        };
        let mut source = match is_private {
            true => Self {
                options: options(&told),
                ..Self::private(&name, settings.linger)?
            },
            false => Self::kept(&name, channel.keyed, &told, settings)?,
        };
        if source.is_quorum() {
            source.limit(&channel.address, settings)?;
        }
        source.bound = match &exchange {
            Some(exchange) => Some((exchange.name.clone(), short("channel", &pattern(channel))?)),
            None => None,
        };
        source.exchange = exchange.filter(|exchange| !exchange.is_of_broker());
        source.is_of_group = channel.kind == ChannelKind::PublishSubscribe && !is_private;
        Ok(source)
    }

    /// A queue that goes some time after the last who used it.
    pub(crate) fn private(name: &str, linger: Duration) -> Result<Self> {
        // The broker takes no more than 32 bits, 49 days.
        let linger = u32::try_from(linger.as_millis()).unwrap_or(u32::MAX).max(1);
        let mut arguments = FieldTable::default();
        arguments.insert("x-expires".into(), AMQPValue::LongLongInt(linger.into()));
        Ok(Self {
            queue: short("queue", name)?,
            options: QueueDeclareOptions {
                durable: true,
                ..Default::default()
            },
            arguments,
            exchange: None,
            bound: None,
            upstream: None,
            is_shard: false,
            is_of_group: false,
            is_private: true,
            letters: None,
        })
    }

    /// A queue that stays. One of messages with keys has one consumer at a time.
    fn kept(name: &str, keyed: bool, told: &OfChannel, settings: &RabbitSettings) -> Result<Self> {
        check_name(name)?;
        let options = options(told);
        let mut arguments = FieldTable::default();
        let may_be_replicated = options.durable && !options.exclusive && !options.auto_delete;
        if settings.queues == QueueType::Quorum && may_be_replicated {
            arguments.insert(TYPE.into(), AMQPValue::LongString("quorum".into()));
        }
        if keyed {
            arguments.insert(SINGLE.into(), AMQPValue::Boolean(true));
        }
        Ok(Self {
            queue: short("queue", name)?,
            options,
            arguments,
            exchange: None,
            bound: None,
            upstream: None,
            is_shard: false,
            is_of_group: false,
            is_private: false,
            letters: None,
        })
    }

    fn is_quorum(&self) -> bool {
        self.arguments.inner().contains_key(TYPE)
    }

    /// Bounds the deliveries of a message, and says where it goes then: where a service puts what it gives up. Dead letters
    /// have none of their own.
    fn limit(&mut self, address: &str, settings: &RabbitSettings) -> Result<()> {
        let limit = match is_letters(address) {
            true => NO_LIMIT,
            false => settings.delivery_limit.into(),
        };
        self.argue("x-delivery-limit", AMQPValue::LongLongInt(limit));
        if is_letters(address) {
            return Ok(());
        }
        let letters = Self::letters(address, settings)?;
        for (name, value) in [
            ("x-dead-letter-exchange", ""),
            ("x-dead-letter-routing-key", letters.queue.as_str()),
            ("x-dead-letter-strategy", "at-least-once"),
            // Which that strategy needs.
            ("x-overflow", "reject-publish"),
        ] {
            self.argue(name, text(value.as_bytes()));
        }
        self.letters = Some(Box::new(letters));
        Ok(())
    }

    fn argue(&mut self, name: &'static str, value: AMQPValue) {
        self.arguments.insert(name.into(), value);
    }

    /// The queue of a channel's dead letters.
    fn letters(address: &str, settings: &RabbitSettings) -> Result<Self> {
        let name = names::of_letters(address);
        let mut letters = Self::kept(&name, false, &OfChannel::default(), settings)?;
        letters.limit(&name, settings)?;
        Ok(letters)
    }

    /// Whether what came by that exchange was published to the queue itself, which is not how its channel is published to: a
    /// point-to-point channel has its name.
    pub(crate) fn is_of_another(&self, exchange: &str) -> bool {
        (self.is_of_group || self.is_shard) && exchange.is_empty()
    }

    /// Whether the broker keeps what it gives up, so that what is rejected must not be given up by it.
    pub(crate) fn has_letters(&self) -> bool {
        self.letters.is_some()
    }
}

/// How a queue is made, by the binding.
fn options(told: &OfChannel) -> QueueDeclareOptions {
    QueueDeclareOptions {
        durable: told.queue.durable.unwrap_or(true),
        exclusive: told.queue.exclusive,
        auto_delete: told.queue.auto_delete,
        ..Default::default()
    }
}

/// Whether an address is that of dead letters.
pub(crate) fn is_letters(address: &str) -> bool {
    address.ends_with(BESIDE)
}

/// What a queue is bound by: the address, and for a template each word with a parameter as `*`, or as `#` where parameters may
/// have dots. It may match more than the template does.
fn pattern(channel: &Channel) -> String {
    let address = &channel.address;
    if !channel.wildcard {
        return address.to_string();
    }
    let any = if address.contains('/') { "#" } else { "*" };
    let words = address
        .split('.')
        .map(|word| if word.contains('{') { any } else { word });
    words.collect::<Vec<_>>().join(".")
}

/// A name for a reply address.
pub(crate) fn inbox_name() -> Str {
    format!("tidings.inbox.{}", Uuid::now_v7()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;
    use serde_json::{Value, json};
    use tidings::Bindings;

    fn shown(channel: &Channel, group: Option<&str>) -> [String; 2] {
        let target = Target::of(channel, "/", &RabbitSettings::default()).unwrap();
        let source = Source::of(
            channel,
            &Group::named(group),
            "/",
            &RabbitSettings::default(),
        )
        .unwrap();
        let bound = source
            .bound
            .map(|(exchange, key)| format!(" < {exchange} {key}"));
        [
            format!("{}|{}|{}", target.exchange, target.key, target.mandatory),
            format!("{}{}", source.queue, bound.unwrap_or_default()),
        ]
    }

    fn told(channel: Channel, binding: Value) -> Channel {
        channel.with_bindings(Bindings::new([("amqp", binding)]))
    }

    #[test]
    fn every_channel_has_its_place() {
        let queue = || Channel::point_to_point("orders");
        let topic = || Channel::publish_subscribe("orders.placed");
        assert_eq!(shown(&queue(), None), ["|orders|true", "orders"]);
        assert_eq!(shown(&queue(), Some("g")), ["|orders|true", "orders"]);
        let group = shown(&topic(), Some("billing"));
        assert_eq!(
            group,
            [
                "amq.topic|orders.placed|false",
                "orders.placed.billing < amq.topic orders.placed"
            ]
        );
        let named = told(queue(), json!({ "is": "queue", "queue": { "name": "q" } }));
        assert_eq!(shown(&named, None), ["|q|true", "q"]);
        let routed = told(
            queue(),
            json!({ "is": "routingKey", "exchange": { "name": "e", "type": "direct" }, "queue": { "name": "q" } }),
        );
        assert_eq!(shown(&routed, None), ["e|orders|true", "q < e orders"]);
        let fanout = told(
            topic(),
            json!({ "exchange": { "name": "e", "type": "fanout" } }),
        );
        assert_eq!(
            shown(&fanout, Some("g")),
            ["e|orders.placed|false", "orders.placed.g < e orders.placed"]
        );
        let default = told(
            queue(),
            json!({ "is": "routingKey", "exchange": { "type": "default" } }),
        );
        assert_eq!(shown(&default, None), ["|orders|true", "orders"]);
    }

    #[test]
    fn what_is_published_to_the_queue_of_a_group_itself_is_of_another_channel() {
        let source = |channel: &Channel, group: Option<&str>| {
            let settings = RabbitSettings::default();
            Source::of(channel, &Group::named(group), "/", &settings).unwrap()
        };
        let topic = source(&Channel::publish_subscribe("a"), Some("g"));
        assert!(topic.is_of_another("") && !topic.is_of_another("amq.topic"));
        let queue = Channel::point_to_point("a.g");
        assert!(!source(&queue, Some("g")).is_of_another(""));
        let settings = RabbitSettings {
            shards: 2,
            ..RabbitSettings::default()
        };
        let shards = Source::all(&queue.with_keys(), &Group::named(None), "/", &settings);
        for shard in shards.unwrap() {
            assert!(shard.is_of_another("") && !shard.is_of_another("a.g.shards"));
        }
        let inbox = Source::private("tidings.inbox.1", Duration::ZERO).unwrap();
        assert!(!inbox.is_of_another(""));
    }

    #[test]
    fn templates_are_bound_by_patterns() {
        for (template, bound) in [
            ("orders.{region}.placed", "orders.*.placed"),
            ("orders.v{version}", "orders.*"),
            ("orders/{region}.a", "#.a"),
        ] {
            let channel = Channel::wildcard(ChannelKind::PublishSubscribe, template);
            assert_eq!(pattern(&channel), bound);
        }
    }

    #[test]
    fn quorum_queues_have_dead_letters_which_have_none() {
        let settings = RabbitSettings {
            queues: QueueType::Quorum,
            ..RabbitSettings::default()
        };
        let group = Group::named(Some("g"));
        let topic = Channel::publish_subscribe("a");
        let source = Source::of(&topic, &group, "/", &settings).unwrap();
        let argument = |source: &Source, name: &str| source.arguments.inner().get(name).cloned();
        let key = argument(&source, "x-dead-letter-routing-key").unwrap();
        assert_eq!(key, text(b"a.dead-letters"));
        let own = Channel::point_to_point("a.dead-letters");
        let own = Source::of(&own, &group, "/", &settings).unwrap();
        assert!(source.has_letters() && !own.has_letters());
        assert_eq!(source.letters.unwrap().arguments, own.arguments);
        let limit = argument(&own, "x-delivery-limit").unwrap();
        assert_eq!(limit, AMQPValue::LongLongInt(NO_LIMIT));
    }

    #[test]
    fn a_queue_lingers_for_no_longer_than_the_broker_takes() {
        for (linger, expected) in [(0, 1), (60, 60_000), (u64::MAX, i64::from(u32::MAX))] {
            let source = Source::private("a", Duration::from_secs(linger)).unwrap();
            let expires = &source.arguments.inner()["x-expires"];
            assert_eq!(*expires, AMQPValue::LongLongInt(expected));
        }
    }

    fn source(channel: &Channel) -> Result<Source> {
        let settings = RabbitSettings::default();
        Source::of(channel, &Group::named(Some("g")), "/", &settings)
    }

    #[test]
    fn what_cannot_be_received_is_refused() {
        let direct = json!({ "exchange": { "name": "e", "type": "direct" } });
        let all = Channel::wildcard(ChannelKind::PublishSubscribe, "a.{b}");
        let error = source(&told(all, direct)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("use `topic`"), "{error}");
        for error in [
            source(&Channel::point_to_point("")).unwrap_err(),
            Target::of(
                &Channel::point_to_point(""),
                "/",
                &RabbitSettings::default(),
            )
            .unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert!(error.to_string().contains("needs a name"), "{error}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let topic = told(Channel::publish_subscribe("a"), json!({ "is": "queue" }));
        assert_eq!(
            Target::of(&topic, "/", &RabbitSettings::default())
                .unwrap_err()
                .kind(),
            ErrorKind::Unsupported
        );
        let long = Channel::point_to_point("x".repeat(256));
        assert_eq!(
            Target::of(&long, "/", &RabbitSettings::default())
                .unwrap_err()
                .kind(),
            ErrorKind::Invalid
        );
        let all = Channel::wildcard(ChannelKind::PublishSubscribe, "a.{b}");
        assert_eq!(
            Target::of(&all, "/", &RabbitSettings::default())
                .unwrap_err()
                .kind(),
            ErrorKind::Invalid
        );
    }
}
