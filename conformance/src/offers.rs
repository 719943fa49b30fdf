//! What a harness can do to its broker.

/// Something that every [`Setup`](crate::Setup) of a harness has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Offer {
    /// [`Setup::restart`](crate::Setup::restart).
    Restart,
    /// [`Setup::kill`](crate::Setup::kill).
    Kill,
    /// [`Setup::cut`](crate::Setup::cut) and [`Setup::mend`](crate::Setup::mend).
    Cut,
    /// [`Setup::stall`](crate::Setup::stall) and [`Setup::mend`](crate::Setup::mend).
    Stall,
    /// [`Setup::deafen`](crate::Setup::deafen) and [`Setup::mend`](crate::Setup::mend).
    Deafen,
    /// [`Setup::another`](crate::Setup::another).
    Another,
    /// [`Setup::foreign`](crate::Setup::foreign).
    Foreign,
    /// A broker that tells apart messages without an id, such as by their positions, so that one that comes again is known.
    Identity,
    /// [`Setup::dead_letters`](crate::Setup::dead_letters).
    DeadLetters,
    /// Subscriptions whose lease is at most two seconds.
    ShortLease,
}

impl Offer {
    /// Why a case that needs it is left out.
    pub(crate) fn missing(self) -> &'static str {
        match self {
            Self::Restart => "cannot be restarted",
            Self::Kill => "its broker cannot be killed",
            Self::Cut => "its link cannot be cut",
            Self::Stall => "its link cannot be stalled",
            Self::Deafen => "its answers cannot be lost",
            Self::Another => "no second transport at its broker",
            Self::Foreign => "no foreign producer",
            Self::Identity => "nothing tells messages without an id apart",
            Self::DeadLetters => "its dead letters cannot be seen",
            Self::ShortLease => "no short lease",
        }
    }
}
