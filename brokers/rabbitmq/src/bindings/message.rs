//! What the bindings of a channel's messages say: what they are called at the broker, and how they are encoded.
use super::PROTOCOL;
use serde::Deserialize;
use std::collections::HashMap;
use tidings::{Binding, Channel, Result, Str};

/// The encodings that leave a body as it is.
const PLAIN: [&str; 4] = ["identity", "utf-8", "7bit", "8bit"];

/// The binding of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct OfMessage {
    /// What its property `content_encoding` says.
    pub(crate) content_encoding: Option<String>,
    /// What its property `type` says in place of its name.
    pub(crate) message_type: Option<String>,
}

/// The names of messages that are called something else at the broker; none where several are called the same.
pub(crate) type Names = HashMap<String, Option<Str>>;

/// What is said of a message that is to be sent; one without a name may be any of the channel's.
pub(crate) fn of_message(channel: &Channel, name: Option<&str>) -> Result<OfMessage> {
    match name {
        Some(name) => read(&Binding::of_message(channel, PROTOCOL, name)?),
        None => names(channel).map(|_| OfMessage::default()),
    }
}

fn read(binding: &Binding<'_>) -> Result<OfMessage> {
    let told: OfMessage = binding.read()?;
    binding.known(&["contentEncoding", "messageType"])?;
    let is_plain = |encoding: &String| PLAIN.contains(&&*encoding.to_ascii_lowercase());
    match told
        .content_encoding
        .as_ref()
        .filter(|told| !is_plain(told))
    {
        Some(encoding) => {
            let why = format!(
                "is `{encoding}`, which is not supported, since bodies are sent and read as they are; leave it out"
            );
            Err(binding.cannot("contentEncoding", &why))
        }
        None => Ok(told),
    }
}

/// What the messages of a channel that is to be received are called at the broker.
pub(crate) fn names(channel: &Channel) -> Result<Names> {
    let mut names = Names::new();
    for binding in Binding::of_messages(channel, PROTOCOL) {
        let binding = binding?;
        if let Some(called) = read(&binding)?.message_type {
            let name = binding.name().map(Str::from);
            let of_several = names.insert(called.clone(), name).is_some();
            if of_several {
                names.insert(called, None);
            }
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use tidings::Bindings;

    fn messages(messages: &Value) -> Channel {
        let told = json!({ "messages": messages }).to_string();
        Channel::point_to_point("orders").with_bindings(Bindings::read(&told))
    }

    #[test]
    fn what_cannot_be_honoured_is_named() {
        for (told, says) in [
            (
                json!({ "contentEncoding": "gzip" }),
                "`contentEncoding` of the `amqp` binding of message `Order` is `gzip`",
            ),
            (json!({ "messageTyp": "a" }), "`messageTyp`"),
            (json!({ "messageType": 1 }), "cannot be read"),
        ] {
            let channel = messages(&json!({ "Order": { "amqp": told } }));
            let sent = of_message(&channel, Some("Order")).unwrap_err();
            // It may be any of them.
            let nameless = of_message(&channel, None).unwrap_err();
            for error in [sent, nameless, names(&channel).unwrap_err()] {
                let error = error.to_string();
                assert!(
                    error.contains(says)
                        && error.contains("message `Order`")
                        && error.contains("channel `orders`"),
                    "{error}"
                );
            }
            assert!(of_message(&channel, Some("Other")).is_ok());
        }
    }

    #[test]
    fn messages_are_known_by_what_they_are_called() {
        let channel = messages(&json!({
            "Placed": { "amqp": { "messageType": "order.placed", "contentEncoding": "UTF-8", "x-of-ours": 1 } },
            "Paid": { "amqp": { "messageType": "order.changed", "bindingVersion": "0.3.0" } },
            "Sent": { "amqp": { "messageType": "order.changed" } },
            "Other": { "kafka": {} },
        }));
        let placed = of_message(&channel, Some("Placed")).unwrap();
        assert_eq!(placed.message_type.as_deref(), Some("order.placed"));
        assert_eq!(placed.content_encoding.as_deref(), Some("UTF-8"));
        assert_eq!(of_message(&channel, None).unwrap(), OfMessage::default());
        let names = names(&channel).unwrap();
        assert_eq!(names["order.placed"].as_deref(), Some("Placed"));
        assert_eq!(names["order.changed"], None);
        assert_eq!(names.len(), 2);
    }
}
