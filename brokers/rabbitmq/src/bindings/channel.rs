//! What the binding of a channel says: whether it is an exchange or a queue, and which.
use super::told::{PROTOCOL, Told};
use serde::Deserialize;
use tidings::{Channel, Result};

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

/// What a channel's binding says, checked against the virtual host of the connection.
pub(crate) fn of_channel(channel: &Channel, vhost: &str) -> Result<OfChannel> {
    let Some(value) = channel.bindings.of(PROTOCOL) else {
        return Ok(OfChannel::default());
    };
    let binding = Told::of_channel(channel, value);
    let told: OfChannel = binding.read()?;
    binding.known(&["is", "exchange", "queue", "bindingVersion"])?;
    binding.known_of(
        "exchange",
        &["name", "type", "durable", "autoDelete", "vhost"],
    )?;
    binding.known_of(
        "queue",
        &["name", "durable", "exclusive", "autoDelete", "vhost"],
    )?;
    if let Some(other) = told.vhosts().find(|told| *told != vhost) {
        return Err(binding.unsupported(&format!(
            "its binding says `vhost` `{other}`, but the connection is to `{vhost}`; connect to that one"
        )));
    }
    match told.exchange.as_ref().and_then(|exchange| exchange.kind) {
        Some(Kind::Headers) => {
            let reason = "an exchange of `type` `headers` is not supported; use `topic`";
            Err(binding.unsupported(reason))
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use tidings::Bindings;

    fn channel(binding: Value) -> Channel {
        Channel::point_to_point("orders").with_bindings(Bindings::new([("amqp", binding)]))
    }

    #[test]
    fn a_channel_says_what_it_is() {
        let nothing = of_channel(&Channel::point_to_point("a"), "/").unwrap();
        assert_eq!(nothing, OfChannel::default());
        let queue = json!({
            "is": "queue", "queue": { "name": "q", "durable": false, "vhost": "/", "x-of-ours": 1 }, "bindingVersion": "0.3.0", "x-a": {},
        });
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
            (json!({ "routingKey": "orders.#" }), "`routingKey`"),
            (json!({ "queue": { "durabel": true } }), "`queue.durabel`"),
            (
                json!({ "exchange": { "arguments": {} } }),
                "`exchange.arguments`",
            ),
        ] {
            let error = of_channel(&channel(binding), "/").unwrap_err().to_string();
            assert!(
                error.contains(says) && error.contains("channel `orders`"),
                "{error}"
            );
        }
    }
}
