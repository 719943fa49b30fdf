//! What the transport must declare.
use tidings::{
    Capabilities,
    transport::{Affinity, Confirm, HeaderSupport, Order, Settle},
};

/// Of any channel.
pub(crate) fn capabilities() -> Capabilities {
    let mut all = Capabilities::none(1_000_000);
    (all.point_to_point, all.publish_subscribe, all.groups) = (true, true, true);
    (all.replay, all.durable, all.native_reply) = (true, true, true);
    all.transactions = true;
    (all.affinity, all.order) = (Affinity::Shards, Order::Key);
    (all.settle, all.confirm) = (Settle::Cumulative, Confirm::Broker);
    all.headers = HeaderSupport::Native { max_bytes: None };
    all
}
