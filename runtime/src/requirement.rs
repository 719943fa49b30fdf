//! What a document needs of a transport, compared with what one can do.
use crate::{
    Capabilities, Channel, ChannelKind, DynTransport, Error, ErrorKind, Result, Str,
    transport::{Affinity, HeaderSupport, Order},
};
use std::time::Duration;

/// What one channel of a document needs. Made by generated code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Requirement {
    /// The address, with its placeholders.
    pub address: &'static str,
    /// How messages are shared.
    pub kind: ChannelKind,
    /// Whether consumers share messages in groups.
    pub groups: bool,
    /// Whether messages have keys, whose order is to outlive competing consumers.
    pub key_order: bool,
    /// Whether requests are sent to it, whose replies come by an address of the client's.
    pub replies: bool,
    /// Whether all channels of the address are listened to as one.
    pub wildcards: bool,
    /// For how many seconds messages are to be held back.
    pub delay_seconds: u64,
    /// How many bytes the headers of a message take at least.
    pub header_bytes: usize,
    /// Largest message, in bytes.
    pub message_bytes: usize,
}

impl Requirement {
    /// A channel that needs no more than to be carried.
    #[must_use]
    pub const fn new(kind: ChannelKind, address: &'static str) -> Self {
        Self {
            address,
            kind,
            groups: false,
            key_order: false,
            replies: false,
            wildcards: false,
            delay_seconds: 0,
            header_bytes: 0,
            message_bytes: 0,
        }
    }

    /// And groups.
    #[must_use]
    pub const fn with_groups(self) -> Self {
        Self {
            groups: true,
            ..self
        }
    }

    /// And the order of keys.
    #[must_use]
    pub const fn with_key_order(self) -> Self {
        Self {
            key_order: true,
            ..self
        }
    }

    /// And replies.
    #[must_use]
    pub const fn with_replies(self) -> Self {
        Self {
            replies: true,
            ..self
        }
    }

    /// And wildcards.
    #[must_use]
    pub const fn with_wildcards(self) -> Self {
        Self {
            wildcards: true,
            ..self
        }
    }

    /// The channel that needs it, at that address.
    #[must_use]
    pub fn at(&self, address: impl Into<Str>) -> Channel {
        Channel {
            keyed: self.key_order,
            ..Channel::new(self.kind, address)
        }
    }

    /// Every channel of an address with parameters that needs it, as [`Channel::narrowed`].
    #[must_use]
    pub fn narrowed(&self, values: &[(&str, Option<String>)]) -> Channel {
        Channel {
            keyed: self.key_order,
            ..Channel::narrowed(self.kind, self.address, values)
        }
    }

    /// The same for that channel, which is one or several of those of an address with parameters.
    #[must_use]
    pub fn of(self, channel: &Channel) -> Self {
        if channel.wildcard {
            self
        } else {
            self.of_one()
        }
    }

    /// The same for one of the channels of an address with parameters.
    #[must_use]
    pub const fn of_one(self) -> Self {
        Self {
            wildcards: false,
            ..self
        }
    }

    /// And messages that are held back.
    #[must_use]
    pub const fn with_delay(self, seconds: u64) -> Self {
        Self {
            delay_seconds: seconds,
            ..self
        }
    }

    /// And room for headers.
    #[must_use]
    pub const fn with_header_bytes(self, header_bytes: usize) -> Self {
        Self {
            header_bytes,
            ..self
        }
    }

    /// And room for messages.
    #[must_use]
    pub const fn with_message_bytes(self, message_bytes: usize) -> Self {
        Self {
            message_bytes,
            ..self
        }
    }

