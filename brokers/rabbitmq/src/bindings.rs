//! What the document's AMQP bindings say of a channel, read; what cannot be honoured is an error that names it.
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use tidings::{Channel, Error, ErrorKind, Result};

const PROTOCOL: &str = "amqp";

/// The binding of a channel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct OfChannel {
    pub(crate) is: Option<Is>,
    pub(crate) exchange: Option<Exchange>,
    pub(crate) queue: Option<Queue>,
}

/// What a channel is at the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Is {
    /// Messages are published to an exchange, under the address.
    #[serde(rename = "routingKey")]
    RoutingKey,
    /// Messages are published to a queue.
    #[serde(rename = "queue")]
    Queue,
}

/// An exchange.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Exchange {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: Option<Kind>,
    pub(crate) durable: Option<bool>,
    #[serde(rename = "autoDelete")]
    pub(crate) auto_delete: bool,
    vhost: Option<String>,
}

/// A type of exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Topic,
    Direct,
    Fanout,
    Default,
    Headers,
}

/// A queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Queue {
    pub(crate) name: Option<String>,
    pub(crate) durable: Option<bool>,
    pub(crate) exclusive: bool,
    #[serde(rename = "autoDelete")]
    pub(crate) auto_delete: bool,
    vhost: Option<String>,
}

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

/// What a channel's binding says, checked against the virtual host of the connection.
pub(crate) fn of_channel(channel: &Channel, vhost: &str) -> Result<OfChannel> {
    let Some(told) = channel.bindings.of(PROTOCOL) else {
        return Ok(OfChannel::default());
    };
    let told: OfChannel = read(told).map_err(|reason| invalid(channel, reason))?;
    if let Some(other) = told.vhosts().find(|told| *told != vhost) {
        let reason = format!(
            "its binding says `vhost` `{other}`, but the connection is to `{vhost}`; connect to that one"
        );
        return Err(unsupported(channel, reason));
    }
    match told.exchange.as_ref().and_then(|exchange| exchange.kind) {
        Some(Kind::Headers) => {
            let reason = "an exchange of `type` `headers` is not supported; use `topic`";
            Err(unsupported(channel, reason.to_owned()))
        }
        _ => Ok(told),
    }
}

impl OfChannel {
    /// Every virtual host that it names.
    fn vhosts(&self) -> impl Iterator<Item = &str> {
        let queue = self.queue.iter().filter_map(|queue| queue.vhost.as_deref());
        let exchange = self.exchange.iter();
        queue.chain(exchange.filter_map(|exchange| exchange.vhost.as_deref()))
    }
}

/// What the bindings of a channel's operations say together; those that disagree are an error.
pub(crate) fn sending(channel: &Channel) -> Result<Sending> {
    let mut all = OfOperation::default();
    for (name, told) in channel.bindings.operations(PROTOCOL) {
        let told: OfOperation = read(told)
            .map_err(|reason| invalid(channel, format!("operation `{name}`: {reason}")))?;
        all.join(told).map_err(|field| {
            unsupported(
                channel,
                format!("its operations say different things of `{field}`"),
            )
        })?;
    }
    if let Some(mode) = all.delivery_mode.filter(|mode| ![1, 2].contains(mode)) {
        return Err(invalid(
            channel,
            format!("`deliveryMode` is 1 or 2, not `{mode}`"),
        ));
    }
    Ok(Sending {
        expiration: all.expiration,
        user_id: all.user_id,
        cc: all.cc,
        bcc: all.bcc,
        priority: all.priority,
        delivery_mode: all.delivery_mode.unwrap_or(2),
        mandatory: all.mandatory,
        timestamp: all.timestamp.unwrap_or(false),
    })
}

