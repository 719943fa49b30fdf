//! The cells of the matrix: what fails, and what is done meanwhile.
use super::services::{TOXIPROXY, killable, variable};
use std::fmt;

/// What fails, again and again, while messages are published and handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The broker is killed, and started again a while later.
    BrokerKilled,
    /// A process that handles messages is killed, amid what it holds, and another is started.
    ServiceKilled,
    /// The process that publishes is killed, between what it sent and what was confirmed, and another goes on.
    ClientKilled,
    /// One more process handles messages for a while, and stops in order.
    Rebalance,
    /// Each process of a service is stopped in order once another one has begun.
    RollingRestart,
    /// Handlers panic, at some of the messages, before they have done anything.
    HandlerPanics,
    /// The links of all these processes to the broker fail.
    Link(Trouble),
}

/// How a link fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// Both ends see every connection end, and none can be made for a while.
    Cut,
    /// The same, for seconds: longer than an end may wait for the other to come back.
    Away,
    /// Nothing gets through, and no end sees it; it comes later.
    Stall,
    /// What one end says is lost, and no end sees it for a while.
    HalfOpen,
    /// It is slow all the time.
    Slow,
    /// Connections are reset in the middle of what they carry.
    Reset,
}

impl Fault {
    /// Those that there are where messages are handled at a broker that others run.
    pub const AT_A_BROKER: [Self; 11] = [
        Self::BrokerKilled,
        Self::ServiceKilled,
        Self::ClientKilled,
        Self::Rebalance,
        Self::RollingRestart,
        Self::HandlerPanics,
        Self::Link(Trouble::Cut),
        Self::Link(Trouble::Stall),
        Self::Link(Trouble::HalfOpen),
        Self::Link(Trouble::Slow),
        Self::Link(Trouble::Reset),
    ];
}

/// What is done with the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Work {
    /// A service handles them, behind [`Dedup`](tidings::layers::Dedup).
    Handle,
    /// Each is settled in one transaction with a message that is made of it; those are read and counted.
    Transform,
    /// A service sends a message because of each, by the policy
    /// [`exactly_once`](tidings::Policy::exactly_once); those are read and counted.
    Send,
}

/// A fault amid some work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cell {
    /// What fails.
    pub fault: Fault,
    /// Amid what.
    pub work: Work,
}

impl Cell {
    /// A fault while messages are handled.
    #[must_use]
    pub fn handle(fault: Fault) -> Self {
        let work = Work::Handle;
        Self { fault, work }
    }

    /// What it lacks at a service of `dev/services` that tests find by that variable.
    #[must_use]
    pub fn lacks(&self, name: &str, service: &str) -> Option<String> {
        let there = variable(name, service);
        let missing = there.and_then(|address| match self.fault {
            Fault::BrokerKilled => killable(&address, service),
            Fault::Link(_) => variable(TOXIPROXY, "toxiproxy").map(drop),
            _ => Ok(()),
        });
        missing.err()
    }

    /// A fault while messages are transformed in transactions.
    #[must_use]
    pub fn transform(fault: Fault) -> Self {
        let work = Work::Transform;
        Self { fault, work }
    }

    /// A fault while messages are handled and what handlers send is to be there exactly once.
    #[must_use]
    pub fn send(fault: Fault) -> Self {
        let work = Work::Send;
        Self { fault, work }
    }

    /// How the link fails, where it does.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        match self.fault {
            Fault::Link(trouble) => Some(trouble),
            _ => None,
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.work {
            Work::Handle => "",
            Work::Transform => "transactions, ",
            Work::Send => "exactly once, ",
        })?;
        f.write_str(match self.fault {
            Fault::BrokerKilled => "broker killed",
            Fault::ServiceKilled => "service killed",
            Fault::ClientKilled => "client killed",
            Fault::Rebalance => "rebalance",
            Fault::RollingRestart => "rolling restart",
            Fault::HandlerPanics => "handler panics",
            Fault::Link(Trouble::Cut) => "link cut",
            Fault::Link(Trouble::Away) => "link away",
            Fault::Link(Trouble::Stall) => "link stalls",
            Fault::Link(Trouble::HalfOpen) => "link half open",
            Fault::Link(Trouble::Slow) => "link slow",
            Fault::Link(Trouble::Reset) => "link reset",
        })
    }
}
