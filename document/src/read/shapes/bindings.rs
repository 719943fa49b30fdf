//! What version 3 lets stand in `bindings`: one file a protocol, and here the plain lists of who may stand where. Protocols
//! without fields of their own take anything.
mod amqp;
mod anypointmq;
mod avro;
mod googlepubsub;
mod http;
mod ibmmq;
mod jms;
mod kafka;
mod mqtt;
mod nats;
mod pulsar;
mod ros2;
mod sns;
mod solace;
mod sqs;
mod ws;

use crate::{
    FileId, Node, Span, Value,
    api::Version,
    read::shape::{Field, Kind, Rest, Shape, may},
};

/// Bindings of a server.
pub(crate) static SERVER: Shape = Shape::new(
    "`bindings` of a server",
    &[&[
        may("amqp", Kind::Any),
        may("amqp1", Kind::Any),
        may("anypointmq", Kind::Any),
        may("googlepubsub", Kind::Any),
        may("http", Kind::Any),
        may("ibmmq", ibmmq::SERVER),
        may("jms", jms::SERVER),
        may("kafka", kafka::SERVER),
        may("mqtt", mqtt::SERVER),
        may("nats", Kind::Any),
        may("pulsar", pulsar::SERVER),
        may("redis", Kind::Any),
        may("ros2", ros2::SERVER).since(Version::V3_1),
        may("sns", Kind::Any),
        may("solace", solace::SERVER),
        may("sqs", Kind::Any),
        may("stomp", Kind::Any),
        may("ws", Kind::Any),
    ]],
);

/// Bindings of a channel.
pub(crate) static CHANNEL: Shape = Shape::new(
    "`bindings` of a channel",
    &[&[
        may("amqp", amqp::CHANNEL),
        may("amqp1", Kind::Any),
        may("anypointmq", anypointmq::CHANNEL),
        may("googlepubsub", googlepubsub::CHANNEL),
        may("http", Kind::Any),
        may("ibmmq", ibmmq::CHANNEL),
        may("jms", jms::CHANNEL),
        may("kafka", kafka::CHANNEL),
        may("mqtt", Kind::Any),
        may("nats", Kind::Any),
        may("pulsar", pulsar::CHANNEL),
        may("redis", Kind::Any),
        may("sns", sns::CHANNEL),
        may("solace", Kind::Any),
        may("sqs", sqs::CHANNEL),
        may("stomp", Kind::Any),
        may("ws", ws::CHANNEL),
    ]],
);

/// Bindings of an operation.
pub(crate) static OPERATION: Shape = Shape::new(
    "`bindings` of an operation",
    &[&[
        may("amqp", amqp::OPERATION),
        may("amqp1", Kind::Any),
        may("anypointmq", Kind::Any),
        may("googlepubsub", Kind::Any),
        may("http", http::OPERATION),
        may("ibmmq", Kind::Any),
        may("jms", Kind::Any),
        may("kafka", kafka::OPERATION),
        may("mqtt", mqtt::OPERATION),
        may("nats", nats::OPERATION),
        may("redis", Kind::Any),
        may("ros2", ros2::OPERATION).since(Version::V3_1),
        may("sns", sns::OPERATION),
        may("solace", solace::OPERATION),
        may("sqs", sqs::OPERATION),
        may("stomp", Kind::Any),
        may("ws", Kind::Any),
    ]],
);

/// Bindings of a message.
pub(crate) static MESSAGE: Shape = Shape::new(
    "`bindings` of a message",
    &[&[
        may("amqp", amqp::MESSAGE),
        may("amqp1", Kind::Any),
        may("anypointmq", anypointmq::MESSAGE),
        may("googlepubsub", googlepubsub::MESSAGE),
        may("http", http::MESSAGE),
        may("ibmmq", ibmmq::MESSAGE),
        may("jms", jms::MESSAGE),
        may("kafka", kafka::MESSAGE),
        may("mqtt", mqtt::MESSAGE),
        may("nats", Kind::Any),
        may("redis", Kind::Any),
        may("sns", Kind::Any),
        may("solace", Kind::Any),
        may("sqs", Kind::Any),
        may("stomp", Kind::Any),
        may("ws", Kind::Any),
    ]],
);

/// The objects that have `bindings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// A server.
    Server,
    /// A channel.
    Channel,
    /// An operation.
    Operation,
    /// A message.
    Message,
}

impl Level {
    /// Every level with its name.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Server, "server"),
        (Self::Channel, "channel"),
        (Self::Operation, "operation"),
        (Self::Message, "message"),
    ];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    fn shape(self) -> &'static Shape {
        match self {
            Self::Server => &SERVER,
            Self::Channel => &CHANNEL,
            Self::Operation => &OPERATION,
            Self::Message => &MESSAGE,
        }
    }
}

/// Protocols that have a binding specification but no place in version 3.
const FREE: &[&str] = &["mercure", "mqtt5"];

/// Protocols that have a binding specification.
pub fn binding_protocols() -> impl Iterator<Item = &'static str> {
    let of_version_3 = SERVER.all().chain(CHANNEL.all()).map(|field| field.name);
    of_version_3.chain(FREE.iter().copied())
}

