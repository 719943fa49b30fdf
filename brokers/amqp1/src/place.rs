//! What a channel is at the broker: where its messages are published to, and where a subscription receives them from.
use crate::{
    bindings,
    dialect::{Dialect, Offer},
};
use fe2o3_amqp::types::{
    messaging::{Source, Target, TerminusDurability, TerminusExpiryPolicy},
    primitives::{Array, Symbol},
};
use tidings::{Channel, ChannelKind, Error, ErrorKind, Result, transport::Group};

/// What begins the name of a topic of Classic whose groups have queues.
const VIRTUAL: &str = "VirtualTopic.";
/// What begins the names of what belongs to a broker itself.
const OF_BROKERS: &str = "activemq.";
/// What begins the name of a reply address.
pub(crate) const INBOX: &str = "tidings.inbox.";

/// What asks Classic for all of a queue.
const EXCLUSIVE: &str = "?consumer.exclusive=true";

/// What an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Queue,
    Topic,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Topic => "topic",
        }
    }
}

/// Where messages are published to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Outward {
    pub(crate) address: String,
    pub(crate) kind: Kind,
    dialect: Dialect,
}

/// Where messages are received from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inward {
    pub(crate) address: String,
    pub(crate) kind: Kind,
    /// The name of a subscription that several share, and that outlives them.
    pub(crate) shared: Option<String>,
    /// Whether one consumer at a time has all of it.
    exclusive: bool,
    /// Whether nobody else ever receives from there.
    pub(crate) is_private: bool,
    dialect: Dialect,
}

impl Dialect {
    /// An address as the broker has it, which it is not yet.
    fn address(self, kind: Kind, name: &str) -> String {
        match self {
            Self::Artemis => name.to_owned(),
            Self::Classic if is_whole(name) => name.to_owned(),
            Self::Classic => format!("{}://{name}", kind.word()),
        }
    }

    /// What tells a queue from a topic, where its address does not.
    fn capabilities(self, kinds: &[&str]) -> Option<Array<Symbol>> {
        let kinds = kinds.iter().map(|kind| Symbol::from(*kind));
        (self == Self::Artemis).then(|| Array(kinds.collect()))
    }

    /// The name that a reply address has in a message: one that is told in full there is, for clients of others.
    pub(crate) fn reply_address(self, name: &str) -> String {
        match self {
            Self::Artemis => bare(name).to_owned(),
            Self::Classic => self.address(Kind::Queue, name),
        }
    }

    /// The same on its way back: what is no queue says so.
    pub(crate) fn reply_name(self, address: &str, kind: ReplyKind) -> String {
        match self {
            Self::Artemis if kind == ReplyKind::Topic => format!("{TOPIC}{address}"),
            Self::Artemis => address.to_owned(),
            Self::Classic => address.strip_prefix(QUEUE).unwrap_or(address).to_owned(),
        }
    }
}

/// What clients in Java take a reply address for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReplyKind {
    Queue,
    Topic,
    TemporaryQueue,
    TemporaryTopic,
}

impl ReplyKind {
    pub(crate) fn of(name: &str) -> Self {
        match name.split_once("://") {
            Some(("topic", _)) => Self::Topic,
            Some(("temp-queue", _)) => Self::TemporaryQueue,
            Some(("temp-topic", _)) => Self::TemporaryTopic,
            _ => Self::Queue,
        }
    }
}

const QUEUE: &str = "queue://";
const TOPIC: &str = "topic://";

/// A name without what says that it is a queue or a topic.
fn bare(name: &str) -> &str {
    let bare = [QUEUE, TOPIC]
        .iter()
        .find_map(|kind| name.strip_prefix(kind));
    bare.unwrap_or(name)
}

/// Whether an address of Classic says what it is: `queue://`, `topic://`, `temp-queue://`.
fn is_whole(name: &str) -> bool {
    name.contains("://")
}

