//! The exchange of a channel, and how it is made and looked at.
use crate::{
    bindings::{self, Is, Kind, OfChannel},
    error::error,
    headers::{short, text},
    properties::KEY,
};
use lapin::{
    ExchangeKind,
    options::ExchangeDeclareOptions,
    types::{FieldTable, ShortString},
};
use tidings::{Channel, ChannelKind, Error, ErrorKind, Result};

/// The type of exchanges that keep a key with one queue; a plugin that comes with the broker has it.
const HASH: &str = "x-consistent-hash";

/// An exchange that is there once it was declared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Exchange {
    pub(crate) name: ShortString,
    kind: &'static str,
    pub(crate) durable: bool,
    auto_delete: bool,
}

impl Exchange {
    /// The one that spreads keys over the shards of a queue.
    pub(crate) fn of_shards(queue: &str) -> Result<Self> {
        Ok(Self {
            name: short("exchange", &format!("{queue}.shards"))?,
            kind: HASH,
            durable: true,
            auto_delete: false,
        })
    }

    /// Whether every broker has it.
    pub(crate) fn is_of_broker(&self) -> bool {
        self.name.as_str().starts_with("amq.")
    }

    /// Whether queues may be bound to it by patterns, or get everything.
    pub(crate) fn has_patterns(&self) -> bool {
        self.kind != "direct"
    }

    /// Says whether it is missing or different, and makes nothing.
    pub(crate) async fn check(&self, wire: &lapin::Channel) -> Result<()> {
        self.declare(wire, true).await?;
        // It is there, so that this makes nothing, but compares.
        self.declare(wire, false).await
    }

    /// Makes it, or looks whether it is there.
    pub(crate) async fn declare(&self, wire: &lapin::Channel, passive: bool) -> Result<()> {
        let options = ExchangeDeclareOptions {
            passive,
            durable: self.durable,
            auto_delete: self.auto_delete,
            ..Default::default()
        };
        let kind = ExchangeKind::Custom(self.kind.to_owned());
        let mut arguments = FieldTable::default();
        if self.kind == HASH {
            arguments.insert("hash-header".into(), text(KEY.as_bytes()));
        }
        let declared = wire
            .exchange_declare(self.name.clone(), kind, options, arguments)
            .await;
        declared.map_err(|cause| error("declare", cause).with("exchange", &self.name))
    }
}

/// The exchange of a channel; none where its messages go straight to its queue.
pub(crate) fn exchange(channel: &Channel, told: &OfChannel) -> Result<Option<Exchange>> {
    let binding = &told.exchange;
    let kind = match (channel.kind, binding.kind) {
        (ChannelKind::PointToPoint, _) if binding.is_default() => return Ok(None),
        (ChannelKind::PublishSubscribe, _) if told.is == Some(Is::Queue) => {
            let reason = "its binding says `is: queue`, of which each message goes to one receiver; say `routingKey`, or make it point-to-point";
            return Err(Error::new(ErrorKind::Unsupported, "bind", reason)
                .with("channel", &channel.address));
        }
        (_, Some(Kind::Fanout)) => "fanout",
        (_, Some(Kind::Direct)) => "direct",
        _ => "topic",
    };
    Ok(Some(Exchange {
        name: short("exchange", &binding.name)?,
        kind,
        durable: binding.durable.unwrap_or(true),
        auto_delete: binding.auto_delete,
    }))
}

/// The exchange of a channel that the broker does not have by itself.
pub(crate) fn declared(channel: &Channel, vhost: &str) -> Result<Option<Exchange>> {
    let exchange = exchange(channel, &bindings::of_channel(channel, vhost)?)?;
    Ok(exchange.filter(|exchange| !exchange.is_of_broker()))
}
