//! The ids of what is sent because of a message.
use crate::{Message, MessageId, Outgoing, Str};
use bytes::Bytes;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use uuid::{Builder, Uuid};

/// Makes the ids of what a consumer sends because of a message: they depend on that message, the consumer and what is sent only,
/// so that a handler that runs again and sends the same messages gives them the same ids, in whatever order, and whoever tracks
/// ids knows them; something else has an id of its own. By version 5 of RFC 9562. What there is one of has it by [`One`].
pub(crate) struct Ids<'a> {
    space: Uuid,
    consumer: &'a str,
    /// How often each was made, where several messages are the same.
    made: HashMap<Uuid, u64, RandomState>,
}

impl<'a> Ids<'a> {
    /// Those of a consumer: its channel, and its group or itself.
    pub(crate) fn of(cause: &MessageId, consumer: &'a str) -> Self {
        Self {
            space: uuid(cause),
            consumer,
            made: HashMap::default(),
        }
    }

    /// Gives a message its id. A request that its replies know by the id it had is known by this one, wherever it says so.
    pub(crate) fn give(&mut self, outgoing: &mut Outgoing) {
        let known = KnownBy::take(&mut outgoing.message);
        outgoing.message.id = self.sent(outgoing);
        known.put(&mut outgoing.message);
    }

    /// The id of a message, by all of it but what its senders and layers add.
    fn sent(&mut self, outgoing: &Outgoing) -> MessageId {
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
            head.extend_from_slice(&(part.len() as u64).to_be_bytes());
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

/// Where a message says its own id, for replies: as its correlation id, or in headers of the document.
#[derive(Default)]
struct KnownBy {
    correlation: bool,
    /// By place among the headers.
    headers: Vec<usize>,
}

impl KnownBy {
    /// Takes the id from there.
    fn take(message: &mut Message) -> Self {
        if message.correlation_id.is_none() && message.headers.is_empty() {
            return Self::default();
        }
        let own: Str = message.id.to_text();
        let headers = message.headers.iter_mut().enumerate();
        let headers = headers.filter(|(_, (_, value))| value[..] == *own.as_bytes());
        Self {
            headers: headers
                .map(|(at, (_, value))| {
                    value.clear();
                    at
                })
                .collect(),
            correlation: message.correlation_id.take_if(|id| *id == own).is_some(),
        }
    }

    /// Puts the id that the message has now there.
    fn put(self, message: &mut Message) {
        if self.correlation {
            message.correlation_id = Some(message.id.to_text());
        }
        for at in self.headers {
            let id = message.id.to_text();
            if let Some((_, value)) = message.headers.get_mut(at) {
                *value = Bytes::copy_from_slice(id.as_bytes());
            }
        }
    }
}

/// What a consumer sends one of because of a message, such as the reply: its id depends on the message, the consumer and what it is.
/// Mixed by steps that can be turned back, so that two are the same by chance only, into version 8 of RFC 9562: a message costs no
/// hash. No protection against whoever chooses the ids of requests: nor would a hash be one, since a request may have another's id.
pub(crate) struct One(u128);

/// Of the generator of 128 bits in M. O'Neill, "PCG", 2014.
const MULTIPLIER: u128 = 0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645;

impl One {
    /// That part of what a consumer sends.
    pub(crate) fn new(consumer: &str, part: &str) -> Self {
        // No address has this character.
        let name = [consumer, part].join("\0");
        Self(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).as_u128())
    }

    /// The id of that which is sent because of a message.
    pub(crate) fn id(&self, cause: &MessageId) -> MessageId {
        let mixed = (0..2).fold(uuid(cause).as_u128() ^ self.0, |mixed, _| {
            let mixed = mixed.wrapping_mul(MULTIPLIER);
            mixed ^ mixed >> 64
        });
        MessageId::Uuid(Builder::from_custom_bytes(mixed.to_be_bytes()).into_uuid())
    }
}

fn uuid(id: &MessageId) -> Uuid {
    match id {
        MessageId::Uuid(id) => *id,
        MessageId::Text(id) => Uuid::new_v5(&Uuid::NAMESPACE_OID, id.as_bytes()),
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
                        One::new(consumer, "reply").id(cause),
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
    fn a_request_that_a_rerun_repeats_is_known_by_the_same_id() {
        let cause = MessageId::fresh();
        let request = |body: &'static str, header: &str| {
            let mut request = sent(body);
            let own = request.message.id.to_text();
            request.message.correlation_id = Some(own.clone());
            request.message.set_header(header, own.as_bytes().to_vec());
            request.message.set_header("tenant", "acme");
            Ids::of(&cause, "orders").give(&mut request);
            request
        };
        let first = request("a", "correlation");
        let id = first.message.id.to_text();
        assert_eq!(first.message.correlation_id.as_ref(), Some(&id));
        assert_eq!(
            first.message.header("correlation").map(|value| &value[..]),
            Some(id.as_bytes())
        );
        let again = request("a", "correlation");
        assert_eq!(
            (&again.message.id, &again.message.headers),
            (&first.message.id, &first.message.headers)
        );
        for other in [request("b", "correlation"), request("a", "other")] {
            assert_ne!(other.message.id, first.message.id);
        }
        let mut known = sent("a");
        known.message.correlation_id = Some("of the caller".into());
        Ids::of(&cause, "orders").give(&mut known);
        assert_eq!(
            known.message.correlation_id.as_deref(),
            Some("of the caller")
        );
    }

    #[test]
    fn replies_to_replies_of_requests_in_a_row_all_have_ids_of_their_own() {
        let replies = ["orders a", "orders b"].map(|consumer| One::new(consumer, "reply"));
        let mut all: Vec<_> = (0..1000).map(|_| MessageId::fresh()).collect();
        for first in 0..1000 {
            let cause = all[first].clone();
            for one in &replies {
                let reply = one.id(&cause);
                all.extend(replies.iter().map(|other| other.id(&reply)));
                all.push(reply);
            }
        }
        let MessageId::Uuid(last) = all[all.len() - 1] else {
            unreachable!("they are UUIDs");
        };
        assert_eq!(last.get_version_num(), 8);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 7000);
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