/// The name of a channel at the broker. Characters that mean something there are refused.
fn name(channel: &Channel, offer: &Offer) -> Result<String> {
    let told = bindings::destination(channel)?;
    let name = told.as_deref().unwrap_or(&channel.address);
    if channel.for_replies {
        return reply(name, offer.dialect);
    }
    let (odd, broker): (&[&str], _) = match offer.dialect {
        Dialect::Artemis => (&["#", "*", "::", "|", "?", ":global"], "Artemis"),
        Dialect::Classic => (&[">", "*", ",", "?", "://"], "Classic"),
    };
    let found = odd.iter().find(|odd| name.contains(**odd));
    let reason = match found {
        _ if name.is_empty() => "a queue or a topic needs a name".to_owned(),
        Some(odd) => format!(
            "`{odd}` in its name means something else to ActiveMQ {broker}; call it something else"
        ),
        None if channel.wildcard => return pattern(channel, offer),
        None => return Ok(name.to_owned()),
    };
    Err(Error::new(ErrorKind::Invalid, "bind", reason).with("channel", &channel.address))
}

/// Where a reply goes. Whoever asks says it, so that what is the broker's own, or means several, is refused.
fn reply(name: &str, dialect: Dialect) -> Result<String> {
    let bare = name.rsplit_once("://").map_or(name, |(_, bare)| bare);
    let own = bare.get(..OF_BROKERS.len());
    let is_own = own.is_some_and(|own| own.eq_ignore_ascii_case(OF_BROKERS));
    let is_odd = |odd: &&str| bare.contains(*odd);
    if bare.is_empty() || is_own || ["::", "*", "#", ">", ",", "?"].iter().any(is_odd) {
        let reason = format!("`{name}` is no address that replies are sent to");
        return Err(Error::new(ErrorKind::Invalid, "bind", reason).with("channel", name));
    }
    let is_whole = dialect == Dialect::Artemis && ReplyKind::of(name) != ReplyKind::Topic;
    Ok(if is_whole { self::bare(name) } else { name }.to_owned())
}

/// What a template is subscribed to by: each level with a parameter as `*`, or everything from there on where levels may be in it.
fn pattern(channel: &Channel, offer: &Offer) -> Result<String> {
    if offer.dialect == Dialect::Classic || channel.kind == ChannelKind::PointToPoint {
        let reason = "subscriptions to every channel of a template are not supported; subscribe to each, or use topics of Artemis";
        return Err(
            Error::new(ErrorKind::Unsupported, "bind", reason).with("channel", &channel.address)
        );
    }
    let any = if channel.address.contains('/') {
        "#"
    } else {
        "*"
    };
    let words = channel
        .address
        .split('.')
        .map(|word| if word.contains('{') { any } else { word });
    Ok(words.collect::<Vec<_>>().join("."))
}

/// Whether one consumer at a time has all of a queue. Classic forgets where keys are that others than the newest 1,024 have, so that
/// consumers which share a queue would share those.
fn is_exclusive(channel: &Channel, dialect: Dialect) -> Result<bool> {
    let is_fifo = bindings::is_fifo(channel);
    if is_fifo && dialect == Dialect::Artemis {
        let reason = "`destinationType` `fifo-queue` of its `jms` binding needs one consumer at a time, which Artemis is told by its own settings (`default-exclusive-queue`); write `queue`";
        return Err(
            Error::new(ErrorKind::Unsupported, "bind", reason).with("channel", &channel.address)
        );
    }
    Ok(dialect == Dialect::Classic && (channel.keyed || is_fifo))
}

/// The name of a topic at Classic, whose groups have queues if it begins as it has to.
fn virtual_name(name: &str) -> String {
    match name.starts_with(VIRTUAL) {
        true => name.to_owned(),
        false => format!("{VIRTUAL}{name}"),
    }
}

/// What a template is called in the name of a subscription: parameters are `*`, which no other name has. Templates that differ may have
/// one pattern.
fn form(template: &str) -> String {
    let mut form = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        form.extend([before, "*"]);
        rest = behind.split_once('}').map_or("", |(_, rest)| rest);
    }
    form + rest
}

/// A group as one level of a name: `.` parts levels, and `%` begins what stands for another. So no two groups of any two channels have
/// one name.
fn level(group: &str) -> String {
    let sign = |sign: char| match sign {
        '.' | '%' | '*' | '#' | '|' | '>' | ',' | '?' | '/' | ':' => {
            format!("%{:02X}", u32::from(sign))
        }
        sign => sign.to_string(),
    };
    group.chars().map(sign).collect()
}

