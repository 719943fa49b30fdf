//! What fails.
use crate::{Cell, base::Kind, broker::Broker};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};
use tidings_conformance::faults::{Random, Trouble, variable};

/// How often each has struck.
static STRUCK: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

/// The library that gives processes another clock.
pub(crate) fn faketime() -> Option<String> {
    variable("TIDINGS_TEST_FAKETIME", "faketime").ok()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Harm {
    WriterKilled,
    ConsumerKilled,
    RelayKilled,
    /// In order, as when a new version is installed.
    RelayStopped,
    /// It is held for a while, and goes on as if nothing had been.
    RelayHeld,
    DatabaseKilled,
    BrokerKilled,
    /// Between services and the database, relays and the database, and all of them and the broker.
    ServiceLink(Trouble),
    RelayLink(Trouble),
    BrokerLink(Trouble),
    /// How far the log was read is forgotten.
    SlotDropped,
    /// Services find the disk of their database full.
    DiskFull,
    /// The clock of all processes goes an hour ahead or back.
    ClockJumps,
}

impl Harm {
    /// Those of a cell, as often as each is to be drawn: a server that is started again takes its time.
    pub(crate) fn of(cell: Cell) -> Vec<Self> {
        let mut all = vec![
            Self::WriterKilled,
            Self::ConsumerKilled,
            Self::RelayKilled,
            Self::RelayKilled,
            Self::RelayStopped,
            Self::RelayHeld,
            Self::BrokerKilled,
            Self::BrokerLink(Trouble::Cut),
            Self::BrokerLink(Trouble::Stall),
            Self::BrokerLink(Trouble::HalfOpen),
        ];
        if cell.broker == Broker::Kafka {
            all.push(Self::BrokerLink(Trouble::Reset));
        }
        match cell.kind {
            Kind::Sqlite => all.push(Self::DiskFull),
            _ => all.extend([
                Self::DatabaseKilled,
                Self::DatabaseKilled,
                Self::ServiceLink(Trouble::Cut),
                Self::ServiceLink(Trouble::Stall),
                Self::RelayLink(Trouble::Cut),
                Self::RelayLink(Trouble::Stall),
                Self::RelayLink(Trouble::HalfOpen),
            ]),
        }
        if cell.tailing && cell.kind == Kind::Postgres {
            all.extend([Self::SlotDropped; 2]);
        }
        // Its library waits for times that the other clock turns into others: a process that begins by one connects nowhere.
        if faketime().is_some() && cell.broker != Broker::Kafka {
            all.push(Self::ClockJumps);
        }
        all
    }

    /// So many of a cell.
    pub(crate) fn draw(cell: Cell, random: &mut Random, times: usize) -> Vec<Self> {
        let all = Self::of(cell);
        let drawn = (0..times).map(|_| all[random.below(all.len())]);
        drawn.collect()
    }

    /// Counts it.
    pub(crate) fn struck(self) {
        let mut struck = STRUCK.lock().unwrap_or_else(PoisonError::into_inner);
        *struck.entry(self.to_string()).or_default() += 1;
    }
}

impl fmt::Display for Harm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, trouble) = match self {
            Self::WriterKilled => ("writer killed", None),
            Self::ConsumerKilled => ("consumer killed", None),
            Self::RelayKilled => ("relay killed", None),
            Self::RelayStopped => ("relay stopped", None),
            Self::RelayHeld => ("relay held", None),
            Self::DatabaseKilled => ("database killed", None),
            Self::BrokerKilled => ("broker killed", None),
            Self::ServiceLink(trouble) => ("services to database", Some(trouble)),
            Self::RelayLink(trouble) => ("relays to database", Some(trouble)),
            Self::BrokerLink(trouble) => ("link to broker", Some(trouble)),
            Self::SlotDropped => ("slot dropped", None),
            Self::DiskFull => ("disk full", None),
            Self::ClockJumps => ("clock jumps", None),
        };
        f.write_str(what)?;
        f.write_str(match trouble {
            None => "",
            Some(Trouble::Cut) => " cut",
            Some(Trouble::Stall) => " stalls",
            Some(Trouble::HalfOpen) => " half open",
            Some(Trouble::Reset) => " reset",
            Some(_) => " slow",
        })
    }
}

/// Prints how often each has struck.
#[expect(clippy::print_stdout, reason = "it is what the matrix is for")]
pub(crate) fn table() {
    let struck = STRUCK.lock().unwrap_or_else(PoisonError::into_inner);
    let struck: Vec<_> = struck
        .iter()
        .map(|(harm, times)| format!("{harm} {times}"))
        .collect();
    if !struck.is_empty() {
        println!("faults: {}", struck.join(", "));
    }
}
