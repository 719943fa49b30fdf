//! Which queue a channel, or a group of one, is.
use super::private_name;
use crate::{Channel, ChannelKind, Str, transport::Group};

/// What reply addresses begin with. Such a queue is there only while somebody listens to it.
pub(crate) const INBOX: &str = "tidings.inbox.";

/// Which queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Queue(Str),
    Group(Str, Str),
    /// Of all addresses of a template; with a group for topics, without for queues.
    Wildcard {
        template: Str,
        group: Option<Str>,
    },
}

impl Place {
    /// The queue of a channel's consumers; one of a name of its own where they are in no group.
    pub(super) fn of(channel: &Channel, group: &Group) -> Self {
        let address = channel.address.clone();
        let group = match (channel.kind, group) {
            (ChannelKind::PointToPoint, _) => None,
            (ChannelKind::PublishSubscribe, Group::Shared(group)) => Some(group.clone()),
            (ChannelKind::PublishSubscribe, Group::Alone) => Some(private_name("private.")),
        };
        match (channel.wildcard, group) {
            (true, group) => Self::Wildcard {
                template: address,
                group,
            },
            (false, Some(group)) => Self::Group(address, group),
            (false, None) => Self::Queue(address),
        }
    }

    pub(super) fn address(&self) -> &Str {
        match self {
            Self::Queue(address) | Self::Group(address, _) => address,
            Self::Wildcard { template, .. } => template,
        }
    }

    /// Whether it takes messages of queues that have their own address, and only while somebody listens.
    pub(super) fn borrows(&self) -> bool {
        matches!(self, Self::Wildcard { group: None, .. })
    }
}
