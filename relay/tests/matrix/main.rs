//! The crash matrix of the outbox: a service that writes, relays, a service that receives, a database and a broker, of which one
//! after the other is killed or cut off. What was committed is published, in order for each key, and applied once; what was rolled
//! back is not. `dev/faults outbox` runs the full form.
mod base;
mod broker;
mod consumer;
mod database;
mod harm;
mod orders;
mod publisher;
mod round;
mod team;
mod writer;

use base::Kind;
use broker::Broker;
use orders::Orders;
use std::{error::Error, process::ExitCode};
use tidings_conformance::faults::{self, Size, Trial};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// What a round does unless told otherwise.
const SIZE: Size = Size {
    keys: 20,
    messages: 300,
    faults: 3,
};

/// What is tried together.
#[derive(Debug, Clone, Copy)]
struct Cell {
    kind: Kind,
    /// Whether relays are told by the database's log, rather than look.
    tailing: bool,
    broker: Broker,
}

fn main() -> ExitCode {
    if let Some(words) = faults::told() {
        return match Orders::read(&words).and_then(Orders::play) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => told(&error.to_string()),
        };
    }
    let outcome = faults::try_all(cells().map(trial).collect(), SIZE);
    harm::table();
    outcome
}

#[expect(clippy::print_stderr, reason = "a process of a round says why it ends")]
fn told(error: &str) -> ExitCode {
    eprintln!("{error}");
    ExitCode::FAILURE
}

fn cells() -> impl Iterator<Item = Cell> {
    let ways = Kind::ALL.into_iter().flat_map(|kind| {
        let modes = [false, true]
            .into_iter()
            .filter(move |tailing| !tailing || kind.has_log());
        modes.map(move |tailing| (kind, tailing))
    });
    ways.flat_map(|(kind, tailing)| {
        Broker::ALL.into_iter().map(move |broker| Cell {
            kind,
            tailing,
            broker,
        })
    })
}

fn trial(cell: Cell) -> Trial {
    let mode = if cell.tailing { "tailing" } else { "polling" };
    let (kind, broker) = (cell.kind.name(), cell.broker.name());
    let absent = cell.kind.absent().or_else(|| cell.broker.absent());
    Trial {
        name: format!("outbox: {mode}, {kind}, {broker}"),
        absent,
        may_repeat: true,
        round: Box::new(move |size, seed| Box::pin(round::run(cell, size, seed))),
    }
}
