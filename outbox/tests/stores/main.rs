//! What every database has to do, over each that is there.
use database::TOLD;
use libtest_mimic::{Arguments, Failed, Trial};
use std::{error::Error, future::Future, process::ExitCode, time::Duration};
use tidings_outbox::Database;
use tokio::{runtime::Builder, time::timeout};

#[cfg(feature = "binlog")]
mod binlog;
mod bounded;
mod committed;
mod contention;
mod database;
mod ends;
mod failures;
mod handlers;
mod inbox;
mod killed;
mod lead;
mod leads;
mod left;
mod link;
mod meanwhile;
mod mistakes;
mod misuse;
mod much;
mod numbers;
mod page;
mod parked;
mod pooler;
mod privileges;
mod publishing;
mod replies;
mod shop;
mod sink;
mod starts;
mod strange;
mod telling;
mod watching;
mod writes;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long a test may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long another may lead whose machine vanished: silence, a look, and a second for a machine that has else to do.
const TAKEN_OVER: Duration = Duration::from_secs(7);

fn main() -> ExitCode {
    if let Some(outcome) = killed::is_child() {
        return ExitCode::from(u8::from(outcome.is_err()));
    }
    let all = [
        publishing::trials,
        failures::trials,
        parked::trials,
        lead::trials,
        leads::trials,
        mistakes::trials,
        inbox::trials,
        watching::trials,
        handlers::trials,
        committed::trials,
        meanwhile::trials,
        killed::trials,
        misuse::trials,
        contention::trials,
        replies::trials,
        bounded::trials,
        ends::trials,
        page::trials,
        privileges::trials,
        starts::trials,
        strange::trials,
        numbers::trials,
    ];
    let mut trials = Vec::new();
    for database in Database::ALL {
        trials.extend(all.iter().flat_map(|trials| trials(database)));
    }
    trials.extend(telling::trials(Database::Postgres));
    trials.extend(much::trials(Database::Postgres));
    trials.extend(pooler::trials(Database::Postgres));
    #[cfg(feature = "binlog")]
    trials.extend(told());
    left::drop_old();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// What relays do, with a log that tells.
#[cfg(feature = "binlog")]
fn told() -> Vec<Trial> {
    let all = [
        publishing::trials,
        failures::trials,
        parked::trials,
        lead::trials,
        mistakes::trials,
        watching::trials,
        |_| binlog::trials(),
    ];
    TOLD.set(true);
    let trials = all.iter().flat_map(|trials| trials(Database::MySql));
    trials.collect()
}

fn trial<F>(
    name: &str,
    database: Database,
    test: impl FnOnce(Database) -> F + Send + 'static,
) -> Trial
where
    F: Future<Output = Outcome>,
{
    let is_there = match database {
        Database::MySql => std::env::var_os("TIDINGS_TEST_MARIADB").is_some(),
        Database::Postgres => std::env::var_os("TIDINGS_TEST_POSTGRES").is_some(),
        _ => true,
    };
    let told = TOLD.get();
    let by = if told { " by its log" } else { "" };
    let test = Trial::test(format!("{database}{by}: {name}"), move || {
        TOLD.set(told);
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(Failed::from)?;
        let done = runtime.block_on(async { timeout(PATIENCE, test(database)).await });
        match done {
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
fn relayed(base: &database::Base) -> std::sync::Arc<dyn tidings_outbox::Store> {
    base.store()
}
