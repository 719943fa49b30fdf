//! What every database has to do, written and received by `tokio-postgres`; and what is its own.
use libtest_mimic::{Arguments, Failed, Trial};
use std::{error::Error, future::Future, process::ExitCode, sync::Arc, time::Duration};
use tidings_outbox::{Database, Store};
use tokio::{runtime::Builder, time::timeout};

#[path = "../stores/database.rs"]
mod database;
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
#[path = "../stores/parked.rs"]
mod parked;
#[path = "../stores/publishing.rs"]
mod publishing;
#[path = "../stores/sink.rs"]
mod sink;

mod own;
mod pipelined;
mod writes;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long a test may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long another may lead whose machine vanished: silence, a look, and a second for a machine that has else to do.
const TAKEN_OVER: Duration = Duration::from_secs(7);

fn main() -> ExitCode {
    let all = [
        publishing::trials,
        parked::trials,
        lead::trials,
        mistakes::trials,
        inbox::trials,
        own::trials,
        pipelined::trials,
    ];
    let trials = all.iter().flat_map(|trials| trials(Database::Postgres));
    left::drop_old();
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn trial<F>(
    name: &str,
    database: Database,
    test: impl FnOnce(Database) -> F + Send + 'static,
) -> Trial
where
    F: Future<Output = Outcome>,
{
    let is_there = std::env::var_os("TIDINGS_TEST_POSTGRES").is_some();
    let test = Trial::test(format!("tokio-postgres: {name}"), move || {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        let runtime = runtime.map_err(Failed::from)?;
        match runtime.block_on(async { timeout(PATIENCE, test(database)).await }) {
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
    base.store()
}