impl Outward {
    pub(crate) fn of(channel: &Channel, offer: &Offer) -> Result<Self> {
        if channel.wildcard {
            let reason =
                "nothing can be sent to every channel of a template; fill in its parameters";
            return Err(
                Error::new(ErrorKind::Invalid, "bind", reason).with("channel", &channel.address)
            );
        }
        let (name, dialect) = (name(channel, offer)?, offer.dialect);
        let (kind, name) = match (channel.kind, dialect) {
            (_, Dialect::Artemis) if channel.for_replies && name.starts_with(TOPIC) => {
                (Kind::Topic, bare(&name).to_owned())
            }
            (ChannelKind::PointToPoint, _) => (Kind::Queue, name),
            (ChannelKind::PublishSubscribe, Dialect::Artemis) => (Kind::Topic, name),
            (ChannelKind::PublishSubscribe, Dialect::Classic) => (Kind::Topic, virtual_name(&name)),
        };
        let address = dialect.address(kind, &name);
        Ok(Self {
            address,
            kind,
            dialect,
        })
    }

    pub(crate) fn target(&self) -> Target {
        let mut target = Target::builder().address(self.address.clone()).build();
        target.capabilities = self.dialect.capabilities(&[self.kind.word()]);
        target
    }
}

impl Inward {
    pub(crate) fn of(channel: &Channel, group: &Group, offer: &Offer) -> Result<Self> {
        bindings::check_receiving(channel)?;
        let name = name(channel, offer)?;
        let dialect = offer.dialect;
        let (kind, name, shared) = match (channel.kind, group.name(), dialect) {
            (ChannelKind::PointToPoint, _, _) => (Kind::Queue, name, None),
            (ChannelKind::PublishSubscribe, None, Dialect::Artemis) => (Kind::Topic, name, None),
            (ChannelKind::PublishSubscribe, None, Dialect::Classic) => {
                (Kind::Topic, virtual_name(&name), None)
            }
            (ChannelKind::PublishSubscribe, Some(_), Dialect::Artemis) if !offer.shared => {
                let reason = "the broker does not offer subscriptions that a group shares (`SHARED-SUBS`); leave the group out";
                return Err(Error::new(ErrorKind::Unsupported, "subscribe", reason));
            }
            (ChannelKind::PublishSubscribe, Some(group), Dialect::Artemis) => {
                let own = if channel.wildcard {
                    form(&channel.address)
                } else {
                    name.clone()
                };
                let shared = format!("{own}.{}", level(group));
                (Kind::Topic, name, Some(shared))
            }
            (ChannelKind::PublishSubscribe, Some(group), Dialect::Classic) => {
                let queue = format!("Consumer.{}.{}", level(group), virtual_name(&name));
                (Kind::Queue, queue, None)
            }
        };
        let address = dialect.address(kind, &name);
        Ok(Self {
            address,
            kind,
            shared,
            exclusive: kind == Kind::Queue && is_exclusive(channel, dialect)?,
            is_private: false,
            dialect,
        })
    }

    /// A reply address of that name.
    pub(crate) fn inbox(name: &str, offer: &Offer) -> Self {
        Self {
            address: offer.dialect.address(Kind::Queue, name),
            kind: Kind::Queue,
            shared: None,
            exclusive: false,
            is_private: true,
            dialect: offer.dialect,
        }
    }

    /// The name of a link, which brokers part from others of the connection by what is `unique`.
    pub(crate) fn link(&self, unique: &str) -> String {
        match &self.shared {
            Some(shared) => format!("{shared}|{unique}"),
            None => unique.to_owned(),
        }
    }

    pub(crate) fn source(&self) -> Source {
        let mut address = self.address.clone();
        if self.exclusive {
            address.push_str(EXCLUSIVE);
        }
        let mut source = Source::builder().address(address).build();
        source.capabilities = self.dialect.capabilities(&[self.kind.word()]);
        if self.shared.is_some() {
            source.durable = TerminusDurability::UnsettledState;
            source.expiry_policy = TerminusExpiryPolicy::Never;
            source.capabilities = self.dialect.capabilities(&["topic", "shared", "global"]);
        }
        source
    }

