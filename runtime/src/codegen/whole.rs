//! The schemas of a message in generated code that is told to hold it to all that they say.
use crate::{InvalidMessage, Message, TypedMessage, whole};
use serde::Serialize;
use std::sync::OnceLock;
use tidings_schema::{Instance, MessageSchemas, MessageValidator, Schema};

/// The schemas of a message, compiled at their first use.
#[derive(Debug)]
pub struct Whole {
    payload: Option<&'static str>,
    headers: Option<&'static str>,
    compiled: OnceLock<Result<MessageValidator, String>>,
}

impl Whole {
    /// Those of a payload and of headers, as JSON.
    #[must_use]
    pub const fn new(payload: Option<&'static str>, headers: Option<&'static str>) -> Self {
        Self {
            payload,
            headers,
            compiled: OnceLock::new(),
        }
    }

    /// Nothing where the message, whose body is JSON, keeps them.
    ///
    /// # Errors
    /// When it does not: every violation with its place.
    pub fn check<M: TypedMessage>(&self, message: &Message) -> Result<(), InvalidMessage> {
        let name = M::NAMES[0];
        let read = |body: &[u8]| {
            let read = Instance::read(body);
            read.map_err(|error| InvalidMessage::at(name, "/payload", error.to_string()))
        };
        let payload = self.payload.map(|_| read(&message.body)).transpose()?;
        let validator = self.compiled(name)?;
        let mut invalid = InvalidMessage::new(name);
        if let Some(payload) = &payload {
            whole::payload(validator, payload, &mut invalid);
        }
        self.headers::<M>(validator, message, &mut invalid);
        invalid.into_result()
    }

    /// The same of a message whose body is written otherwise, by the value that it has.
    ///
    /// # Errors
    /// When it does not keep them, or has no JSON form.
    pub fn check_value<M: TypedMessage>(
        &self,
        message: &Message,
        payload: &impl Serialize,
    ) -> Result<(), InvalidMessage> {
        let name = M::NAMES[0];
        let invalid = |why: String| InvalidMessage::at(name, "/payload", why);
        let text = serde_json::to_string(payload).map_err(|error| invalid(error.to_string()))?;
        let value = Instance::read(text.as_bytes()).map_err(|error| invalid(error.to_string()))?;
        let validator = self.compiled(name)?;
        let mut invalid = InvalidMessage::new(name);
        whole::payload(validator, &value, &mut invalid);
        self.headers::<M>(validator, message, &mut invalid);
        invalid.into_result()
    }

    fn headers<M: TypedMessage>(
        &self,
        validator: &MessageValidator,
        message: &Message,
        invalid: &mut InvalidMessage,
    ) {
        if self.headers.is_some() {
            let own = |name: &str| M::HEADERS.contains(&name);
            whole::headers(validator, message, own, invalid);
        }
    }

    fn compiled(&self, name: &str) -> Result<&MessageValidator, InvalidMessage> {
        let compiled = self.compiled.get_or_init(|| {
            compile(self.payload, self.headers).map_err(|reasons| reasons.join("; "))
        });
        compiled.as_ref().map_err(|reasons| {
            InvalidMessage::at(name, "", format!("its schemas cannot be used: {reasons}"))
        })
    }
}

fn compile(payload: Option<&str>, headers: Option<&str>) -> Result<MessageValidator, Vec<String>> {
    let schema = |text: Option<&str>| {
        let value = text.map(serde_json::from_str).transpose();
        value
            .map(|value| value.map(Schema::self_described))
            .map_err(|error| vec![error.to_string()])
    };
    let schemas = MessageSchemas {
        payload: schema(payload)?,
        headers: schema(headers)?,
    };
    MessageValidator::compile(&schemas)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Violation;
    use serde_json::json;

    struct Ping;

    impl TypedMessage for Ping {
        const NAMES: &'static [&'static str] = &["Ping"];
        const HEADERS: &'static [&'static str] = &["tenant", "count"];
        fn encode(&self) -> Result<Message, InvalidMessage> {
            Ok(Message::new("1"))
        }
        fn decode(_: &Message) -> Result<Self, InvalidMessage> {
            Ok(Self)
        }
    }

    fn places(read: Result<(), InvalidMessage>) -> Vec<String> {
        let place = |it: &Violation| it.pointer.clone();
        read.err().map_or(Vec::new(), |invalid| {
            invalid.violations().iter().map(place).collect()
        })
    }

    #[test]
    fn payload_and_headers_are_held_to_all_that_their_schemas_say() {
        let whole = Whole::new(
            Some(r#"{ "type": "integer", "maximum": 3 }"#),
            Some(
                r#"{ "type": "object", "required": ["tenant"], "additionalProperties": false, "properties": {
                    "tenant": { "type": "string" }, "count": { "type": "integer", "minimum": 2 } } }"#,
            ),
        );
        let check = |body: &str, headers: &[(&'static str, &str)]| {
            let mut message = Message::new(body.to_owned());
            for &(name, value) in headers {
                message.set_header(name, value.to_owned());
            }
            places(whole.check::<Ping>(&message))
        };
        // A text stays one though it could be a number, and what the document does not name is others'.
        let headers = [("tenant", "42"), ("count", "2"), ("traceparent", "00-1")];
        assert_eq!(check("3", &headers), [""; 0]);
        assert_eq!(check("4", &headers), ["/payload"]);
        assert_eq!(check("1e400", &headers), ["/payload"]);
        assert_eq!(
            check("3", &[("tenant", "a"), ("count", "1")]),
            ["/headers/count"]
        );
        assert_eq!(
            check("3", &[("tenant", "a"), ("count", "x")]),
            ["/headers/count"]
        );
        assert_eq!(check("2.5", &[]), ["/payload", "/headers"]);
        let value = whole.check_value::<Ping>(&Message::new(""), &json!(4));
        assert_eq!(places(value), ["/payload", "/headers"]);
    }

    #[test]
    fn schemas_that_are_none_are_told() {
        let whole = Whole::new(Some(r#"{ "type": "text" }"#), None);
        let error = whole.check::<Ping>(&Message::new("1")).unwrap_err();
        let reason = &error.violations()[0].reason;
        assert!(
            reason.starts_with("its schemas cannot be used: "),
            "{reason}"
        );
    }
}
