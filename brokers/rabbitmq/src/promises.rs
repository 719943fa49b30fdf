//! What the bindings of a channel leave of what a broker can do.
use crate::{
    bindings,
    exchange::{Exchange, exchange},
};
use tidings::{Channel, ChannelKind};

/// What is promised of a channel, unless its bindings say that it is not so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Promises {
    /// What was confirmed outlives the broker's process.
    pub(crate) durable: bool,
    /// Its exchange takes patterns.
    pub(crate) wildcards: bool,
}

impl Promises {
    /// Those of a channel. Bindings that cannot be read say nothing: whoever uses the channel is told of them.
    pub(crate) fn of(channel: &Channel, vhost: &str) -> Self {
        let told = bindings::of_channel(channel, vhost).unwrap_or_default();
        let exchange = exchange(channel, &told).ok().flatten();
        let queue = told.queue;
        let stays = queue.durable.unwrap_or(true) && !queue.exclusive && !queue.auto_delete;
        let is_kept = exchange.iter().all(|exchange| exchange.durable);
        let on_disk = bindings::sending(channel).map_or(true, |sending| sending.delivery_mode == 2);
        Self {
            durable: stays && is_kept && on_disk,
            wildcards: channel.kind == ChannelKind::PublishSubscribe
                && exchange.iter().all(Exchange::has_patterns),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use tidings::Bindings;

    fn of(kind: ChannelKind, told: &Value) -> (bool, bool) {
        let bindings = Bindings::read(&told.to_string());
        let channel = Channel::new(kind, "a.{b}").with_bindings(bindings);
        let Promises { durable, wildcards } = Promises::of(&channel, "/");
        (durable, wildcards)
    }

    #[test]
    fn bindings_take_back_what_they_say_is_not_so() {
        let queue = ChannelKind::PointToPoint;
        let topic = ChannelKind::PublishSubscribe;
        let channel = |told: Value| json!({ "own": { "amqp": told } });
        for (kind, told, durable, wildcards) in [
            (queue, json!({}), true, false),
            (topic, json!({}), true, true),
            (
                queue,
                channel(json!({ "queue": { "durable": false } })),
                false,
                false,
            ),
            (
                queue,
                channel(json!({ "queue": { "exclusive": true } })),
                false,
                false,
            ),
            (
                topic,
                channel(json!({ "queue": { "autoDelete": true } })),
                false,
                true,
            ),
            (
                topic,
                channel(json!({ "exchange": { "name": "e", "type": "direct" } })),
                true,
                false,
            ),
            (
                topic,
                channel(json!({ "exchange": { "name": "e", "durable": false } })),
                false,
                true,
            ),
            (
                queue,
                json!({ "operations": { "a": { "amqp": { "deliveryMode": 1 } } } }),
                false,
                false,
            ),
        ] {
            assert_eq!(of(kind, &told), (durable, wildcards), "{told}");
        }
    }
}
