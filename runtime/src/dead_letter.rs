//! What becomes of a message that is given up: itself, with headers that say where it came from and why, or an answer to its
//! sender.
mod letter;
mod place;
mod publish;
mod queue;
mod sorting;

pub use letter::{DeadLetter, Decision};
pub(crate) use publish::{mended, publish};
pub use queue::DeadLetterQueue;

use crate::{
    Channel, ChannelKind, Message, MessageId, Outgoing, Str, ids::One, policy::DeadLetters,
};
use std::sync::Arc;

/// Header of a dead letter: why it was given up, in a short phrase.
pub const REASON: &str = "tidings-dead-letter-reason";
/// Header of a dead letter: the last error.
pub const ERROR: &str = "tidings-dead-letter-error";
/// Header of a dead letter: the address that it came by.
pub const ADDRESS: &str = "tidings-dead-letter-address";
/// Header of a dead letter: how the channel of that address shares messages, `point-to-point` or `publish-subscribe`.
pub const KIND: &str = "tidings-dead-letter-kind";
/// Header of a dead letter: how many attempts there were.
pub const ATTEMPTS: &str = "tidings-dead-letter-attempts";
/// Header of a dead letter: the group that gave it up, where every group has a message of its channel.
pub const GROUP: &str = "tidings-dead-letter-group";
/// Header of a dead letter that says its group: the id of the message. The letter has one of its own, so that what two groups give
/// up is there twice.
pub const ID: &str = "tidings-dead-letter-id";
/// Header of a message that is sent again to one group only, which it names: services and subscribers of others, or of none, pass it
/// over.
pub const ONLY_GROUP: &str = "tidings-only-group";
/// Header of a reply that is none: why the request was refused. Its body is empty.
pub const REFUSED: &str = "tidings-refused";

/// What the address of a channel's dead letters ends with, the channel's own before it.
pub const BESIDE: &str = ".dead-letters";
/// Longest error in a header, in bytes: brokers bound their headers.
const LONGEST: usize = 1024;

/// Why a message is given up.
#[derive(Debug, Clone)]
pub(crate) struct Cause {
    pub(crate) reason: Str,
    pub(crate) error: String,
    /// The address that it came by.
    pub(crate) address: Str,
    /// How the channel of that address shares messages.
    pub(crate) kind: ChannelKind,
    /// The group that gives it up, of a channel whose messages every group has.
    pub(crate) group: Option<Str>,
    pub(crate) attempts: u32,
}

/// The words for kinds of channels in headers.
const KINDS: [(ChannelKind, &str); 2] = [
    (ChannelKind::PointToPoint, "point-to-point"),
    (ChannelKind::PublishSubscribe, "publish-subscribe"),
];

/// The kind of that word.
fn kind(word: &str) -> Option<ChannelKind> {
    let mut kinds = KINDS.iter();
    let found = kinds.find(|(_, other)| *other == word);
    found.map(|(kind, _)| *kind)
}

/// The dead letter of a message, where they are kept, which is beside the address that it came by unless told otherwise; it keeps the
/// message's id, or has one by that and the group, so that it is there once, and once for each group that gave it up.
pub(crate) fn dead_letter(
    message: &Message,
    cause: &Cause,
    kept: &DeadLetters,
) -> Option<Outgoing> {
    let channel = match kept {
        DeadLetters::Beside => beside(&cause.address),
        DeadLetters::Channel(channel) => channel.clone(),
        DeadLetters::Dropped => return None,
    };
    let mut letter = message.clone();
    letter.expires = None;
    letter.not_before = None;
    letter.set_header(REASON, cause.reason.as_bytes().to_vec());
    letter.set_header(ERROR, clipped(&cause.error).to_owned());
    letter.set_header(ADDRESS, cause.address.as_bytes().to_vec());
    for (_, word) in KINDS.iter().filter(|(kind, _)| *kind == cause.kind) {
        letter.set_header(KIND, *word);
    }
    letter.set_header(ATTEMPTS, cause.attempts.to_string());
    if let Some(group) = &cause.group {
        letter.set_header(GROUP, group.as_bytes().to_vec());
        letter.set_header(ID, message.id.to_text().as_bytes().to_vec());
        letter.id = One::new(group, "dead letter").id(&message.id);
    }
    Some(Outgoing::new(channel, letter))
}