    /// The queue that keeps messages at the broker, as that calls it.
    pub(crate) fn queue_name(&self) -> String {
        match &self.shared {
            Some(shared) => format!("{shared}:global"),
            None => self.address.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTEMIS: Offer = Offer {
        dialect: Dialect::Artemis,
        shared: true,
        delays: true,
    };
    const CLASSIC: Offer = Offer {
        dialect: Dialect::Classic,
        shared: false,
        delays: true,
    };

    fn shown(channel: &Channel, group: Option<&str>, offer: &Offer) -> [String; 2] {
        let outward = Outward::of(channel, offer).unwrap();
        let inward = Inward::of(channel, &Group::named(group), offer).unwrap();
        let shared = inward
            .shared
            .map(|name| format!(" as {name}"))
            .unwrap_or_default();
        [outward.address, format!("{}{shared}", inward.address)]
    }

    #[test]
    fn every_channel_has_its_place() {
        let queue = Channel::point_to_point("orders.new");
        let topic = Channel::publish_subscribe("orders.placed");
        assert_eq!(shown(&queue, None, &ARTEMIS), ["orders.new", "orders.new"]);
        assert_eq!(
            shown(&queue, Some("g"), &CLASSIC),
            ["queue://orders.new", "queue://orders.new"]
        );
        assert_eq!(
            shown(&topic, None, &ARTEMIS),
            ["orders.placed", "orders.placed"]
        );
        let shared = shown(&topic, Some("g.1"), &ARTEMIS);
        assert_eq!(
            shared,
            ["orders.placed", "orders.placed as orders.placed.g%2E1"]
        );
        let virtually = "topic://VirtualTopic.orders.placed";
        assert_eq!(shown(&topic, None, &CLASSIC), [virtually, virtually]);
        let queued = "queue://Consumer.g%2E1.VirtualTopic.orders.placed";
        assert_eq!(shown(&topic, Some("g.1"), &CLASSIC), [virtually, queued]);
        let named = Channel::publish_subscribe("VirtualTopic.a");
        assert_eq!(
            shown(&named, None, &CLASSIC),
            ["topic://VirtualTopic.a", "topic://VirtualTopic.a"]
        );
        for whole in ["temp-queue://ID:a", "topic://a"] {
            let replies = Outward::of(&Channel::replies(whole), &CLASSIC).unwrap();
            assert_eq!(replies.address, whole);
        }
    }

    #[test]
    fn replies_go_where_it_was_said_and_to_nothing_of_the_broker_s() {
        let place = |name: &str, offer| Outward::of(&Channel::replies(name), offer);
        let artemis = |name: &str| {
            let place = place(name, &ARTEMIS).unwrap();
            (place.address, place.kind)
        };
        assert_eq!(artemis("a"), ("a".to_owned(), Kind::Queue));
        assert_eq!(artemis("queue://a"), ("a".to_owned(), Kind::Queue));
        assert_eq!(artemis("topic://a"), ("a".to_owned(), Kind::Topic));
        for name in [
            "",
            "queue://",
            "activemq.management",
            "ActiveMQ.Scheduler.Management",
            "topic://ActiveMQ.Advisory.Queue",
            "orders::DLQ",
            "orders.#",
            "a,b",
        ] {
            for offer in [&ARTEMIS, &CLASSIC] {
                let error = place(name, offer).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Invalid, "{name}");
            }
        }
    }

    #[test]
    fn one_consumer_of_classic_has_all_keys() {
        let source = |channel: &Channel, group, offer: &Offer| {
            let place = Inward::of(channel, &Group::named(group), offer).unwrap();
            // What is asked for is no part of the name.
            assert!(!place.queue_name().contains('?'));
            place.source().address.unwrap()
        };
        let queue = Channel::point_to_point("a");
        let topic = Channel::publish_subscribe("a").with_keys();
        assert_eq!(source(&queue, None, &CLASSIC), "queue://a");
        let keyed = queue.clone().with_keys();
        let exclusive = "queue://a?consumer.exclusive=true";
        assert_eq!(source(&keyed, None, &CLASSIC), exclusive);
        assert_eq!(source(&keyed, None, &ARTEMIS), "a");
        let of_group = "queue://Consumer.g.VirtualTopic.a?consumer.exclusive=true";
        assert_eq!(source(&topic, Some("g"), &CLASSIC), of_group);
        assert_eq!(source(&topic, None, &CLASSIC), "topic://VirtualTopic.a");
        let bindings = serde_json::json!({ "own": { "jms": { "destinationType": "fifo-queue" } } });
        let fifo = queue.with_bindings(tidings::Bindings::read(&bindings.to_string()));
        assert_eq!(source(&fifo, None, &CLASSIC), exclusive);
        let error = Inward::of(&fifo, &Group::Alone, &ARTEMIS).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("`fifo-queue`"), "{error}");
        assert!(Outward::of(&fifo, &ARTEMIS).is_ok());
    }

