//! What the binding of a channel says: whether it is an exchange or a queue, and which.
use super::PROTOCOL;
use serde::Deserialize;
use tidings::{Binding, Channel, Result};

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
    let binding = Binding::of_channel(channel, PROTOCOL)?;
    let told: OfChannel = binding.read()?;
    binding.known(&["is", "exchange", "queue"])?;
    let exchange = binding.part("exchange")?;
    exchange.known(&["name", "type", "durable", "autoDelete", "vhost"])?;
    let queue = binding.part("queue")?;
    queue.known(&["name", "durable", "exclusive", "autoDelete", "vhost"])?;
    for (part, said) in [
        (&exchange, told.exchange_vhost()),
        (&queue, told.queue_vhost()),
    ] {
        if let Some(other) = said.filter(|said| *said != vhost) {
            let why =
                format!("is `{other}`, but the connection is to `{vhost}`; connect to that one");
            return Err(part.cannot("vhost", &why));
        }
    }
    match told.exchange.as_ref().and_then(|exchange| exchange.kind) {
        Some(Kind::Headers) => {
            Err(exchange.cannot("type", "is `headers`, which is not supported; use `topic`"))
        }
        _ => Ok(told),
    }
}

impl OfChannel {
    /// The virtual host of its exchange.
    fn exchange_vhost(&self) -> Option<&str> {
        self.exchange.as_ref()?.vhost.as_deref()
    }

    fn queue_vhost(&self) -> Option<&str> {
        self.queue.as_ref()?.vhost.as_deref()
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
            (
                json!({ "queue": { "vhost": "other" } }),
                "`queue.vhost` of the `amqp` binding is `other`",
            ),
            (
                json!({ "queue": { "vhost": "/" }, "exchange": { "vhost": "other" } }),
                "`exchange.vhost` of the `amqp` binding is `other`",
            ),
            (
                json!({ "exchange": { "type": "headers" } }),
                "`exchange.type` of the `amqp` binding is `headers`",
            ),
            (json!("queue"), "the `amqp` binding is no object"),
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
