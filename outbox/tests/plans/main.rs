//! How databases do what a relay asks of them: by indexes, whatever the size of the table, without leaving it larger than it has to
//! be, and seldom, and beside who stays open for long. `TIDINGS_TEST_ROWS` says how many rows there are, where it is not 100,000.
use libtest_mimic::{Arguments, Failed, Trial};
use std::{error::Error, future::Future, io::Write as _, process::ExitCode};
use tidings_outbox::Database;
use tokio::runtime::Builder;

mod base;
mod beside;
mod churn;
mod flow;
mod handled;
mod heard;
mod idle;
mod plans;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // What is heard is said by one at a time.
    arguments.test_threads = Some(1);
    heard::listen();
    let mut trials: Vec<_> = Database::ALL.into_iter().map(plans::trial).collect();
    trials.extend(churn::trials());
    trials.extend(idle::trials());
    trials.extend(handled::trials());
    trials.extend(beside::trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial<F>(name: &str, database: Database, test: impl FnOnce() -> F + Send + 'static) -> Trial
where
    F: Future<Output = Outcome>,
{
    let test = Trial::test(format!("{database}: {name}"), move || {
        let mut runtime = Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(Failed::from)?;
        let outcome = runtime.block_on(test());
        outcome.map_err(|error| error.to_string().into())
    });
    test.with_ignored_flag(!base::is_there(database))
}

/// How many rows there are.
fn rows() -> usize {
    let told = std::env::var("TIDINGS_TEST_ROWS");
    told.ok()
        .and_then(|rows| rows.parse().ok())
        .unwrap_or(100_000)
}

/// Says how long things took, where that was asked for by a number of rows.
fn say(what: std::fmt::Arguments<'_>) -> Outcome {
    if std::env::var_os("TIDINGS_TEST_ROWS").is_some() {
        writeln!(std::io::stdout(), "{what}")?;
    }
    Ok(())
}