    #[test]
    fn a_template_is_a_pattern_of_topics_at_artemis() {
        let all = |template: &str| Channel::wildcard(ChannelKind::PublishSubscribe, template);
        let inward = |channel: &Channel, offer| Inward::of(channel, &Group::Alone, offer);
        assert_eq!(
            inward(&all("orders.{region}.placed"), &ARTEMIS)
                .unwrap()
                .address,
            "orders.*.placed"
        );
        assert_eq!(inward(&all("a/{b}.c"), &ARTEMIS).unwrap().address, "#.c");
        let error = inward(&all("orders.{region}"), &CLASSIC).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        let queues = Channel::wildcard(ChannelKind::PointToPoint, "orders.{region}");
        assert!(inward(&queues, &ARTEMIS).is_err());
        assert!(Outward::of(&all("a.{b}"), &ARTEMIS).is_err());
    }

    #[test]
    fn names_that_mean_something_else_are_refused() {
        for (name, offer) in [
            ("a.*", &ARTEMIS),
            ("a::b", &ARTEMIS),
            ("a|b", &ARTEMIS),
            ("a?b=c", &ARTEMIS),
            ("a.g:global", &ARTEMIS),
            ("", &ARTEMIS),
            ("a?b=c", &CLASSIC),
            ("a,b", &CLASSIC),
            ("a.>", &CLASSIC),
        ] {
            let error = Outward::of(&Channel::point_to_point(name), offer).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{name}");
            assert!(error.to_string().contains("channel `"), "{error}");
        }
    }

    #[test]
    fn no_two_groups_of_any_two_channels_have_one_name() {
        let topic = Channel::publish_subscribe;
        let all = |template: &str| Channel::wildcard(ChannelKind::PublishSubscribe, template);
        let places = [
            (topic("a"), "b.c"),
            (topic("a.b"), "c"),
            (topic("a"), "b"),
            (topic("a"), "b|1"),
            (topic("a"), "b%2Ec"),
            (topic("a"), "b:global"),
            (all("a/{b}.c"), "g"),
            (all("{x}/{y}.c"), "g"),
            (all("a.{b}"), "g"),
            (all("a.{b}-{c}"), "g"),
        ];
        let queue = |(channel, group): &(Channel, &str)| {
            let place = Inward::of(channel, &Group::named(Some(group)), &ARTEMIS).unwrap();
            // The broker takes what is before the first `|` of a link's name.
            let link = place.link("1");
            let name = link.split('|').next().unwrap();
            assert_eq!(format!("{name}:global"), place.queue_name());
            place.queue_name()
        };
        let names: std::collections::BTreeSet<_> = places.iter().map(queue).collect();
        assert_eq!(names.len(), places.len(), "{names:?}");
        let same = |template| queue(&(all(template), "g"));
        assert_eq!(same("a.{b}"), same("a.{c}"));
        assert_eq!(same("a.{b}"), "a.*.g:global");
    }

    #[test]
    fn groups_need_what_the_broker_offers() {
        let without = Offer {
            shared: false,
            ..ARTEMIS
        };
        let topic = Channel::publish_subscribe("a");
        let error = Inward::of(&topic, &Group::named(Some("g")), &without).unwrap_err();
        assert!(error.to_string().contains("`SHARED-SUBS`"), "{error}");
        assert!(Inward::of(&topic, &Group::Alone, &without).is_ok());
    }
}
