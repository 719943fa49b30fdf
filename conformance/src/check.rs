//! What cases compare, and a plain typed message.
use std::{collections::HashMap, fmt::Debug};
use tidings::{BoxError, InvalidMessage, Message, TypedMessage, transport::Incoming};

pub(crate) type Outcome<T = ()> = Result<T, BoxError>;

pub(crate) fn same<T: PartialEq + Debug>(what: &str, actual: &T, expected: &T) -> Outcome {
    match actual == expected {
        true => Ok(()),
        false => Err(format!("{what}: got {actual:?}, expected {expected:?}").into()),
    }
}

pub(crate) fn holds(condition: bool, otherwise: &str) -> Outcome {
    match condition {
        true => Ok(()),
        false => Err(otherwise.into()),
    }
}

pub(crate) fn body(incoming: &Incoming) -> String {
    String::from_utf8_lossy(&incoming.message.body).into_owned()
}

pub(crate) fn bodies(batch: &[Incoming]) -> Vec<String> {
    batch.iter().map(body).collect()
}

/// The same bodies, in whatever order.
pub(crate) fn same_set<T: ToString>(actual: Vec<String>, expected: &[T]) -> Outcome {
    let mut actual = actual;
    let mut expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
    actual.sort();
    expected.sort();
    same("bodies, sorted", &actual, &expected)
}

/// The same bodies, in that order.
pub(crate) fn same_list<T: ToString>(actual: Vec<String>, expected: &[T]) -> Outcome {
    let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
    same("bodies", &actual, &expected)
}

/// A message of a key, whose body is the key and its number within it.
pub(crate) fn keyed(key: usize, number: usize) -> Message {
    let mut message = Message::new(format!("{key} {number}"));
    message.key = Some(key.to_string().into());
    message
}

/// The first so many messages of so many keys, in turns.
pub(crate) fn keyed_batch(keys: usize, each: usize) -> Vec<Message> {
    let numbers = (0..each).flat_map(|number| (0..keys).map(move |key| (key, number)));
    numbers.map(|(key, number)| keyed(key, number)).collect()
}

/// Every message of so many keys is there, for the first time in the order of its key.
pub(crate) fn in_order(bodies: &[String], keys: usize, each: usize) -> Outcome {
    let mut next: HashMap<usize, usize> = HashMap::new();
    for body in bodies {
        let (key, number) = body.split_once(' ').ok_or("not of these messages")?;
        let expected = next.entry(key.parse()?).or_default();
        let number: usize = number.parse()?;
        holds(
            number <= *expected,
            &format!("`{body}` overtook another of its key"),
        )?;
        *expected = (*expected).max(number + 1);
    }
    let all = (0..keys).all(|key| next.get(&key) == Some(&each));
    holds(
        all,
        &format!("messages are missing: of {each} of a key came {next:?}"),
    )
}

/// A message that is a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) u32);

impl TypedMessage for Number {
    const NAMES: &'static [&'static str] = &["Number"];

    fn encode(&self) -> Result<Message, InvalidMessage> {
        Ok(Message::named("Number", "text/plain", self.0.to_string()))
    }

    fn decode(message: &Message) -> Result<Self, InvalidMessage> {
        let text = str::from_utf8(&message.body).unwrap_or_default();
        text.parse()
            .map(Self)
            .map_err(|_| InvalidMessage::at("Number", "/payload", "is not a number"))
    }
}
