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
        let queue = told.queue.unwrap_or_default();
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
