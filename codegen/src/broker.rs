//! What the brokers that there are transports for can do, as their transports say at run time.
use crate::ir::Needs;

/// A broker by the name of its transport. Tests keep this the same as what the transports say of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broker {
    /// Its name on the command line.
    pub name: &'static str,
    /// Carries point-to-point channels.
    pub point_to_point: bool,
    /// Carries publish-subscribe channels.
    pub publish_subscribe: bool,
    /// Knows consumer groups.
    pub groups: bool,
    /// Keeps the order of a key when several consumers compete.
    pub key_order: bool,
    /// Makes reply addresses of its own.
    pub native_reply: bool,
    /// Takes subscriptions to all publish-subscribe channels of an address with parameters.
    pub wildcards: bool,
    /// The same of point-to-point channels.
    pub wildcard_queues: bool,
    /// For how many seconds it holds messages back.
    pub delay_seconds: u64,
    /// Most bytes of all headers together.
    pub header_bytes: usize,
    /// Largest message, in bytes.
    pub message_bytes: usize,
}

/// All of them.
pub const BROKERS: &[Broker] = &[
    Broker {
        name: "memory",
        point_to_point: true,
        publish_subscribe: true,
        groups: true,
        key_order: true,
        native_reply: true,
        wildcards: true,
        wildcard_queues: true,
        delay_seconds: u64::MAX,
        header_bytes: usize::MAX,
        message_bytes: 64 << 20,
    },
    // Its connecting end.
    Broker {
        name: "socket",
        point_to_point: true,
        publish_subscribe: true,
        groups: true,
        key_order: true,
        native_reply: true,
        wildcards: true,
        wildcard_queues: true,
        delay_seconds: u64::MAX,
        header_bytes: SOCKET_MESSAGE,
        message_bytes: SOCKET_MESSAGE,
    },
    Broker {
        name: "multicast",
        point_to_point: false,
        publish_subscribe: true,
        groups: false,
        key_order: false,
        native_reply: false,
        wildcards: false,
        wildcard_queues: false,
        delay_seconds: 0,
        header_bytes: MULTICAST_MESSAGE,
        message_bytes: MULTICAST_MESSAGE,
    },
    Broker {
        name: "rabbitmq",
        point_to_point: true,
        publish_subscribe: true,
        groups: true,
        key_order: true,
        native_reply: true,
        wildcards: true,
        wildcard_queues: false,
        delay_seconds: RABBITMQ_DELAY,
        header_bytes: RABBITMQ_HEADERS,
        message_bytes: 16 << 20,
    },
    Broker {
        name: "artemis",
        point_to_point: true,
        publish_subscribe: true,
        groups: true,
        key_order: true,
        native_reply: true,
        wildcards: true,
        wildcard_queues: false,
        delay_seconds: ACTIVEMQ_DELAY,
        header_bytes: usize::MAX,
        message_bytes: 16 << 20,
    },
    Broker {
        name: "activemq",
        point_to_point: true,
        publish_subscribe: true,
        groups: true,
        key_order: true,
        native_reply: true,
        wildcards: false,
        wildcard_queues: false,
        delay_seconds: ACTIVEMQ_DELAY,
        header_bytes: usize::MAX,
        message_bytes: 16 << 20,
    },
    Broker {
        name: "kafka",
        point_to_point: true,
        publish_subscribe: true,
        groups: true,
        key_order: true,
        native_reply: true,
        wildcards: false,
        wildcard_queues: false,
        delay_seconds: 0,
        header_bytes: usize::MAX,
        message_bytes: 1_000_000,
    },
    Broker {
        name: "sqs",
        point_to_point: true,
        publish_subscribe: false,
        groups: false,
        key_order: true,
        native_reply: true,
        wildcards: false,
        wildcard_queues: false,
        delay_seconds: SQS_DELAY,
        header_bytes: SQS_MESSAGE,
        message_bytes: SQS_MESSAGE,
    },
    Broker {
        name: "sns",
        point_to_point: false,
        publish_subscribe: true,
        groups: true,
        key_order: true,
        native_reply: true,
        wildcards: false,
        wildcard_queues: false,
        delay_seconds: 0,
        header_bytes: SNS_MESSAGE,
        message_bytes: SNS_MESSAGE,
    },
    Broker {
        name: "kinesis",
        point_to_point: true,
        publish_subscribe: true,
        groups: true,
        key_order: true,
        native_reply: true,
        wildcards: false,
        wildcard_queues: false,
        delay_seconds: 0,
        header_bytes: SQS_MESSAGE,
        message_bytes: SQS_MESSAGE,
    },
    // Queues of the one and topics of the other.
    Broker {
        name: "aws",
        point_to_point: true,
        publish_subscribe: true,
        groups: true,
        key_order: true,
        native_reply: true,
        wildcards: false,
        wildcard_queues: false,
        delay_seconds: 0,
        header_bytes: SNS_MESSAGE,
        message_bytes: SNS_MESSAGE,
    },
];

/// 19 days: all of its queues that hold messages back, one after the other.
const RABBITMQ_DELAY: u64 = (100 << 24) / 1000;

/// A year, which a broker is asked to hold a message back for at most.
const ACTIVEMQ_DELAY: u64 = 365 * 24 * 3600;

/// A frame of 16 MiB, less what is around a message.
const SOCKET_MESSAGE: usize = (16 << 20) - (64 << 10);

/// Of a datagram's 65,507 bytes, those that its usual settings leave to the message.
const MULTICAST_MESSAGE: usize = 60_000;

/// A frame of 128 KiB, less what is beside the headers.
const RABBITMQ_HEADERS: usize = (128 << 10) - (4 << 10);

/// 15 minutes.
const SQS_DELAY: u64 = 900;

/// What fits into 1 MiB whatever its bytes, as Base64 beside its attributes; a record of Kinesis has as much room.
const SQS_MESSAGE: usize = ((1 << 20) - (16 << 10)) / 4 * 3;

/// The same of 256 KiB.
const SNS_MESSAGE: usize = ((256 << 10) - (16 << 10)) / 4 * 3;

impl Broker {
    /// The broker of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        BROKERS.iter().find(|broker| broker.name == name)
    }

    /// What of a channel's needs it has not, each in a short phrase; the same phrases as at run time.
    pub(crate) fn missing(&self, publish_subscribe: bool, needs: &Needs) -> Vec<&'static str> {
        let wildcards = match publish_subscribe {
            true => self.wildcards,
            false => self.wildcard_queues,
        };
        let all = [
            (
                !publish_subscribe && !self.point_to_point,
                "point-to-point channels",
            ),
            (
                publish_subscribe && !self.publish_subscribe,
                "publish-subscribe channels",
            ),
            (needs.groups && !self.groups, "consumer groups"),
            (
                needs.key_order && !self.key_order,
                "order by key among competing consumers",
            ),
            (
                needs.replies && !self.native_reply && !self.point_to_point,
                "replies",
            ),
            (needs.wildcards && !wildcards, "wildcard subscriptions"),
            (
                needs.delay_seconds > self.delay_seconds,
                "messages that are held back for so long",
            ),
            (
                needs.header_bytes > self.header_bytes,
                "room for the headers",
            ),
            (
                needs.message_bytes > self.message_bytes,
                "room for messages of that size",
            ),
        ];
        let missing = all.into_iter().filter(|(missing, _)| *missing);
        missing.map(|(_, what)| what).collect()
    }
}
