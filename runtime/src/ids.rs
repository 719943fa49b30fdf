//! The ids of what is sent because of a message.
use crate::{MessageId, Outgoing};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use uuid::Uuid;

/// Makes the ids of what a consumer sends because of a message: they depend on that message, the consumer and what is sent only,
/// so that a handler that runs again and sends the same messages gives them the same ids, in whatever order, and whoever tracks
/// ids knows them; something else has an id of its own. By version 5 of RFC 9562.
pub(crate) struct Ids<'a> {
    space: Uuid,
    consumer: &'a str,
    /// How often each was made, where several messages are the same.
    made: HashMap<Uuid, u64, RandomState>,
}

impl<'a> Ids<'a> {
    /// Those of a consumer: its channel, and its group or itself.
    pub(crate) fn of(cause: &MessageId, consumer: &'a str) -> Self {
        let space = match cause {
            MessageId::Uuid(id) => *id,
            MessageId::Text(id) => Uuid::new_v5(&Uuid::NAMESPACE_OID, id.as_bytes()),
        };
        Self {
            space,
            consumer,
            made: HashMap::default(),
        }
    }

    /// The id of the only message with that part.
    pub(crate) fn named(&self, part: &str) -> MessageId {
        // No address has this character.
        let name = [self.consumer, part].join("\0");
        MessageId::Uuid(Uuid::new_v5(&self.space, name.as_bytes()))
    }

    /// The id of a message, by all of it but what its senders and layers add.
    pub(crate) fn sent(&mut self, outgoing: &Outgoing) -> MessageId {
        let head = Uuid::new_v5(&self.space, &self.head(outgoing));
        let id = Uuid::new_v5(&head, &outgoing.message.body);
        let count = self.made.entry(id).or_default();
        *count += 1;
        MessageId::Uuid(match *count {
            1 => id,
            count => Uuid::new_v5(&id, &count.to_be_bytes()),
        })
    }

    /// All but the body; each part behind its length, so that no two run together.
    fn head(&self, outgoing: &Outgoing) -> Vec<u8> {
        let Outgoing { channel, message } = outgoing;
        let mut head = Vec::with_capacity(128);
        let mut put = |part: &[u8]| {
            head.extend_from_slice(&part.len().to_be_bytes());
            head.extend_from_slice(part);
        };
        let texts = [&message.name, &message.content_type].map(|text| text.as_deref());
        let texts = texts.map(Option::unwrap_or_default);
        [self.consumer, &*channel.address]
            .iter()
            .chain(&texts)
            .for_each(|text| put(text.as_bytes()));
        put(message.key.as_deref().unwrap_or_default());
        for (name, value) in &message.headers {
            put(name.as_bytes());
            put(value);
        }
        head
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Channel, Message};

    fn sent(body: &'static str) -> Outgoing {
        Outgoing::new(Channel::point_to_point("to"), Message::new(body))
    }

    #[test]
    fn a_rerun_repeats_its_ids_and_nobody_elses() {
        let (one, other) = (MessageId::fresh(), MessageId::Text("42".into()));
        let mut all = Vec::new();
        for cause in [&one, &other] {
            for consumer in ["orders a", "orders b"] {
                let ids = || {
                    let mut ids = Ids::of(cause, consumer);
                    [
                        ids.sent(&sent("a")),
                        ids.sent(&sent("a")),
                        ids.named("reply"),
                    ]
                };
                assert_eq!(ids(), ids());
                all.extend(ids());
            }
        }
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 12);
    }
    #[test]
    fn something_else_has_another_id_and_the_same_the_same_in_whatever_order() {
        let cause = MessageId::fresh();
        let ids = |all: &[Outgoing]| {
            let mut ids = Ids::of(&cause, "orders");
            all.iter().map(|one| ids.sent(one)).collect::<Vec<_>>()
        };
        let (one, other) = (sent("a"), sent("b"));
        let first = ids(&[one.clone(), other.clone()]);
        let mut again = ids(&[other.clone(), one.clone()]);
        again.reverse();
        assert_eq!(first, again);
        let changes: [fn(&mut Outgoing); 5] = [
            |it| it.channel = Channel::point_to_point("elsewhere"),
            |it| it.message.name = Some("Kind".into()),
            |it| it.message.key = Some("k".into()),
            |it| it.message.set_header("h", "1"),
            |it| it.message.body = "ab".into(),
        ];
        let mut all = first;
        for change in changes {
            let mut changed = one.clone();
            change(&mut changed);
            all.extend(ids(&[changed]));
        }
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 7);
    }
}
