//! Which of several messages one is: by its name, else by its content type and by what it can be read as.
use crate::{InvalidMessage, Message, Str};
use serde::de::IgnoredAny;
use std::cmp::Reverse;

/// How much speaks for it that a message without a name is one that it can be read as: its content type, then the parameters of that, then
/// that its body is more than bytes. The greater is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fit {
    by_content_type: bool,
    by_parameters: bool,
    is_typed: bool,
}

impl Fit {
    /// That of a message with such a body.
    pub(crate) fn new(message: &Message, content_type: &str, is_opaque: bool) -> Self {
        let told = message.content_type.as_deref();
        let told = told.filter(|told| is_same(told, content_type));
        Self {
            by_content_type: told.is_some(),
            by_parameters: told.is_some_and(|told| has_parameters(told, content_type)),
            is_typed: !is_opaque,
        }
    }
}

/// Whether both name the same, whatever their parameters.
fn is_same(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|text| text.split(';').next().unwrap_or_default().trim());
    one.eq_ignore_ascii_case(other)
}

/// Whether one has all parameters of the other, where that has any: they may say which of several messages it is.
fn has_parameters(one: &str, other: &str) -> bool {
    let mut wanted = parameters(other).peekable();
    wanted.peek().is_some()
        && wanted.all(|(name, value)| {
            let is_it =
                |(known, own): (&str, &str)| known.eq_ignore_ascii_case(name) && own == value;
            parameters(one).any(is_it)
        })
}

/// Names and values; some have parameters that are neither.
fn parameters(content_type: &str) -> impl Iterator<Item = (&str, &str)> {
    content_type.split(';').skip(1).filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        Some((name.trim(), value.trim().trim_matches('"')))
    })
}

/// One of the alternatives of a set.
#[derive(Debug)]
pub struct Candidate<T> {
    pub(crate) name: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) is_opaque: bool,
    pub(crate) read: fn(&Message) -> Result<T, InvalidMessage>,
    pub(crate) stamp: fn(&mut Message),
    pub(crate) correlation: fn(&Message) -> Option<Str>,
    pub(crate) reply_address: fn(&Message) -> Option<Str>,
}

/// The alternatives of a message's name; all, where it has none that they know.
pub(crate) fn of_name<'c, T>(
    message: &Message,
    candidates: &'c [Candidate<T>],
) -> impl Iterator<Item = &'c Candidate<T>> + use<'c, T> {
    let is_it = |candidate: &&Candidate<T>| message.name.as_deref() == Some(candidate.name);
    let name = candidates.iter().find(is_it).map(|it| it.name);
    let own = candidates.iter();
    own.filter(move |it| name.is_none_or(|name| it.name == name))
}

impl<T> Candidate<T> {
    fn attempt(&self, message: &Message) -> Attempt<T> {
        Attempt {
            name: self.name,
            fit: Fit::new(message, self.content_type, self.is_opaque),
            read: (self.read)(message),
        }
    }
}

/// What came of reading a message as one.
pub(crate) struct Attempt<T> {
    pub(crate) name: &'static str,
    pub(crate) fit: Fit,
    pub(crate) read: Result<T, InvalidMessage>,
}

/// Reads a message of a set: the alternatives of its name, or, where it has no name, the one that fits best.
///
/// # Errors
/// When no alternative has that name or fits, or when several fit a message without a name equally well; it says what was tried.
pub fn decode_one<T>(message: &Message, candidates: &[Candidate<T>]) -> Result<T, InvalidMessage> {
    match (&message.name, candidates) {
        (Some(name), _) => named(message, name, candidates),
        (None, [only]) => (only.read)(message),
        (None, _) => unnamed(message, candidates).1,
    }
}

/// How well a message without a name fits a set, and what it is not where it does not fit.
pub(crate) fn fit_one<T>(
    message: &Message,
    candidates: &[Candidate<T>],
) -> (Fit, Result<(), InvalidMessage>) {
    let (fit, read) = unnamed(message, candidates);
    (fit, read.map(drop))
}

