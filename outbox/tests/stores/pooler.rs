//! Behind a pooler, a real one: by the session all works, by the transaction a relay says that it cannot.
use crate::{Outcome, database::Base, error_of, sink::Sink, trial, until};
use libtest_mimic::Trial;
use sqlx::{PgPool, postgres::PgConnectOptions};
use std::time::Duration;
use tidings::ErrorKind;
use tidings_outbox::{Database, Store as _, postgres::PostgresStore};
use tokio::time::sleep;

const TRANSACTIONS: &str = "TIDINGS_TEST_PGBOUNCER";
const SESSIONS: &str = "TIDINGS_TEST_PGBOUNCER_SESSIONS";

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    let all = vec![
        trial(
            "behind-a-pooler-by-transactions-a-relay-says-that-it-cannot",
            database,
            refused,
        ),
        trial(
            "a-lead-is-one-whatever-lends-its-connection",
            database,
            one_leads,
        ),
        trial(
            "behind-a-pooler-by-sessions-all-works",
            database,
            by_sessions,
        ),
    ];
    let is_there = [TRANSACTIONS, SESSIONS, "TIDINGS_TEST_POSTGRES"]
        .iter()
        .all(|name| std::env::var_os(name).is_some());
    let all = all.into_iter();
    all.map(|trial| trial.with_ignored_flag(!is_there))
        .collect()
}

/// The same database through a pooler.
async fn by(base: &Base, pooler: &str) -> Outcome<PgPool> {
    let Base::Postgres(pool) = base else {
        return Err("not of PostgreSQL".into());
    };
    let options: PgConnectOptions = std::env::var(pooler)?.parse()?;
    let name = (*pool.connect_options()).clone();
    let name = name.get_database().ok_or("it has a name")?.to_owned();
    // Of which it knows nothing, unless it is told to ignore it.
    let options = options.extra_float_digits(None);
    Ok(PgPool::connect_with(options.database(&name)).await?)
}

/// At its start, each time: later another may be taken for it.
async fn refused(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    for _ in 0..50 {
        let pooled = PostgresStore::new(by(&base, TRANSACTIONS).await?);
        let error = error_of(pooled.check().await)?;
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("a pooler"), "{error}");
    }
    Ok(())
}

/// The lock is a transaction's, so that no other is lent its connection; what is prepared may be another's, which is told.
async fn one_leads(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let pools = [
        by(&base, TRANSACTIONS).await?,
        by(&base, TRANSACTIONS).await?,
    ];
    let stores = pools.map(PostgresStore::new);
    for round in 0..30 {
        let mut leads = Vec::new();
        for store in &stores {
            match store.lead().await {
                Ok(lead) => leads.extend(lead),
                Err(error) => assert!(error.to_string().contains("a pooler"), "{error}"),
            }
        }
        leads.extend(base.store().lead().await?);
        assert!(leads.len() <= 1, "{round}: {}", leads.len());
        drop(leads);
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Writers may be lent theirs by the transaction.
async fn by_sessions(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let mut settings = crate::database::settings();
    settings.poll = Duration::from_secs(1000);
    let pooled = Base::Postgres(by(&base, SESSIONS).await?);
    let _relay = pooled.relay_with(&sink, settings).await?;
    let writes = by(&base, TRANSACTIONS).await?;
    for number in 1..=9 {
        sleep(Duration::from_millis(100)).await;
        let write = "insert into tidings_outbox (channel, message_id, body) values ('q', gen_random_uuid()::text, 'x')";
        sqlx::raw_sql(write).execute(&writes).await?;
        until("it is there", || sink.bodies("q").len() == number).await?;
    }
    Ok(())
}
