//! What the binding of a channel says: whether it is an exchange or a queue, and which.
use super::{PROTOCOL, exchange::Exchange};
use serde::Deserialize;
use tidings::{Binding, Channel, Result};

/// The binding of a channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OfChannel {
    pub(crate) is: Option<Is>,
    pub(crate) exchange: Exchange,
    pub(crate) queue: Queue,
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
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Told {
        is: Option<Is>,
    }
    let binding = Binding::of_channel(channel, PROTOCOL)?;
    binding.known(&["is", "exchange", "queue"])?;
    let Told { is } = binding.read()?;
    let (of_exchange, of_queue) = (binding.part("exchange")?, binding.part("queue")?);
    of_queue.known(&["name", "durable", "exclusive", "autoDelete", "vhost"])?;
    if is == Some(Is::Queue) && of_exchange.fields().next().is_some() {
        let why = "is not published to, since `is` says `queue`; say `routingKey`, or leave it out";
        return Err(binding.cannot("exchange", why));
    }
    let exchange = Exchange::read(channel, &of_exchange)?;
    let queue: Queue = of_queue.read()?;
    for (part, said) in [(&of_exchange, &exchange.vhost), (&of_queue, &queue.vhost)] {
        if let Some(other) = said.as_ref().filter(|said| *said != vhost) {
            let why =
                format!("is `{other}`, but the connection is to `{vhost}`; connect to that one");
            return Err(part.cannot("vhost", &why));
        }
    }
    Ok(OfChannel {
        is,
        exchange,
        queue,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::Kind, *};
    use serde_json::{Value, json};
    use tidings::Bindings;

    fn channel(binding: Value) -> Channel {
        Channel::point_to_point("orders").with_bindings(Bindings::new([("amqp", binding)]))
    }

    #[test]
    fn a_channel_says_what_it_is() {
        let nothing = of_channel(&Channel::point_to_point("a"), "/").unwrap();
        assert!(nothing.exchange.is_default() && nothing.queue == Queue::default());
        let queue = json!({
            "is": "queue", "queue": { "name": "q", "durable": false, "vhost": "/", "x-of-ours": 1 }, "bindingVersion": "0.3.0", "x-a": {},
        });
        let queue = of_channel(&channel(queue), "/").unwrap();
        assert_eq!(queue.is, Some(Is::Queue));
        assert_eq!(queue.queue.durable, Some(false));
        let exchange = json!({ "is": "routingKey", "exchange": { "name": "e", "type": "topic", "autoDelete": true } });
        let exchange = of_channel(&channel(exchange), "/").unwrap().exchange;
        assert_eq!(
            (&*exchange.name, exchange.kind, exchange.auto_delete),
            ("e", Some(Kind::Topic), true)
        );
    }

    #[test]
    fn what_cannot_be_honoured_is_named() {
        for (binding, says) in [
            (json!({ "is": "exchange" }), "`is` of the `amqp` binding"),
            (
                json!({ "queue": { "durable": 1 } }),
                "`queue.durable` of the `amqp` binding cannot be read",
            ),
            (
                json!({ "exchange": { "name": "e", "autoDelete": "no" } }),
                "`exchange.autoDelete`",
            ),
            (
                json!({ "is": "queue", "exchange": { "name": "e" } }),
                "`exchange` of the `amqp` binding",
            ),
            (
                json!({ "queue": { "vhost": "other" } }),
                "`queue.vhost` of the `amqp` binding is `other`",
            ),
            (
                json!({ "queue": { "vhost": "/" }, "exchange": { "vhost": "other" } }),
                "`exchange.vhost` of the `amqp` binding is `other`",
            ),
            (
                json!({ "exchange": { "name": "e", "type": "headers" } }),
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
