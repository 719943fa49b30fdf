//! What every database has to do, by a relay that reads the transaction log; and what is its own.
use libtest_mimic::{Arguments, Failed, Trial};
use std::{error::Error, future::Future, process::ExitCode, sync::Arc, time::Duration};
use tidings_outbox::{Database, Store};
use tokio::{runtime::Builder, time::timeout};

#[path = "../stores/database.rs"]
mod database;
#[path = "../stores/ends.rs"]
mod ends;
#[path = "../stores/failures.rs"]
mod failures;
#[path = "../stores/inbox.rs"]
mod inbox;
#[path = "../stores/lead.rs"]
mod lead;
#[path = "../stores/left.rs"]
mod left;
#[path = "../stores/link.rs"]
mod link;
#[path = "../stores/mistakes.rs"]
mod mistakes;
#[path = "../stores/numbers.rs"]
mod numbers;
#[path = "../stores/parked.rs"]
mod parked;
#[path = "../stores/publishing.rs"]
mod publishing;
#[path = "../stores/sink.rs"]
mod sink;
#[path = "../stores/telling.rs"]
mod telling;
#[path = "../stores/writes.rs"]
mod writes;

mod chance;
mod log;
mod needs;
mod restarts;
mod server;
mod settings;
mod slots;
mod turns;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long a test may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long another may lead whose machine vanished: silence, a look, its slot, and a second for a machine that has else to do.
const TAKEN_OVER: Duration = Duration::from_secs(12);

fn main() -> ExitCode {
    let all = [
        publishing::trials,
        failures::trials,
        parked::trials,
        lead::trials,
        mistakes::trials,
        inbox::trials,
        log::trials,
        chance::trials,
        slots::trials,
        needs::trials,
        settings::trials,
        restarts::trials,
        turns::trials,
        ends::trials,
        numbers::trials,
        telling::trials,
    ];
    let trials = all.iter().flat_map(|trials| trials(Database::Postgres));
    // Who reads the log has rights of its own, see `needs`.
    let trials = trials.filter(|trial| !trial.name().contains("what-a-relay-may-not-do"));
    left::drop_old();
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials.collect());
    match server::drop_all_slots() {
        Ok(()) => conclusion.exit_code(),
        Err(_) => ExitCode::FAILURE,
    }
}

/// Slots are the server's, so that they go with the test.
fn trial<F>(
    name: &str,
    database: Database,
    test: impl FnOnce(Database) -> F + Send + 'static,
) -> Trial
where
    F: Future<Output = Outcome>,
{
    let is_there = std::env::var_os("TIDINGS_TEST_POSTGRES").is_some();
    let test = Trial::test(format!("tailing: {name}"), move || {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        let runtime = runtime.map_err(Failed::from)?;
        let done = runtime.block_on(async {
            let done = timeout(PATIENCE, test(database)).await;
            server::drop_slots().await?;
            Ok::<_, Box<dyn Error + Send + Sync>>(done)
        });
        match done.map_err(|error| error.to_string())? {
            Ok(outcome) => outcome.map_err(|error| error.to_string().into()),
            Err(_) => Err(format!("not done after {PATIENCE:?}").into()),
        }
    });
    test.with_ignored_flag(!is_there)
}

/// Waits until something holds.
async fn until(what: &str, holds: impl Fn() -> bool) -> Outcome {
    for _ in 0..2000 {
        if holds() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err(format!("never: {what}").into())
}

/// The error of what must not have worked.
fn error_of<T, E>(outcome: Result<T, E>) -> Outcome<E> {
    match outcome {
        Ok(_) => Err("it worked".into()),
        Err(error) => Ok(error),
    }
}

/// What a relay works with.
fn relayed(base: &database::Base) -> Arc<dyn Store> {
    match server::tailing(base) {
        Ok(tailing) => Arc::new(tailing),
        Err(error) => panic!("{error}"),
    }
}
