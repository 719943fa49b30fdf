//! A document's examples of a message, as generated code has them: each is read, checked, and written again.
use super::kept;
use crate::{BoxError, HandlerError, InvalidMessage, Json, Message, TypedMessage};
use bytes::Bytes;
use std::marker::PhantomData;

/// An example of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// What it is called.
    pub name: &'static str,
    /// Its headers, as an object of JSON.
    pub headers: &'static str,
    /// Its payload as JSON; empty where the message has none.
    pub payload: &'static str,
}

impl Example {
    /// One of that name, headers and payload.
    #[must_use]
    pub const fn new(name: &'static str, headers: &'static str, payload: &'static str) -> Self {
        Self {
            name,
            headers,
            payload,
        }
    }
}

/// How a payload is written.
type Write = fn(&str, &Json) -> Result<Bytes, InvalidMessage>;

/// The examples of a message.
#[derive(Debug)]
pub struct Examples<M> {
    write: Write,
    all: &'static [Example],
    is_whole: bool,
    message: PhantomData<fn() -> M>,
}

impl<M: TypedMessage> Examples<M> {
    /// Those, of a message whose payload is written so.
    #[must_use]
    pub const fn new(write: Write, all: &'static [Example]) -> Self {
        Self {
            write,
            all,
            is_whole: true,
            message: PhantomData,
        }
    }

    /// The same, of types that drop what the document does not name.
    #[must_use]
    pub const fn dropping(self) -> Self {
        Self {
            is_whole: false,
            ..self
        }
    }

    /// As they are in the document.
    #[must_use]
    pub const fn all(&self) -> &'static [Example] {
        self.all
    }

    /// Each of them as a message.
    ///
    /// # Errors
    /// When one is not what the document says.
    pub fn messages(&self) -> Result<Vec<M>, BoxError> {
        let read = |example: &Example| {
            let read = self.wire(example).and_then(|wire| M::decode(&wire));
            read.map_err(|why| wrong::<M>(example, &why.to_string()))
        };
        self.all.iter().map(read).collect()
    }

    /// The first of them, as what a service answers that stands in for another.
    ///
    /// # Errors
    /// When it is not what the document says.
    pub fn answer<R: From<M>>(&self) -> Result<R, HandlerError> {
        let messages = self.messages().map_err(HandlerError::reject)?;
        let first = messages.into_iter().next();
        first
            .map(R::from)
            .ok_or_else(|| HandlerError::reject("the document has no example of the answer"))
    }

    /// Reads each, checks it, writes it again, and compares that with what it was.
    ///
    /// # Errors
    /// When one is not what the document says, or is written as another.
    pub fn check(&self) -> Result<(), BoxError>
    where
        M: PartialEq,
    {
        self.all.iter().try_for_each(|example| {
            let outcome = self.come_back(example);
            outcome.map_err(|why| wrong::<M>(example, &why))
        })
    }

    fn come_back(&self, example: &Example) -> Result<(), String>
    where
        M: PartialEq,
    {
        let read = |wire: &Message| M::decode(wire).map_err(|why| why.to_string());
        let came = self.wire(example).map_err(|why| why.to_string())?;
        let message = read(&came)?;
        let written = message.encode().map_err(|why| why.to_string())?;
        if read(&written)? != message {
            return Err("is read as another once it is written".to_owned());
        }
        for header in M::HEADERS {
            let [before, after] = [&came, &written].map(|message| message.header(header));
            let [before, after] = [before, after].map(|text| text.map(kept::read));
            let at = format!("/headers/{header}");
            kept::compare(before.as_ref(), after.as_ref(), self.is_whole, &at)?;
        }
        // Two that are no JSON were compared as what they were read as.
        let [before, after] =
            [&came, &written].map(|message| serde_json::from_slice(&message.body));
        match (before, after) {
            (Ok(before), Ok(after)) => {
                kept::compare(Some(&before), Some(&after), self.is_whole, "/payload")
            }
            _ => Ok(()),
        }
    }

    /// One of them on the wire.
    fn wire(&self, example: &Example) -> Result<Message, InvalidMessage> {
        let name = M::NAMES[0];
        let read = |part: &str, text: &str| {
            let read = text.parse::<Json>();
            read.map_err(|why| InvalidMessage::at(name, part, why.to_string()))
        };
        let body = match example.payload {
            "" => Bytes::new(),
            text => (self.write)(name, &read("/payload", text)?)?,
        };
        let mut message = Message::named(name, M::CONTENT_TYPE, body);
        if let Json::Object(headers) = read("/headers", example.headers)? {
            for (header, value) in headers {
                match value {
                    Json::Null => {}
                    Json::String(text) => message.set_header(&header, text),
                    value => message.set_header(&header, value.to_string()),
                }
            }
        }
        Ok(message)
    }
}

/// What is wrong with an example.
pub(super) fn wrong<M: TypedMessage>(example: &Example, why: &str) -> BoxError {
    let (name, message) = (example.name, M::NAMES[0]);
    format!("example `{name}` of `{message}`: {why}").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Validate, Violations, codegen, violations::Pointer};
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Ping {
        count: u32,
        #[serde(default, skip_serializing)]
        lost: Option<u32>,
    }

    impl Validate for Ping {
        fn check(&self, at: &Pointer<'_>, violations: &mut Violations) {
            violations.minimum(&at.key("count"), self.count, 1);
        }
    }

    impl TypedMessage for Ping {
        const NAMES: &'static [&'static str] = &["Ping"];

        fn encode(&self) -> Result<Message, InvalidMessage> {
            codegen::json_message::<Self>(self)
        }

        fn decode(message: &Message) -> Result<Self, InvalidMessage> {
            let ping = codegen::from_json("Ping", message)?;
            codegen::check(&ping, Violations::new())?;
            Ok(ping)
        }
    }

    /// What is wrong with an example that has this payload.
    fn found(payload: &'static str) -> String {
        let example = [Example::new("one", "{}", payload)];
        let all = Box::leak(Box::new(example));
        let examples = Examples::<Ping>::new(codegen::json, all);
        let found = examples.check();
        found.map_or_else(|why| why.to_string(), |()| String::new())
    }

    #[test]
    fn what_comes_back_as_it_was_is_right() {
        assert_eq!(found(r#"{"count": 1.0}"#), "");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (payload, told) in [
            (r#"{"count": 0}"#, "/count"),
            (r#"{"count": "a"}"#, "/payload/count"),
            (r#"{"count": 1, "other": 2}"#, "/payload/other` is lost"),
            (
                r#"{"count": 1, "lost": 2}"#,
                "is read as another once it is written",
            ),
            ("{", "/payload"),
        ] {
            let found = found(payload);
            let begins = found.starts_with("example `one` of `Ping`: ");
            assert!(begins && found.contains(told), "{payload}: {found}");
        }
    }
}
