//! What the bindings of a channel's messages say: what they are called at the broker, and how they are encoded.
use super::told::{PROTOCOL, Told};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use tidings::{Channel, Result, Str};

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

/// What is said of a message that is to be sent.
pub(crate) fn of_message(channel: &Channel, name: Option<&str>) -> Result<OfMessage> {
    let told = name.and_then(|name| Some((name, channel.bindings.message(PROTOCOL, name)?)));
    told.map_or(Ok(OfMessage::default()), |(name, value)| {
        read(channel, name, value)
    })
}

fn read(channel: &Channel, name: &str, value: &Value) -> Result<OfMessage> {
    let binding = Told::of_message(channel, name, value);
    let told: OfMessage = binding.read()?;
    binding.known(&["contentEncoding", "messageType", "bindingVersion"])?;
    let is_plain = |encoding: &String| PLAIN.contains(&&*encoding.to_ascii_lowercase());
    match told.content_encoding.as_ref().filter(|told| !is_plain(told)) {
        Some(encoding) => Err(binding.unsupported(&format!(
            "`contentEncoding` `{encoding}` is not supported, since bodies are sent and read as they are; leave it out"
        ))),
        None => Ok(told),
    }
}

/// What the messages of a channel that is to be received are called at the broker.
pub(crate) fn names(channel: &Channel) -> Result<Names> {
    let bindings = channel.bindings.to_json().unwrap_or_default();
    let messages = bindings.get("messages").and_then(Value::as_object);
    let mut names = Names::new();
    for (name, told) in messages.into_iter().flatten() {
        let Some(value) = told.get(PROTOCOL) else {
            continue;
        };
        if let Some(called) = read(channel, name, value)?.message_type {
            let name = Some(Str::from(name.as_str()));
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
    use serde_json::json;
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
                "`contentEncoding` `gzip`",
            ),
            (json!({ "messageTyp": "a" }), "`messageTyp`"),
            (json!({ "messageType": 1 }), "cannot be read"),
        ] {
            let channel = messages(&json!({ "Order": { "amqp": told } }));
            let sent = of_message(&channel, Some("Order")).unwrap_err();
            for error in [sent, names(&channel).unwrap_err()] {
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
