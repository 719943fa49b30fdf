//! Where messages go: an address and how its messages are shared among receivers.
use crate::{
    Bindings, Str,
    template::{Template, filled},
};

/// How messages of a channel reach its receivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChannelKind {
    /// Each message goes to one receiver.
    PointToPoint,
    /// Each message goes to every group, and to every subscriber without a group.
    PublishSubscribe,
}

/// A channel: one, whose address has all parameters filled in, or [all of a template](Self::wildcard).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Channel {
    /// The address at the broker.
    pub address: Str,
    /// Whether the address is a template, and this every channel that it gives.
    pub wildcard: bool,
    /// Whether the address is one that somebody made for the replies to what they ask.
    pub for_replies: bool,
    /// How its messages are shared.
    pub kind: ChannelKind,
    /// Number of shards where the broker splits a channel (partitions, shards, hashed queues).
    pub shards: u16,
    /// Whether its messages have keys, whose order is to outlive competing consumers: brokers that have to choose keep the order
    /// rather than share the work.
    pub keyed: bool,
    /// What the document says of it for each protocol.
    pub bindings: Bindings,
}

impl Channel {
    /// A channel of that kind, in one shard and without bindings.
    #[must_use]
    pub fn new(kind: ChannelKind, address: impl Into<Str>) -> Self {
        Self {
            address: address.into(),
            wildcard: false,
            for_replies: false,
            kind,
            shards: 1,
            keyed: false,
            bindings: Bindings::none(),
        }
    }

    /// A channel whose messages each go to one receiver.
    #[must_use]
    pub fn point_to_point(address: impl Into<Str>) -> Self {
        Self::new(ChannelKind::PointToPoint, address)
    }

    /// A channel whose messages each go to every group of subscribers.
    #[must_use]
    pub fn publish_subscribe(address: impl Into<Str>) -> Self {
        Self::new(ChannelKind::PublishSubscribe, address)
    }

    /// The address that somebody made for the replies to what they ask, whatever broker it is of.
    #[must_use]
    pub fn replies(address: impl Into<Str>) -> Self {
        Self {
            for_replies: true,
            ..Self::point_to_point(address)
        }
    }

    /// Every channel whose address a template gives, such as `orders.{region}.placed`; each parameter stands for any text
    /// without the character that parts the levels of the address. To subscribe to, on transports that have
    /// [wildcards](crate::Capabilities::wildcards): what comes tells the address that it came by. Nothing can be sent to it.
    #[must_use]
    pub fn wildcard(kind: ChannelKind, template: impl Into<Str>) -> Self {
        Self {
            wildcard: true,
            ..Self::new(kind, template)
        }
    }

    /// Every channel that a template gives, or those with the values that are told; the only one where all are.
    #[must_use]
    pub fn narrowed(kind: ChannelKind, template: &str, values: &[(&str, Option<String>)]) -> Self {
        let value = |name: &str| {
            let mut values = values.iter();
            let (_, value) = values.find(|(known, _)| *known == name)?;
            value.as_deref()
        };
        Self {
            wildcard: values.iter().any(|(_, value)| value.is_none()),
            ..Self::new(kind, filled(template, value))
        }
    }

    /// Whether that is its address, or one that its template gives.
    #[must_use]
    pub fn is_of(&self, address: &str) -> bool {
        match self.wildcard {
            true => Template::parse(&self.address).is_match(address),
            false => *self.address == *address,
        }
    }

    /// Whether it is that one at the broker, whatever else is said of either.
    pub(crate) fn is_at(&self, other: &Self) -> bool {
        let place = |channel: &Self| (channel.kind, channel.wildcard);
        place(self) == place(other) && self.address == other.address
    }

    /// The same, split into that many shards where the broker can; 0 is 1.
    #[must_use]
    pub fn with_shards(self, shards: u16) -> Self {
        Self {
            shards: shards.max(1),
            ..self
        }
    }

    /// The same, whose messages have keys.
    #[must_use]
    pub fn with_keys(self) -> Self {
        Self {
            keyed: true,
            ..self
        }
    }

    /// The same, with what the document says for each protocol.
    #[must_use]
    pub fn with_bindings(self, bindings: Bindings) -> Self {
        Self { bindings, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_that_of_the_addresses_that_it_gives() {
        let one = Channel::publish_subscribe("orders.{region}");
        assert!(one.is_of("orders.{region}") && !one.is_of("orders.eu"));
        let all = Channel::wildcard(ChannelKind::PublishSubscribe, "orders-{region}.placed");
        assert!(all.is_of("orders-eu.placed") && !all.is_of("invoices.placed"));
    }

    #[test]
    fn a_template_is_narrowed_to_the_values_that_are_told() {
        let some = |region: Option<&str>, shop: Option<&str>| {
            let values = [("region", region), ("shop", shop)];
            let values = values.map(|(name, value)| (name, value.map(str::to_owned)));
            let template = "orders.{region}.{shop}";
            Channel::narrowed(ChannelKind::PublishSubscribe, template, &values)
        };
        let all = some(None, None);
        assert!(all.wildcard && all.is_of("orders.eu.a") && all.is_of("orders.us.b"));
        let europe = some(Some("eu"), None);
        assert!(europe.wildcard && europe.is_of("orders.eu.a") && !europe.is_of("orders.us.a"));
        assert_eq!(
            some(Some("eu"), Some("a")),
            Channel::publish_subscribe("orders.eu.a")
        );
    }
}