/// Of several with the name the one that can be read, that of its content type first, and those that are more than bytes.
fn named<T>(
    message: &Message,
    name: &str,
    candidates: &[Candidate<T>],
) -> Result<T, InvalidMessage> {
    let own = || candidates.iter().filter(|it| it.name == name);
    if let (Some(only), None) = (own().next(), own().nth(1)) {
        return (only.read)(message);
    }
    let mut several: Vec<_> = own().collect();
    several.sort_by_key(|it| Reverse(Fit::new(message, it.content_type, it.is_opaque)));
    let mut failure = None;
    for candidate in several {
        match (candidate.read)(message) {
            Ok(value) => return Ok(value),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    let names = candidates.iter().map(|candidate| candidate.name);
    Err(failure.unwrap_or_else(|| unknown(message, names)))
}

fn unnamed<T>(message: &Message, candidates: &[Candidate<T>]) -> (Fit, Result<T, InvalidMessage>) {
    let attempts = candidates
        .iter()
        .map(|candidate| candidate.attempt(message));
    choose(message, attempts.collect())
}

/// The attempt that fits best, and how well the best would have where none is taken.
pub(crate) fn choose<T>(
    message: &Message,
    mut attempts: Vec<Attempt<T>>,
) -> (Fit, Result<T, InvalidMessage>) {
    attempts.sort_by_key(|attempt| Reverse(attempt.fit));
    let first = attempts.first().map(|attempt| attempt.fit);
    let most = first.unwrap_or_else(|| Fit::new(message, "", true));
    let Some(at) = attempts.iter().position(|attempt| attempt.read.is_ok()) else {
        return (most, Err(none_of(&attempts)));
    };
    let fit = attempts[at].fit;
    let equal = attempts
        .iter()
        .filter(|it| it.read.is_ok() && it.fit == fit);
    let equal: Vec<_> = equal.map(|attempt| attempt.name).collect();
    if equal.len() > 1 {
        return (most, Err(unknown(message, equal.into_iter())));
    }
    // Bytes are anything, and so what was meant for another, in vain.
    let is_json = || serde_json::from_slice::<IgnoredAny>(&message.body).is_ok();
    if !fit.is_typed && most > fit && (most.by_content_type || is_json()) {
        return (most, Err(none_of(&attempts)));
    }
    (fit, attempts.swap_remove(at).read)
}

/// What is wrong with the message as each of them.
fn none_of<T>(attempts: &[Attempt<T>]) -> InvalidMessage {
    let names: Vec<_> = attempts.iter().map(|attempt| attempt.name).collect();
    let reason = format!("has no name, and is none of `{}`", names.join("`, `"));
    let mut invalid = InvalidMessage::at("", "", reason);
    for Attempt { name, read, .. } in attempts {
        match read {
            Ok(_) => invalid.push("", format!("as `{name}`: bytes are meant otherwise")),
            Err(error) => {
                for violation in error.violations() {
                    let reason = format!("as `{name}`: {}", violation.reason);
                    invalid.push(&violation.pointer, reason);
                }
            }
        }
    }
    invalid
}

/// The error for a message that has the name of none of them, or may be any.
pub(crate) fn unknown<'a>(
    message: &Message,
    names: impl Iterator<Item = &'a str>,
) -> InvalidMessage {
    let names: Vec<_> = names.collect();
    let names = names.join("`, `");
    match &message.name {
        Some(name) => InvalidMessage::at(name, "", format!("is none of `{names}`")),
        None => {
            let reason = format!("has no name, and could be any of `{names}`");
            InvalidMessage::at("", "", reason)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::from_json;

    #[derive(Debug, PartialEq)]
    enum Set {
        Number(i64),
        Text(String),
        Bytes,
    }

    const NUMBER: Candidate<Set> = Candidate {
        name: "Number",
        content_type: "application/json",
        is_opaque: false,
        read: |message| from_json("Number", message).map(Set::Number),
        stamp: |_| {},
        correlation: |message| message.correlation_id.clone(),
        reply_address: |message| message.reply_to.clone(),
    };
    const TEXT: Candidate<Set> = Candidate {
        name: "Text",
        content_type: "application/vnd.text+json",
        is_opaque: false,
        read: |message| from_json("Text", message).map(Set::Text),
        ..NUMBER
    };
    const BYTES: Candidate<Set> = Candidate {
        name: "Bytes",
        content_type: "application/octet-stream",
        is_opaque: true,
        read: |_| Ok(Set::Bytes),
        ..NUMBER
    };
    const MORE: Candidate<Set> = Candidate {
        name: "More",
        ..NUMBER
    };

    fn read(
        name: Option<&str>,
        content_type: Option<&str>,
        body: &'static str,
        set: &[Candidate<Set>],
    ) -> Result<Set, String> {
        let message = Message {
            name: name.map(Into::into),
            content_type: content_type.map(Into::into),
            ..Message::new(body)
        };
        decode_one(&message, set).map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_says_what_a_message_is() {
        let set = [BYTES, NUMBER, TEXT];
        let text = Set::Text("1".to_owned());
        assert_eq!(read(Some("Text"), None, "\"1\"", &set), Ok(text));
        let error = read(Some("Text"), None, "1", &set).unwrap_err();
        assert!(error.contains("/payload"), "{error}");
        let error = read(Some("Other"), None, "1", &set).unwrap_err();
        assert!(
            error.contains("none of `Bytes`, `Number`, `Text`"),
            "{error}"
        );
        // Of two with one name, bytes come last.
        let bytes = Candidate {
            name: "Number",
            ..BYTES
        };
        let set = [bytes, NUMBER];
        assert_eq!(read(Some("Number"), None, "1", &set), Ok(Set::Number(1)));
        assert_eq!(read(Some("Number"), None, "x", &set), Ok(Set::Bytes));
        // And the one first that the content type is of.
        let text = Candidate {
            name: "Number",
            content_type: "application/vnd.text+json",
            read: |_| Ok(Set::Text("read".to_owned())),
            ..NUMBER
        };
        let set = [NUMBER, text];
        let read = |content_type| read(Some("Number"), content_type, "1", &set);
        let own = read(Some("application/vnd.text+json"));
        assert_eq!(own, Ok(Set::Text("read".to_owned())));
        assert_eq!(read(None), Ok(Set::Number(1)));
    }

    #[test]
    fn one_without_a_name_is_what_it_can_be_read_as() {
        assert_eq!(read(None, None, "1", &[NUMBER, TEXT]), Ok(Set::Number(1)));
        let error = read(None, None, "1", &[NUMBER, MORE, TEXT]).unwrap_err();
        assert!(
            error.contains("could be any of `Number`, `More`"),
            "{error}"
        );
        let error = read(None, None, "true", &[NUMBER]).unwrap_err();
        assert!(error.contains("/payload"), "{error}");
    }

    #[test]
    fn what_was_tried_is_told() {
        let error = read(None, None, "true", &[NUMBER, TEXT]).unwrap_err();
        for part in [
            "none of `Number`, `Text`",
            "/payload: as `Number`: invalid type",
            "/payload: as `Text`: invalid type",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_content_type_tells_apart_what_both_can_be_read_as() {
        let json = Candidate {
            content_type: "application/x+json",
            ..MORE
        };
        let set = [NUMBER, json, BYTES];
        let one = |content_type| read(None, Some(content_type), "1", &set);
        assert_eq!(one("Application/JSON; charset=utf-8"), Ok(Set::Number(1)));
        assert_eq!(one("application/octet-stream"), Ok(Set::Bytes));
        assert!(
            one("text/plain")
                .unwrap_err()
                .contains("could be any of `Number`, `More`")
        );
    }

    #[test]
    fn parameters_tell_apart_what_has_one_content_type() {
        let of = |name, content_type| Candidate {
            name,
            content_type,
            read: match name {
                "A" => |_| Ok(Set::Number(1)),
                _ => |_| Ok(Set::Number(2)),
            },
            ..NUMBER
        };
        let set = [
            of("A", "application/protobuf; messageType=\"x.A\""),
            of("B", "application/protobuf; messageType=\"x.B\"; v=1"),
        ];
        let one = |content_type| read(None, Some(content_type), "", &set);
        assert_eq!(
            one("application/protobuf;MessageType=x.A"),
            Ok(Set::Number(1))
        );
        assert_eq!(
            one("application/protobuf; v=1; messageType=x.B"),
            Ok(Set::Number(2))
        );
        for content_type in [
            "application/protobuf",
            "application/protobuf; messageType=x.B",
            "application/protobuf; messageType=x.a; v",
        ] {
            let error = one(content_type).unwrap_err();
            assert!(error.contains("could be any of `A`, `B`"), "{error}");
        }
    }

    #[test]
    fn bytes_are_only_what_nothing_else_can_be_meant_for() {
        let set = [BYTES, NUMBER];
        assert_eq!(read(None, None, "1", &set), Ok(Set::Number(1)));
        assert_eq!(read(None, None, "\u{1}x", &set), Ok(Set::Bytes));
        let error = read(None, None, "true", &set).unwrap_err();
        assert!(
            error.contains("as `Bytes`: bytes are meant otherwise"),
            "{error}"
        );
        let octets = Some("application/octet-stream");
        assert_eq!(read(None, octets, "true", &set), Ok(Set::Bytes));
        let json = Some("application/json");
        assert!(read(None, json, "true", &set).is_err());
        assert!(read(None, json, "{", &set).is_err());
        assert_eq!(read(None, json, "true", &[BYTES]), Ok(Set::Bytes));
    }
}
