//! What a case needs: of a transport's capabilities, and of what can be done to its broker.
use crate::offers::Offer;
use tidings::{
    Capabilities,
    transport::{Affinity, Attempts, Confirm, HeaderSupport, Order, Settle},
};

/// Largest limit of a transport that a case fills.
pub(crate) const FILLED: usize = 64 << 20;

/// One thing that a case needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Point-to-point channels.
    Queues,
    /// Publish-subscribe channels.
    Topics,
    /// Groups of publish-subscribe channels.
    Groups,
    /// Subscriptions to every channel of a template.
    Wildcards,
    /// Something that keeps messages while nobody listens: a queue, or the queue of a group.
    Kept,
    /// What was published before a subscriber came.
    Replay,
    /// Settlement of any kind.
    Settled,
    /// Settlement one by one.
    Individual,
    /// Settlement up to a position.
    Cumulative,
    /// Order within a key at least.
    KeyOrder,
    /// Order within a channel.
    ChannelOrder,
    /// Order within a key under competing consumers.
    Affinity,
    /// Keys that are held by the consumer that has messages of them.
    HoldsKeys,
    /// Consumers that share a channel.
    Sharing,
    /// Shards that are handed out to consumers.
    Shards,
    /// A publish that succeeded is with the broker.
    Confirmed,
    /// Outlives the process of the broker.
    Durable,
    /// A count of attempts.
    Counted,
    /// A count of attempts that leaves out what was released.
    CountsFailures,
    /// Messages that the broker holds back.
    Delay,
    /// A retried message holds back its key.
    DelaysKeys,
    /// Reply addresses of the broker's own.
    NativeReply,
    /// Dead letters of the broker's own.
    NativeDeadLetter,
    /// Dead letters that the runtime publishes.
    DeadLetterChannel,
    /// Publishing and settling, all or nothing.
    Transactions,
    /// No such thing.
    NoTransactions,
    /// A limit of headers.
    HeaderLimit,
    /// A limit of messages that can be filled in a test.
    Bounded,
    /// Something that can be done to the broker.
    Offer(Offer),
}

impl Need {
    /// Whether a transport has it.
    pub(crate) fn is_met(self, capabilities: &Capabilities, offers: &[Offer]) -> bool {
        let has = capabilities;
        match self {
            Self::Queues => has.point_to_point,
            Self::Topics => has.publish_subscribe,
            Self::Groups => has.publish_subscribe && has.groups,
            Self::Wildcards => has.wildcards,
            Self::Kept => has.point_to_point || (has.publish_subscribe && has.groups),
            Self::Replay => has.replay && has.publish_subscribe && has.groups,
            Self::Settled => has.settle != Settle::Auto,
            Self::Individual => has.settle == Settle::Individual,
            Self::Cumulative => has.settle == Settle::Cumulative,
            Self::KeyOrder => has.order >= Order::Key,
            Self::ChannelOrder => has.order == Order::Channel,
            Self::Affinity => has.affinity != Affinity::None,
            Self::HoldsKeys => has.affinity == Affinity::Keys,
            Self::Sharing => matches!(
                has.affinity,
                Affinity::None | Affinity::Consumers | Affinity::Keys
            ),
            Self::Shards => has.affinity == Affinity::Shards,
            Self::Confirmed => !matches!(has.confirm, Confirm::Socket | Confirm::None),
            Self::Durable => has.durable,
            Self::Counted => has.attempts != Attempts::Uncounted,
            Self::CountsFailures => has.attempts == Attempts::Failures,
            Self::Delay => has.delay.is_some(),
            Self::DelaysKeys => has.delays_keys,
            Self::NativeReply => has.native_reply,
            Self::NativeDeadLetter => has.native_dead_letter,
            Self::DeadLetterChannel => !has.native_dead_letter && has.point_to_point,
            Self::Transactions => has.transactions,
            Self::NoTransactions => !has.transactions,
            Self::HeaderLimit => {
                matches!(has.headers, HeaderSupport::Native { max_bytes: Some(most) } if most < has.max_bytes)
            }
            Self::Bounded => has.max_bytes <= FILLED,
            Self::Offer(offer) => offers.contains(&offer),
        }
    }

    /// Why a case that needs it is left out.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Queues => "no point-to-point channels",
            Self::Topics => "no publish-subscribe channels",
            Self::Groups => "no consumer groups",
            Self::Wildcards => "no wildcards",
            Self::Kept => "keeps nothing while nobody listens",
            Self::Replay => "no replay",
            Self::Settled => "nothing to settle",
            Self::Individual => "no individual settlement",
            Self::Cumulative => "no cumulative settlement",
            Self::KeyOrder => "no order",
            Self::ChannelOrder => "no order within a channel",
            Self::Affinity => "no order under competing consumers",
            Self::HoldsKeys => "holds no keys",
            Self::Sharing => "one consumer at a time",
            Self::Shards => "no shards",
            Self::Confirmed => "no confirmation by the broker",
            Self::Durable => "not durable",
            Self::Counted => "no count of attempts",
            Self::CountsFailures => "no count of failures alone",
            Self::Delay => "no delayed delivery",
            Self::DelaysKeys => "no delay of keys",
            Self::NativeReply => "no reply addresses of its own",
            Self::NativeDeadLetter => "no dead letters of its own",
            Self::DeadLetterChannel => "no channel for dead letters needed, or none possible",
            Self::Transactions => "no transactions",
            Self::NoTransactions => "has transactions",
            Self::HeaderLimit => "no limit of headers",
            Self::Bounded => "messages of any size",
            Self::Offer(offer) => offer.missing(),
        }
    }
}
