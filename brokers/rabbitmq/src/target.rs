//! Where messages of a channel are published to.
use crate::{
    bindings::{self, OfChannel, Sending},
    error::error,
    exchange::{Exchange, exchange},
    headers::short,
    later,
    settings::RabbitSettings,
};
use lapin::{
    options::QueueDeclareOptions,
    types::{FieldTable, ShortString},
};
use tidings::{Channel, ChannelKind, Error, ErrorKind, Result};

/// Where messages of a channel are published to.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) exchange: ShortString,
    pub(crate) key: ShortString,
    /// Whether a message that no queue takes is an error.
    pub(crate) mandatory: bool,
    pub(crate) sending: Sending,
    pub(crate) declared: Option<Exchange>,
}

impl Target {
    /// Where a channel is published to.
    pub(crate) fn of(channel: &Channel, vhost: &str, settings: &RabbitSettings) -> Result<Self> {
        if channel.wildcard {
            let reason =
                "nothing can be sent to all channels of a template; fill in its parameters";
            return Err(
                Error::new(ErrorKind::Invalid, "publish", reason).with("channel", &channel.address)
            );
        }
        let told = bindings::of_channel(channel, vhost)?;
        let sending = bindings::sending(channel)?;
        let is_queue = channel.kind == ChannelKind::PointToPoint;
        let declared = exchange(channel, &told)?;
        let queue = queue_name(channel, &told);
        let (exchange, key) = match &declared {
            Some(exchange) => (exchange.name.clone(), &*channel.address),
            // Made by its receivers, like a queue.
            None if shards(channel, settings).is_some() => {
                (Exchange::of_shards(queue)?.name, &*channel.address)
            }
            None => (ShortString::default(), queue),
        };
        if exchange.as_str().is_empty() {
            check_name(key)?;
        }
        Ok(Self {
            exchange,
            key: short("channel", key)?,
            mandatory: sending.mandatory.unwrap_or(is_queue),
            sending,
            declared: declared.filter(|exchange| !exchange.is_of_broker()),
        })
    }
}

impl Target {
    /// Makes what holds messages back, up to that level, on their way here; where nothing is created, it must be there. So must be
    /// the queue, since nobody is told once they are on their way.
    pub(crate) async fn hold_back(
        &self,
        connection: &lapin::Connection,
        highest: u32,
        creates: bool,
    ) -> Result<()> {
        if !self.sending.bcc.is_empty() {
            let reason =
                "its binding says `bcc`, which is lost where a message is held back; say `cc`";
            return Err(Error::new(ErrorKind::Unsupported, "publish", reason));
        }
        let failed = |cause| error("publish", cause);
        let wire = connection.create_channel().await.map_err(failed)?;
        if self.mandatory && self.exchange.as_str().is_empty() {
            let options = QueueDeclareOptions {
                passive: true,
                ..Default::default()
            };
            wire.queue_declare(self.key.clone(), options, FieldTable::default())
                .await
                .map_err(failed)?;
        }
        match creates {
            true => later::declare(&wire, &self.exchange, highest).await?,
            false => later::check(&wire, &self.exchange, highest).await?,
        }
        wire.close(200, "done".into()).await.map_err(failed)
    }

    /// Whether more queues than one may take what is published.
    pub(crate) fn is_shared(&self) -> bool {
        let to_one = self.exchange.as_str().is_empty();
        !to_one || !self.sending.cc.is_empty() || !self.sending.bcc.is_empty()
    }
}

/// Into how many queues a channel is split, where it is.
pub(crate) fn shards(channel: &Channel, settings: &RabbitSettings) -> Option<u16> {
    if !channel.keyed || channel.wildcard || settings.shards <= 1 {
        return None;
    }
    Some(match channel.shards {
        0 | 1 => settings.shards,
        own => own,
    })
}

/// The queue of a channel's binding, else that of its address.
pub(crate) fn queue_name<'a>(channel: &'a Channel, told: &'a OfChannel) -> &'a str {
    let named = told.queue.name.as_deref();
    named
        .filter(|name| !name.is_empty())
        .unwrap_or(&channel.address)
}

/// The broker would make up a name.
pub(crate) fn check_name(queue: &str) -> Result<()> {
    if !queue.is_empty() {
        return Ok(());
    }
    let reason = "a queue needs a name; give its channel an address, or its binding a `queue.name`";
    Err(Error::new(ErrorKind::Invalid, "bind", reason))
}