/// Refuses what would lose messages: receiving without acknowledgements.
pub(crate) fn check_receiving(channel: &Channel) -> Result<()> {
    for (name, told) in channel.bindings.operations(PROTOCOL) {
        let told: OfOperation = read(told)
            .map_err(|reason| invalid(channel, format!("operation `{name}`: {reason}")))?;
        if told.ack == Some(false) {
            let reason = format!(
                "`ack: false` of operation `{name}` is not supported, since messages would be lost; leave it out"
            );
            return Err(unsupported(channel, reason));
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
        self.cc.extend(other.cc);
        self.bcc.extend(other.bcc);
        self.cc.dedup();
        self.bcc.dedup();
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

fn read<T: DeserializeOwned>(told: &Value) -> Result<T, String> {
    T::deserialize(told).map_err(|error| format!("its `amqp` binding cannot be read: {error}"))
}

fn invalid(channel: &Channel, reason: String) -> Error {
    Error::new(ErrorKind::Invalid, "bind", reason).with("channel", &channel.address)
}

fn unsupported(channel: &Channel, reason: String) -> Error {
    Error::new(ErrorKind::Unsupported, "bind", reason).with("channel", &channel.address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tidings::Bindings;

    fn channel(binding: Value) -> Channel {
        Channel::point_to_point("orders").with_bindings(Bindings::new([("amqp", binding)]))
    }

    fn operations(operations: &Value) -> Channel {
        let told = json!({ "operations": operations }).to_string();
        Channel::point_to_point("orders").with_bindings(Bindings::read(&told))
    }

    #[test]
    fn a_channel_says_what_it_is() {
        let nothing = of_channel(&Channel::point_to_point("a"), "/").unwrap();
        assert_eq!(nothing, OfChannel::default());
        let queue = json!({ "is": "queue", "queue": { "name": "q", "durable": false, "vhost": "/" }, "bindingVersion": "0.3.0" });
        let queue = of_channel(&channel(queue), "/").unwrap();
        assert_eq!(queue.is, Some(Is::Queue));
        assert_eq!(queue.queue.unwrap().durable, Some(false));
        let exchange = json!({ "is": "routingKey", "exchange": { "name": "e", "type": "topic", "autoDelete": true } });
        let exchange = of_channel(&channel(exchange), "/")
            .unwrap()
            .exchange
            .unwrap();
        assert_eq!(
            (&*exchange.name, exchange.kind, exchange.auto_delete),
            ("e", Some(Kind::Topic), true)
        );
    }

    #[test]
    fn what_cannot_be_honoured_is_named() {
        for (binding, says) in [
            (json!({ "is": "exchange" }), "exchange"),
            (json!({ "queue": { "durable": 1 } }), "expected a boolean"),
            (json!({ "queue": { "vhost": "other" } }), "`vhost` `other`"),
            (
                json!({ "queue": { "vhost": "/" }, "exchange": { "vhost": "other" } }),
                "`vhost` `other`",
            ),
            (json!({ "exchange": { "type": "headers" } }), "`headers`"),
        ] {
            let error = of_channel(&channel(binding), "/").unwrap_err().to_string();
            assert!(
                error.contains(says) && error.contains("channel `orders`"),
                "{error}"
            );
        }
        for (told, says) in [
            (
                json!({ "a": { "amqp": { "priority": 1 } }, "b": { "amqp": { "priority": 2 } } }),
                "`priority`",
            ),
            (json!({ "a": { "amqp": { "deliveryMode": 3 } } }), "not `3`"),
            (json!({ "a": { "amqp": { "cc": 1 } } }), "operation `a`"),
        ] {
            let error = sending(&operations(&told)).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        let unacknowledged = operations(&json!({ "a": { "amqp": { "ack": false } } }));
        let error = check_receiving(&unacknowledged).unwrap_err().to_string();
        assert!(error.contains("`ack: false` of operation `a`"), "{error}");
    }

    #[test]
    fn operations_add_up() {
        let told = json!({
            "send": { "amqp": { "expiration": 1000, "userId": "ann", "cc": ["a"], "priority": 5, "mandatory": true } },
            "also": { "amqp": { "deliveryMode": 1, "bcc": ["b"], "timestamp": true, "priority": 5 } },
        });
        let expected = Sending {
            expiration: Some(1000),
            user_id: Some("ann".into()),
            cc: vec!["a".into()],
            bcc: vec!["b".into()],
            priority: Some(5),
            delivery_mode: 1,
            mandatory: Some(true),
            timestamp: true,
        };
        assert_eq!(sending(&operations(&told)).unwrap(), expected);
    }
}