/// Fields of versions that are older than version 3 of the specification, which takes them no more.
const EARLIER: &[(&str, Level, &str)] = &[
    ("amqp", Level::Operation, "replyTo"),
    ("http", Level::Operation, "type"),
];

fn earlier(protocol: &str, level: Level) -> impl Iterator<Item = &'static str> {
    let all = EARLIER.iter();
    all.filter(move |(of, at, _)| *of == protocol && *at == level)
        .map(|(_, _, field)| *field)
}

/// The versions of a protocol's binding at a level, the newest first; none where it has no fields.
#[must_use]
pub fn binding_versions(protocol: &str, level: Level) -> Vec<&'static str> {
    versions(protocol, level)
        .iter()
        .map(|(version, _)| *version)
        .collect()
}

pub(in crate::read) fn versions(protocol: &str, level: Level) -> &'static [(&'static str, Kind)] {
    match level.shape().field(protocol).map(|field| field.kind) {
        Some(Kind::Versions(versions)) => versions,
        _ => &[],
    }
}

/// The fields of a protocol's binding at a level and of all objects within it, by their paths: `queue.policy`, and `queues[].name`
/// where they are in a list. Those of all its versions together, earlier ones too.
#[must_use]
pub fn binding_paths(protocol: &str, level: Level) -> Vec<String> {
    let mut found: Vec<String> = earlier(protocol, level).map(str::to_owned).collect();
    let chosen = match (protocol, level) {
        ("amqp", Level::Channel) => &amqp::CHANNELS[..],
        _ => &[],
    };
    let all = versions(protocol, level).iter().map(|(_, kind)| kind);
    for kind in all.chain(chosen) {
        paths(*kind, "", &mut found);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Deeper than any binding is; what contains itself ends there.
const DEEPEST: usize = 8;

fn paths(kind: Kind, before: &str, found: &mut Vec<String>) {
    match kind {
        Kind::Object(shape) | Kind::Ref(shape) if before.matches('.').count() < DEEPEST => {
            for field in shape.all() {
                let dot = if before.is_empty() { "" } else { "." };
                let path = format!("{before}{dot}{}", field.name);
                paths(field.kind, &path, found);
                found.push(path);
            }
        }
        Kind::List(item) | Kind::Some(item) | Kind::Set(item) => {
            paths(*item, &format!("{before}[]"), found);
        }
        _ => {}
    }
}

/// The fields of a protocol's binding at a level, those of all its versions together, earlier ones too; none where it has
/// none.
#[must_use]
pub fn binding_fields(protocol: &str, level: Level) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = Vec::new();
    let nothing = Node {
        value: Value::Null,
        span: Span {
            file: FileId(0),
            start: 0,
            end: 0,
        },
    };
    for (_, kind) in versions(protocol, level) {
        let kind = match kind {
            Kind::Chosen(choose) => choose(Version::V3_1, &nothing),
            kind => *kind,
        };
        if let Kind::Object(shape) | Kind::Ref(shape) = kind {
            found.extend(shape.all().map(|field| field.name));
        }
    }
    found.extend(earlier(protocol, level));
    found.sort_unstable();
    found.dedup();
    found
}

/// Every binding has it; which shape it names was decided before.
static VERSION: &[Field] = &[may("bindingVersion", Kind::Text)];

/// Any integer.
const INTEGER: Kind = Kind::Integer(i64::MIN, i64::MAX);

/// An integer from zero.
const COUNT: Kind = Kind::Integer(0, i64::MAX);

const TEXTS: Kind = Kind::List(&Kind::Text);

/// Names with values of any kind.
const ANY_MAP: Kind = Kind::Map(&Kind::Any);

/// One text or several.
const TEXT_OR_TEXTS: Kind = Kind::Chosen(|_, node| match node.value {
    Value::Array(_) => TEXTS,
    _ => Kind::Text,
});

/// An object that takes any field besides those that it describes.
pub(super) const fn open(name: &'static str, fields: &'static [&'static [Field]]) -> Shape {
    Shape::new(name, fields).rest(Rest::Open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_all_versions_of_a_binding() {
        let fields = binding_fields("kafka", Level::Channel);
        let expected = [
            "bindingVersion",
            "partitions",
            "replicas",
            "topic",
            "topicConfiguration",
        ];
        assert_eq!(fields, expected);
        assert_eq!(binding_fields("ws", Level::Operation), [""; 0]);
        let paths = binding_paths("sqs", Level::Operation);
        for path in [
            "queues",
            "queues[].name",
            "queues[].redrivePolicy.deadLetterQueue.arn",
        ] {
            assert!(paths.iter().any(|found| found == path), "{paths:?}");
        }
        let amqp = |level| binding_paths("amqp", level).join(" ");
        let channel = amqp(Level::Channel);
        assert!(
            channel.contains("exchange.vhost") && channel.contains("queue.exclusive"),
            "{channel}"
        );
        assert!(amqp(Level::Operation).contains("replyTo"));
    }

    #[test]
    fn every_binding_with_fields_can_be_asked_for_them() {
        for (level, name) in Level::ALL {
            for field in level
                .shape()
                .all()
                .filter(|field| !matches!(field.kind, Kind::Any))
            {
                let fields = binding_fields(field.name, level);
                assert!(
                    fields.contains(&"bindingVersion"),
                    "{} of a {name}",
                    field.name
                );
            }
        }
    }
}