fn beside(address: &str) -> Channel {
    Channel::point_to_point(format!("{address}{BESIDE}"))
}

/// The answer to a request that is given up.
pub(crate) fn refusal(channel: Channel, correlation: Str, cause: &Cause) -> Outgoing {
    let mut answer = Message::new("");
    answer.correlation_id = Some(correlation);
    answer.set_header(REFUSED, cause.reason.as_bytes().to_vec());
    Outgoing::new(channel, answer)
}

/// Why a reply is none.
pub(crate) fn refused(reply: &Message) -> Option<String> {
    let reason = reply.header(REFUSED)?;
    Some(String::from_utf8_lossy(reason).into_owned())
}

/// The message as it was before it was given up.
fn original(mut letter: Message) -> Message {
    strip(&mut letter);
    letter
}

/// Has a message that is sent again go to that group only.
fn address_to(message: &mut Message, group: &str) {
    message.set_header(ONLY_GROUP, group.as_bytes().to_vec());
}

/// Whether a message of a topic is for whoever is of that group, or of none: for all, unless it was sent again to one group, which
/// does not see that it was.
pub(crate) fn is_for(message: &mut Arc<Message>, group: Option<&str>) -> bool {
    let Some(only) = message.header(ONLY_GROUP) else {
        return true;
    };
    let is_ours = group.is_some_and(|group| group.as_bytes() == &only[..]);
    if is_ours {
        let headers = &mut Arc::make_mut(message).headers;
        headers.retain(|(name, _)| &**name != ONLY_GROUP);
    }
    is_ours
}

/// Takes from a dead letter what says that it is one; gives whether there was anything.
pub(crate) fn strip(letter: &mut Message) -> bool {
    if let Some(id) = letter.header(ID).map(|id| String::from_utf8_lossy(id)) {
        letter.id = MessageId::from(&*id);
    }
    let ours = [REASON, ERROR, ADDRESS, KIND, ATTEMPTS, GROUP, ID];
    let before = letter.headers.len();
    letter.headers.retain(|(name, _)| !ours.contains(&&**name));
    letter.headers.len() < before
}

fn clipped(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST.min(text.len()))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_strips_is_told_whether_it_was_a_dead_letter() {
        let mut message = Message::new("");
        message.set_header("tenant", "acme");
        assert!(!strip(&mut message));
        message.set_header(REASON, "rejected");
        assert!(strip(&mut message));
        assert_eq!(message.headers.len(), 1);
    }

    #[test]
    fn a_dead_letter_says_why_and_is_the_message_again() {
        let mut message = Message::named("Order", "application/json", "{}");
        message.set_header("tenant", "acme");
        let cause = Cause {
            reason: "rejected".into(),
            error: "ü".repeat(2000),
            address: "orders".into(),
            kind: ChannelKind::PointToPoint,
            group: None,
            attempts: 3,
        };
        let letter = dead_letter(&message, &cause, &DeadLetters::Beside).expect("kept");
        assert_eq!(
            letter.channel,
            Channel::point_to_point("orders.dead-letters")
        );
        assert_eq!(letter.message.id, message.id);
        assert_eq!(
            letter.message.header(ATTEMPTS).map(|value| &value[..]),
            Some(&b"3"[..])
        );
        assert!(
            letter
                .message
                .header(ERROR)
                .is_some_and(|error| error.len() <= LONGEST)
        );
        assert_eq!(original(letter.message), message);
        assert!(dead_letter(&message, &cause, &DeadLetters::Dropped).is_none());
        let of = |group: &str| {
            let group = Some(group.into());
            let cause = Cause {
                group,
                ..cause.clone()
            };
            let letter = dead_letter(&message, &cause, &DeadLetters::Beside);
            letter.expect("kept").message
        };
        let ids = [of("a").id, of("b").id, message.id.clone()];
        assert!(ids[0] == of("a").id && ids[0] != ids[1] && !ids[..2].contains(&ids[2]));
        assert_eq!(original(of("a")), message);
    }
}
