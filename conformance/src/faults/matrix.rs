//! The cells as tests, and the table of what came of them.
use super::{
    cell::Cell,
    findings::Findings,
    player,
    round::{self, Outcome, Size},
    subject::Subject,
};
use libtest_mimic::{Arguments, Failed, Trial};
use std::{
    env,
    process::ExitCode,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

type Rows = Arc<Mutex<Vec<String>>>;

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
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let rows = Rows::default();
    let cells = subjects
        .iter()
        .flat_map(|subject| subject.cells().into_iter().map(|cell| (*subject, cell)));
    let trials = cells.map(|(subject, cell)| trial(subject, cell, rows.clone()));
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    table(&rows.lock().unwrap_or_else(PoisonError::into_inner));
    conclusion.exit_code()
}

#[expect(clippy::print_stdout, reason = "it is what the matrix is for")]
fn table(rows: &[String]) {
    if rows.is_empty() {
        return;
    }
    println!(
        "{:<36} {:>6} {:>6} {:>9} {:>6} {:>10} {:>9} {:>12} {:>8}  seed",
        "cell",
        "rounds",
        "faults",
        "messages",
        "lost",
        "overtaken",
        "repeated",
        "after dedup",
        "seconds"
    );
    rows.iter().for_each(|row| println!("{row}"));
}

/// A number from the environment.
fn setting<T: FromStr>(name: &str, or: T) -> T {
    let given = env::var(format!("TIDINGS_FAULTS_{name}"));
    given.ok().and_then(|text| text.parse().ok()).unwrap_or(or)
}

fn trial(subject: &'static dyn Subject, cell: Cell, rows: Rows) -> Trial {
    let name = format!("{}: {cell}", subject.name());
    let absent = subject.absent(&cell);
    let shown = name.clone();
    let trial = Trial::test(name, move || {
        let mut rounds = Rounds::default();
        let outcome = rounds.run(subject, cell);
        let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.push(rounds.row(&shown));
        outcome
    });
    match absent {
        Some(reason) => trial.with_kind(reason).with_ignored_flag(true),
        None => trial,
    }
}

/// The rounds of a cell, together.
#[derive(Default)]
struct Rounds {
    rounds: usize,
    seed: u64,
    faults: usize,
    findings: Findings,
    took: Duration,
}

impl Rounds {
    /// All of them, whichever fail; then what was wrong with those, each with its seed.
    fn run(&mut self, subject: &'static dyn Subject, cell: Cell) -> Result<(), Failed> {
        let size = Size {
            keys: setting("KEYS", 100),
            messages: setting("MESSAGES", 4000),
            faults: setting("FAULTS", 2),
        };
        self.seed = setting("SEED", 1);
        let mut wrong = Vec::new();
        for nth in 0..setting("ROUNDS", 1) {
            let seed = self.seed + nth;
            let told = match one(subject, cell, size, seed) {
                Ok(outcome) => self.add(&outcome, subject.repeats(cell)),
                Err(error) => Some(error.message().unwrap_or_default().to_owned()),
            };
            wrong.extend(told.map(|told| format!("seed {seed}: {told}")));
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(wrong.join("\n").into()),
        }
    }

    fn add(&mut self, outcome: &Outcome, may_repeat: bool) -> Option<String> {
        self.rounds += 1;
        self.faults += outcome.faults;
        self.findings.add(&outcome.findings);
        self.took += outcome.took;
        outcome.findings.wrong(may_repeat)
    }

    fn row(&self, name: &str) -> String {
        let Self {
            rounds,
            seed,
            faults,
            findings,
            took,
        } = self;
        let seconds = took.as_secs_f64();
        format!("{name:<36} {rounds:>6} {faults:>6} {findings} {seconds:>8.1}  {seed}")
    }
}

fn one(
    subject: &'static dyn Subject,
    cell: Cell,
    size: Size,
    seed: u64,
) -> Result<Outcome, Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(round::run(subject, cell, size, seed));
    outcome.map_err(|error| error.to_string().into())
}
