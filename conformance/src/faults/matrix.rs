//! The cells of transports as tests.
use super::{
    cell::Cell,
    player, round,
    rounds::{self, Size, Trial},
    subject::Subject,
};
use std::process::ExitCode;

/// What a round does unless told otherwise.
const SIZE: Size = Size {
    keys: 100,
    messages: 4000,
    faults: 2,
};

/// Runs the cells of these transports, one after the other, with the command line of a Rust test, and prints a table. Its size
/// comes from the environment: `TIDINGS_FAULTS_ROUNDS`, `_MESSAGES`, `_KEYS`, `_FAULTS` of each round, and `_SEED` of the first.
/// The table counts messages that were confirmed and lost, handled before an earlier one of their key, delivered again, and
/// handled again.
///
/// `main` has to begin with it: it is this program, too, that plays the processes of a round.
#[must_use]
pub fn run(subjects: &[&'static dyn Subject]) -> ExitCode {
    if let Some(played) = player::play(subjects) {
        return match played {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let cells = subjects
        .iter()
        .flat_map(|subject| subject.cells().into_iter().map(|cell| (*subject, cell)));
    let trials = cells.map(|(subject, cell)| trial(subject, cell)).collect();
    rounds::try_all(trials, SIZE)
}

fn trial(subject: &'static dyn Subject, cell: Cell) -> Trial {
    Trial {
        name: format!("{}: {cell}", subject.name()),
        absent: subject.absent(&cell),
        may_repeat: subject.repeats(cell),
        round: Box::new(move |size, seed| Box::pin(round::run(subject, cell, size, seed))),
    }
}
