//! What the bindings of a channel's operations say: what goes with each message that is published.
use super::PROTOCOL;
use serde::Deserialize;
use tidings::{Binding, Channel, Result};

const FIELDS: [&str; 9] = [
    "expiration",
    "userId",
    "cc",
    "bcc",
    "priority",
    "deliveryMode",
    "mandatory",
    "timestamp",
    "ack",
];

/// The binding of an operation.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct OfOperation {
    expiration: Option<u64>,
    user_id: Option<String>,
    cc: Vec<String>,
    bcc: Vec<String>,
    priority: Option<u8>,
    delivery_mode: Option<u8>,
    mandatory: Option<bool>,
    timestamp: Option<bool>,
    ack: Option<bool>,
}

/// What goes with every message that is published to a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sending {
    pub(crate) expiration: Option<u64>,
    pub(crate) user_id: Option<String>,
    pub(crate) cc: Vec<String>,
    pub(crate) bcc: Vec<String>,
    pub(crate) priority: Option<u8>,
    /// 1 is kept in memory only, 2 on disk.
    pub(crate) delivery_mode: u8,
    pub(crate) mandatory: Option<bool>,
    pub(crate) timestamp: bool,
}

/// The bindings of all operations of a channel, and what they say.
fn all(channel: &Channel) -> impl Iterator<Item = Result<(Binding<'_>, OfOperation)>> {
    Binding::of_operations(channel, PROTOCOL).map(|binding| {
        let binding = binding?;
        if binding.get("replyTo").is_some() {
            let why = "is not supported, since each client has a queue for its replies; say an address of the `reply` in the document";
            return Err(binding.cannot("replyTo", why));
        }
        binding.known(&FIELDS)?;
        let told = binding.read()?;
        Ok((binding, told))
    })
}

/// What the bindings of a channel's operations say together; those that disagree are an error.
pub(crate) fn sending(channel: &Channel) -> Result<Sending> {
    let mut together = OfOperation::default();
    for told in all(channel) {
        let (binding, told) = told?;
        if let Some(mode) = told.delivery_mode.filter(|mode| ![1, 2].contains(mode)) {
            return Err(binding.wrong("deliveryMode", &format!("is 1 or 2, not `{mode}`")));
        }
        together.join(told).map_err(|field| {
            binding.cannot(
                field,
                "is another than that of another operation of its channel",
            )
        })?;
    }
    Ok(Sending {
        expiration: together.expiration,
        user_id: together.user_id,
        cc: together.cc,
        bcc: together.bcc,
        priority: together.priority,
        delivery_mode: together.delivery_mode.unwrap_or(2),
        mandatory: together.mandatory,
        timestamp: together.timestamp.unwrap_or(false),
    })
}

/// Refuses what would lose messages: receiving without acknowledgements.
pub(crate) fn check_receiving(channel: &Channel) -> Result<()> {
    for told in all(channel) {
        let (binding, told) = told?;
        if told.ack == Some(false) {
            let why =
                "is `false`, which is not supported, since messages would be lost; leave it out";
            return Err(binding.cannot("ack", why));
        }
    }
    Ok(())
}

impl OfOperation {
    fn join(&mut self, other: Self) -> Result<(), &'static str> {
        join("expiration", &mut self.expiration, other.expiration)?;
        join("userId", &mut self.user_id, other.user_id)?;
        join("priority", &mut self.priority, other.priority)?;
        join("deliveryMode", &mut self.delivery_mode, other.delivery_mode)?;
        join("mandatory", &mut self.mandatory, other.mandatory)?;
        join("timestamp", &mut self.timestamp, other.timestamp)?;
        add(&mut self.cc, other.cc);
        add(&mut self.bcc, other.bcc);
        Ok(())
    }
}

fn join<T: PartialEq>(
    field: &'static str,
    one: &mut Option<T>,
    other: Option<T>,
) -> Result<(), &'static str> {
    match (&*one, &other) {
        (Some(known), Some(told)) if known != told => Err(field),
        (None, _) => {
            *one = other;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Those that are not among them yet.
fn add(all: &mut Vec<String>, others: Vec<String>) {
    for other in others {
        if !all.contains(&other) {
            all.push(other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use tidings::Bindings;

    fn operations(operations: &Value) -> Channel {
        let told = json!({ "operations": operations }).to_string();
        Channel::point_to_point("orders").with_bindings(Bindings::read(&told))
    }

    #[test]
    fn what_cannot_be_honoured_is_named() {
        for (told, says) in [
            (
                json!({ "a": { "amqp": { "priority": 1 } }, "b": { "amqp": { "priority": 2 } } }),
                "`priority`",
            ),
            (json!({ "a": { "amqp": { "deliveryMode": 3 } } }), "not `3`"),
            (json!({ "a": { "amqp": { "cc": 1 } } }), "operation `a`"),
            (
                json!({ "a": { "amqp": { "replyTo": "replies" } } }),
                "`replyTo` of the `amqp` binding of operation `a`",
            ),
            (
                json!({ "a": { "amqp": { "prioritty": 1 } } }),
                "`prioritty` of the `amqp` binding of operation `a`",
            ),
        ] {
            let channel = operations(&told);
            let error = sending(&channel).unwrap_err().to_string();
            assert!(
                error.contains(says) && error.contains("channel `orders`"),
                "{error}"
            );
        }
        for (told, says) in [
            (
                json!({ "ack": false }),
                "`ack` of the `amqp` binding of operation `a` is `false`",
            ),
            (
                json!({ "replyTo": "replies" }),
                "`replyTo` of the `amqp` binding of operation `a`",
            ),
        ] {
            let channel = operations(&json!({ "a": { "amqp": told } }));
            let error = check_receiving(&channel).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn operations_add_up() {
        let told = json!({
            "send": { "amqp": { "expiration": 1000, "userId": "ann", "cc": ["a", "b"], "priority": 5, "mandatory": true } },
            "also": { "amqp": { "deliveryMode": 1, "bcc": ["b"], "cc": ["a"], "timestamp": true, "priority": 5 } },
            "more": { "amqp": { "cc": ["a", "b"], "x-of-ours": 1, "bindingVersion": "0.3.0" } },
        });
        let expected = Sending {
            expiration: Some(1000),
            user_id: Some("ann".into()),
            cc: vec!["a".into(), "b".into()],
            bcc: vec!["b".into()],
            priority: Some(5),
            delivery_mode: 1,
            mandatory: Some(true),
            timestamp: true,
        };
        assert_eq!(sending(&operations(&told)).unwrap(), expected);
    }
}
