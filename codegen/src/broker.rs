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

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn limits_are_these_numbers() {
        let lines = BROKERS.iter().map(|broker| {
            let Broker {
                name,
                delay_seconds,
                header_bytes,
                message_bytes,
                ..
            } = broker;
            let any = |number: u64| match number {
                u64::MAX => "any".to_owned(),
                number => number.to_string(),
            };
            let (delay, headers) = (any(*delay_seconds), any(*header_bytes as u64));
            format!("{name}: {delay} s, {headers} and {message_bytes} bytes\n")
        });
        expect![[r#"
            memory: any s, any and 67108864 bytes
            socket: any s, 16711680 and 16711680 bytes
            multicast: 0 s, 60000 and 60000 bytes
            rabbitmq: 1677721 s, 126976 and 16777216 bytes
            artemis: 31536000 s, any and 16777216 bytes
            activemq: 31536000 s, any and 16777216 bytes
            kafka: 0 s, any and 1000000 bytes
            sqs: 900 s, 774144 and 774144 bytes
            sns: 0 s, 184320 and 184320 bytes
            kinesis: 0 s, 774144 and 774144 bytes
            aws: 0 s, 184320 and 184320 bytes
        "#]]
        .assert_eq(&lines.collect::<String>());
    }

    /// Whose every ability is lacking, or there.
    fn broker(able: bool) -> Broker {
        Broker {
            name: "one",
            point_to_point: able,
            publish_subscribe: able,
            groups: able,
            key_order: able,
            native_reply: able,
            wildcards: able,
            wildcard_queues: able,
            delay_seconds: 10,
            header_bytes: 10,
            message_bytes: 10,
        }
    }

    /// What a channel lacks that needs everything, with numbers as large as that.
    fn everything(size: usize) -> Needs {
        Needs {
            groups: true,
            key_order: true,
            replies: true,
            wildcards: true,
            delay_seconds: size as u64,
            header_bytes: size,
            message_bytes: size,
        }
    }

    #[test]
    fn a_broker_is_found_by_its_name() {
        assert_eq!(Broker::named("kafka").map(|it| it.name), Some("kafka"));
        assert_eq!(Broker::named("kafk"), None);
    }

    #[test]
    fn what_is_needed_and_not_there_is_missing() {
        let topic = [
            "publish-subscribe channels",
            "consumer groups",
            "order by key among competing consumers",
            "replies",
            "wildcard subscriptions",
        ];
        let queue = [&["point-to-point channels"], &topic[1..]].concat();
        assert_eq!(broker(false).missing(true, &everything(10)), topic);
        assert_eq!(broker(false).missing(false, &everything(10)), queue);
        let nothing = Needs::default();
        assert_eq!(broker(false).missing(true, &nothing), topic[..1]);
        assert_eq!(broker(false).missing(false, &nothing), queue[..1]);
        for publish_subscribe in [false, true] {
            let missing = broker(true).missing(publish_subscribe, &everything(10));
            assert!(missing.is_empty(), "{missing:?}");
        }
        let rooms = [
            "messages that are held back for so long",
            "room for the headers",
            "room for messages of that size",
        ];
        assert_eq!(broker(true).missing(true, &everything(11)), rooms);
    }

    #[test]
    fn replies_come_by_queues_or_by_the_broker_itself() {
        for (point_to_point, native_reply, comes) in [
            (false, false, false),
            (true, false, true),
            (false, true, true),
        ] {
            let broker = Broker {
                point_to_point,
                native_reply,
                ..broker(true)
            };
            let missing = broker.missing(true, &everything(0));
            assert_eq!(!missing.contains(&"replies"), comes);
        }
    }

    #[test]
    fn wildcards_of_queues_are_not_those_of_topics() {
        for publish_subscribe in [false, true] {
            let broker = Broker {
                wildcards: publish_subscribe,
                wildcard_queues: !publish_subscribe,
                ..broker(true)
            };
            let missing = |topic| broker.missing(topic, &everything(0));
            assert!(missing(publish_subscribe).is_empty());
            assert_eq!(missing(!publish_subscribe), ["wildcard subscriptions"]);
        }
    }
}
