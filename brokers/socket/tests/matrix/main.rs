//! The fault matrix: processes that are killed and links that fail, while messages of many keys go from publishers to consumers.
//! Whatever fails, nothing that was confirmed is lost, no key is turned round, and only where a process died is anything repeated.
//!
//! `dev/faults` runs the full form; its size and seed come from the environment.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a test prints its table, and fails by panicking"
)]
mod cells;
mod findings;
mod job;
mod link;
mod process;
mod random;

use cells::{CELLS, Cell, Outcome};
use job::Job;
use libtest_mimic::{Arguments, Failed, Trial};
use std::{
    env,
    process::ExitCode,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};
use tidings::BoxError;

type Rows = Arc<Mutex<Vec<String>>>;

fn main() -> ExitCode {
    if let Some(played) = process::play() {
        return match played {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                println!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let rows = Rows::default();
    let trials = CELLS.map(|(name, cell)| {
        let rows = rows.clone();
        Trial::test(name, move || trial(name, cell, &rows))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.into());
    let rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
    if !rows.is_empty() {
        println!(
            "{:<24} {:>6} {:>8} {:>6} {:>10} {:>9} {:>12} {:>7}  seed",
            "cell", "faults", "messages", "lost", "overtaken", "repeated", "after dedup", "seconds"
        );
        rows.iter().for_each(|row| println!("{row}"));
    }
    conclusion.exit_code()
}

/// A number from the environment.
fn setting<T: FromStr>(name: &str, or: T) -> T {
    let given = env::var(format!("TIDINGS_FAULTS_{name}"));
    given.ok().and_then(|text| text.parse().ok()).unwrap_or(or)
}

fn trial(name: &str, cell: Cell, rows: &Rows) -> Result<(), Failed> {
    let seed = setting("SEED", 1);
    let outcome = run(cell, seed).map_err(|error| Failed::from(error.to_string()))?;
    let Outcome {
        findings,
        faults,
        took,
    } = &outcome;
    let seconds = took.as_secs_f64();
    let row = format!("{name:<24} {faults:>6} {findings} {seconds:>7.1}  {seed}");
    rows.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(row);
    match findings.wrong(cell.may_repeat()) {
        Some(wrong) => Err(format!("seed {seed}: {wrong}").into()),
        None => Ok(()),
    }
}

fn run(cell: Cell, seed: u64) -> Result<Outcome, BoxError> {
    let folder = tempfile::tempdir()?;
    let keys: u32 = setting("KEYS", 100);
    let job = Job {
        folder: folder.path().to_owned(),
        keys,
        each: setting("MESSAGES", 6000_u32) / keys.max(1),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(cell.run(&job, setting("FAULTS", 4), seed))
}
