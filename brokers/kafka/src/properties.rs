//! Which properties of the library a program may set by itself: none that would undo in silence what the transport promises.
use crate::KafkaSettings;

/// Those that are kept from it, with what says the same, or why nothing does.
const KEPT: [(&str, &str); 20] = [
    ("bootstrap.servers", ADDRESS),
    ("metadata.broker.list", ADDRESS),
    ("enable.auto.commit", SETTLED),
    ("auto.commit.enable", SETTLED),
    ("enable.auto.offset.store", SETTLED),
    ("enable.idempotence", ONCE),
    ("acks", ONCE),
    ("request.required.acks", ONCE),
    ("max.in.flight", ONCE),
    ("max.in.flight.requests.per.connection", ONCE),
    ("transactional.id", "each transaction has a name of its own"),
    ("group.id", GROUP),
    (
        "group.instance.id",
        "each subscription is a member of its own",
    ),
    ("group.protocol", PROTOCOL),
    ("group.remote.assignor", PROTOCOL),
    ("partition.assignment.strategy", PROTOCOL),
    ("isolation.level", "only what was committed is read"),
    ("auto.offset.reset", "say `SubscribeSpec::start`"),
    ("allow.auto.create.topics", "say `Transport::ensure`"),
    (
        "enable.partition.eof",
        "an end of a partition is no message",
    ),
];

const ADDRESS: &str = "say it in the server's address";
const SETTLED: &str = "only what was handled is committed";
const ONCE: &str = "what is confirmed is there, in order, and once";
const GROUP: &str = "say it when subscribing, or in the document's `groupId`";
const PROTOCOL: &str = "say `KafkaSettings::protocol`";

/// Why one of the settings' properties is refused, if one is.
pub(crate) fn refused(settings: &KafkaSettings) -> Option<String> {
    let known = |name: &String| KEPT.iter().find(|(kept, _)| kept == name);
    let (name, why) = settings.properties.keys().find_map(known)?;
    Some(format!(
        "`{name}` of `KafkaSettings::properties` is not to be set: {why}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str) -> KafkaSettings {
        KafkaSettings {
            properties: [(name.to_owned(), "x".to_owned())].into(),
            ..KafkaSettings::default()
        }
    }

    #[test]
    fn what_would_undo_a_promise_is_refused_with_what_to_say_instead() {
        for (name, says) in [
            ("enable.auto.commit", "what was handled"),
            ("enable.idempotence", "once"),
            ("partition.assignment.strategy", "`KafkaSettings::protocol`"),
            ("group.id", "`groupId`"),
            ("auto.offset.reset", "`SubscribeSpec::start`"),
        ] {
            let reason = refused(&with(name)).unwrap_or_default();
            assert!(reason.contains(name) && reason.contains(says), "{reason}");
        }
    }

    #[test]
    fn others_are_the_programs() {
        for name in ["compression.type", "batch.size", "sasl.oauthbearer.config"] {
            assert_eq!(refused(&with(name)), None);
        }
    }
}
