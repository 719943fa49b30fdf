//! What becomes of a message that is given up: itself, with headers that say where it came from and why, or an answer to its
//! sender.
mod queue;

pub use queue::{DeadLetter, DeadLetterQueue, Decision};

use crate::{Channel, ChannelKind, Message, Outgoing, Str, policy::DeadLetters};

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

/// The dead letter of a message, where they are kept, which is beside the address that it came by unless told otherwise; it keeps the message's id, so that it is there once.
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

/// Takes from a dead letter what says that it is one; gives whether there was anything.
pub(crate) fn strip(letter: &mut Message) -> bool {
    let ours = [REASON, ERROR, ADDRESS, KIND, ATTEMPTS];
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
    fn a_dead_letter_says_why_and_is_the_message_again() {
        let mut message = Message::named("Order", "application/json", "{}");
        message.set_header("tenant", "acme");
        let cause = Cause {
            reason: "rejected".into(),
            error: "ü".repeat(2000),
            address: "orders".into(),
            kind: ChannelKind::PointToPoint,
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
    }
}
