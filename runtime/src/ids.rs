//! The ids of what is sent because of a message.
use crate::MessageId;
use uuid::Uuid;

/// Makes the ids of what a consumer sends because of a message: they depend on that message, the consumer and their order only,
/// so that a handler that runs again sends the same messages again, and whoever tracks ids knows them. By version 5 of RFC 9562.
pub(crate) struct Ids<'a> {
    space: Uuid,
    consumer: &'a str,
}

impl<'a> Ids<'a> {
    /// Those of a consumer: its channel, and its group or itself.
    pub(crate) fn of(cause: &MessageId, consumer: &'a str) -> Self {
        let space = match cause {
            MessageId::Uuid(id) => *id,
            MessageId::Text(id) => Uuid::new_v5(&Uuid::NAMESPACE_OID, id.as_bytes()),
        };
        Self { space, consumer }
    }

    /// The id of the message with that number.
    pub(crate) fn number(&self, number: usize) -> MessageId {
        self.named(&number.to_string())
    }

    /// The id of the message with that part.
    pub(crate) fn named(&self, part: &str) -> MessageId {
        // No address has this character.
        let name = [self.consumer, part].join("\0");
        MessageId::Uuid(Uuid::new_v5(&self.space, name.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rerun_repeats_its_ids_and_nobody_elses() {
        let (one, other) = (MessageId::fresh(), MessageId::Text("42".into()));
        let mut all = Vec::new();
        for cause in [&one, &other] {
            for consumer in ["orders a", "orders b"] {
                let ids = || {
                    let ids = Ids::of(cause, consumer);
                    [ids.number(0), ids.number(1), ids.named("reply")]
                };
                assert_eq!(ids(), ids());
                all.extend(ids());
            }
        }
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 12);
    }
}
