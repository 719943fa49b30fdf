//! Rounds of cells as tests, and the table of what came of them.
use super::findings::Findings;
use libtest_mimic::{Arguments, Failed};
use std::{
    env,
    pin::Pin,
    process::ExitCode,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tidings::BoxError;
use tokio::time::timeout;

/// Most time of a round, whatever its processes do.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// How much is done in a round.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Keys of messages.
    pub keys: u32,
    /// Messages, of all keys together.
    pub messages: u32,
    /// How often something fails. A broker that is started again takes its time: it fails a quarter as often.
    pub faults: usize,
}

/// What came of a round.
#[derive(Debug)]
pub struct Outcome {
    /// What was lost, overtaken and repeated.
    pub findings: Findings,
    /// How often something failed.
    pub faults: usize,
    /// How long it took.
    pub took: Duration,
    /// What else should not be.
    pub wrong: Option<String>,
}

/// A round that is under way; it stays on its thread.
pub type Running = Pin<Box<dyn Future<Output = Result<Outcome, BoxError>>>>;

/// Begins a round of a cell, of that size and by that seed.
pub type Run = dyn Fn(Size, u64) -> Running + Send;

/// A cell of a matrix.
pub struct Trial {
    /// What it is called.
    pub name: String,
    /// Why it cannot be run here, where it cannot.
    pub absent: Option<String>,
    /// Whether messages may come twice.
    pub may_repeat: bool,
    /// A round of it.
    pub round: Box<Run>,
}

type Rows = Arc<Mutex<Vec<String>>>;

/// Runs cells one after the other, with the command line of a Rust test, and prints a table: see [`run`](super::run). Rounds are of
/// that size where the environment does not say another.
#[must_use]
pub fn try_all(cells: Vec<Trial>, size: Size) -> ExitCode {
    let size = Size {
        keys: setting("KEYS", size.keys),
        messages: setting("MESSAGES", size.messages),
        faults: setting("FAULTS", size.faults),
    };
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let rows = Rows::default();
    let trials = cells
        .into_iter()
        .map(|cell| trial(cell, size, rows.clone()));
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

fn trial(cell: Trial, size: Size, rows: Rows) -> libtest_mimic::Trial {
    let (name, absent) = (cell.name.clone(), cell.absent.clone());
    let trial = libtest_mimic::Trial::test(name, move || {
        let mut rounds = Rounds::default();
        let outcome = rounds.run(&cell, size);
        let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.push(rounds.row(&cell.name));
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
    fn run(&mut self, cell: &Trial, size: Size) -> Result<(), Failed> {
        self.seed = setting("SEED", 1);
        let mut wrong = Vec::new();
        for nth in 0..setting("ROUNDS", 1) {
            let seed = self.seed + nth;
            let told = match one(cell, size, seed) {
                Ok(outcome) => self.add(&outcome, cell.may_repeat),
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
        let wrong = [outcome.findings.wrong(may_repeat), outcome.wrong.clone()];
        let wrong: Vec<_> = wrong.into_iter().flatten().collect();
        (!wrong.is_empty()).then(|| wrong.join("; "))
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

fn one(cell: &Trial, size: Size, seed: u64) -> Result<Outcome, Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(async { timeout(LONGEST, (cell.round)(size, seed)).await });
    // What still runs is not waited for.
    runtime.shutdown_background();
    let outcome = outcome.map_err(|_| format!("a round is not over after {LONGEST:?}"))?;
    outcome.map_err(|error| error.to_string().into())
}