    /// What of it a transport cannot do, each in a short phrase.
    #[must_use]
    pub fn missing(&self, capabilities: &Capabilities) -> Vec<&'static str> {
        let delay = Duration::from_secs(self.delay_seconds);
        let headers = match capabilities.headers {
            HeaderSupport::Native { max_bytes } => max_bytes.unwrap_or(usize::MAX),
            HeaderSupport::Framed => capabilities.max_bytes,
        };
        // Without reply addresses of its own, queues are made for them.
        let replies = capabilities.native_reply || capabilities.point_to_point;
        let topics = self.kind == ChannelKind::PublishSubscribe;
        let keys = capabilities.affinity != Affinity::None && capabilities.order >= Order::Key;
        let all = [
            (
                !topics && !capabilities.point_to_point,
                "point-to-point channels",
            ),
            (
                topics && !capabilities.publish_subscribe,
                "publish-subscribe channels",
            ),
            (
                self.groups && topics && !capabilities.groups,
                "consumer groups",
            ),
            (
                self.key_order && !keys,
                "order by key among competing consumers",
            ),
            (self.replies && !replies, "replies"),
            (
                self.wildcards && !capabilities.wildcards,
                "wildcard subscriptions",
            ),
            (
                delay > capabilities.delay.unwrap_or_default(),
                "messages that are held back for so long",
            ),
            (self.header_bytes > headers, "room for the headers"),
            (
                self.message_bytes > capabilities.max_bytes,
                "room for messages of that size",
            ),
        ];
        let missing = all.into_iter().filter(|(missing, _)| *missing);
        missing.map(|(_, what)| what).collect()
    }

    /// Whether a transport can do it.
    ///
    /// # Errors
    /// When it cannot; names the channel, the server and what is missing.
    pub fn check(&self, transport: &dyn DynTransport) -> Result<()> {
        let checked = self.check_with(&transport.capabilities(&self.channel()));
        checked.map_err(|error| of_server(transport, error))
    }

    /// A channel of the address.
    pub(crate) fn channel(&self) -> Channel {
        self.at(self.address)
    }

    pub(crate) fn check_with(&self, capabilities: &Capabilities) -> Result<()> {
        let missing = self.missing(capabilities);
        if missing.is_empty() {
            return Ok(());
        }
        let reason = capabilities.lack(self.kind, &missing.join(", "));
        let error = Error::new(ErrorKind::Unsupported, "serve", reason);
        Err(error.with("channel", self.address))
    }
}

/// The error of what a transport cannot do, with where its broker is.
pub(crate) fn of_server(transport: &dyn DynTransport, error: Error) -> Error {
    let server = transport.server();
    let server = server.filter(|_| error.kind() == ErrorKind::Unsupported);
    match server {
        Some(server) => error.with("server", server),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, SubscribeSpec, Transport, router::check_channel};

    const ALL: Requirement = Requirement::new(ChannelKind::PublishSubscribe, "orders.{region}")
        .with_groups()
        .with_key_order()
        .with_replies()
        .with_wildcards()
        .with_delay(60)
        .with_header_bytes(100)
        .with_message_bytes(1000);

    #[test]
    fn what_is_missing_is_named() {
        let queue = Requirement::new(ChannelKind::PointToPoint, "a");
        let mut small = Capabilities::none(50);
        assert_eq!(queue.missing(&small), ["point-to-point channels"]);
        let expected = [
            "publish-subscribe channels",
            "consumer groups",
            "order by key among competing consumers",
            "replies",
            "wildcard subscriptions",
            "messages that are held back for so long",
            "room for the headers",
            "room for messages of that size",
        ];
        assert_eq!(ALL.missing(&small), expected);
        assert!(
            !ALL.of_one()
                .missing(&small)
                .contains(&"wildcard subscriptions")
        );
        small.point_to_point = true;
        assert!(queue.missing(&small).is_empty());
        assert!(
            !ALL.missing(&small).contains(&"replies"),
            "queues are made for them"
        );
        small.headers = HeaderSupport::Native {
            max_bytes: Some(100),
        };
        assert!(!ALL.missing(&small).contains(&"room for the headers"));
        let error = ALL
            .check_with(&small)
            .expect_err("much is missing")
            .to_string();
        assert!(
            error.contains("publish-subscribe channels, consumer groups"),
            "{error}"
        );
        assert!(error.contains("channel `orders.{region}`"), "{error}");
    }

    #[test]
    fn what_carries_the_other_kind_is_told() {
        let mut queues = Capabilities::none(50);
        queues.point_to_point = true;
        queues.instead = Some("topics are elsewhere");
        let topic = Requirement::new(ChannelKind::PublishSubscribe, "events");
        let spec = SubscribeSpec::new(topic.channel());
        let told = |checked: Result<()>| checked.expect_err("there are none").to_string();
        for error in [
            told(topic.check_with(&queues)),
            told(check_channel(&queues, &spec)),
        ] {
            let expected = "no publish-subscribe channels; topics are elsewhere";
            assert!(error.contains(expected), "{error}");
        }
        let queue = Requirement::new(ChannelKind::PointToPoint, "orders").with_key_order();
        let error = told(queue.check_with(&queues));
        assert!(error.contains("; choose another transport"), "{error}");
    }

    #[test]
    fn the_in_process_transport_has_it_all() {
        let memory = Memory::new();
        let channel = Channel::new(ALL.kind, ALL.address);
        assert!(
            ALL.missing(&Transport::capabilities(&memory, &channel))
                .is_empty()
        );
        assert!(ALL.check(&memory).is_ok());
    }
}
