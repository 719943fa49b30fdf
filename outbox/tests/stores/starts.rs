//! What a relay cannot do with the tables it is told when it starts.
use crate::{Outcome, database::Base, error_of, publishing::numbered, sink::Sink, trial, until};
use libtest_mimic::Trial;
use sqlx::{SqlitePool, sqlite::SqliteConnectOptions};
use std::{sync::Arc, time::Duration};
use tidings::ErrorKind;
use tidings_outbox::Database;
use uuid::Uuid;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    let mut all = vec![trial(
        "a-column-of-another-name-is-told-with-its-mend",
        database,
        column,
    )];
    if database == Database::Postgres {
        let name = "what-no-index-takes-is-refused";
        all.push(trial(name, database, indexed));
    }
    if database == Database::Sqlite {
        all.extend([
            trial("a-file-that-is-only-read-is-told", database, read_only),
            trial(
                "a-file-that-is-written-to-for-long-is-no-reason",
                database,
                busy,
            ),
        ]);
    }
    all
}

async fn column(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    base.execute("alter table tidings_outbox rename column headers to header")
        .await?;
    let error = error_of(base.relay(&Sink::new()).await)?;
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let said = error.to_string();
    assert!(said.contains("headers"), "{error}");
    assert!(said.contains("`tidings outbox schema"), "{error}");
    let written = base.write([numbered("q", "a", 0)], true).await;
    let said = error_of(written)?.to_string();
    assert!(said.contains("`tidings outbox schema"), "{said}");
    Ok(())
}

/// Each text that an index has, and that cannot be made smaller.
async fn indexed(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let digits = (0..300).map(|_| Uuid::now_v7().simple().to_string());
    let long: String = digits.collect();
    let written = base.write([numbered(&long, "a", 0)], true).await;
    let error = error_of(written)?.to_string();
    assert!(error.starts_with("append: too large: "), "{error}");
    let received = base.receive("shop", &(&*long).into(), true).await;
    let error = error_of(received)?.to_string();
    assert!(error.starts_with("receive: too large: "), "{error}");
    // What compresses well is taken.
    let long = "q".repeat(9000);
    base.write([numbered(&long, "a", 0)], true).await
}

/// The same file by connections of another kind.
async fn other(
    base: &Base,
    options: impl FnOnce(SqliteConnectOptions) -> SqliteConnectOptions,
) -> Outcome<Base> {
    let Base::Sqlite(pool, _) = base else {
        return Err("not of SQLite".into());
    };
    let options = options((*pool.connect_options()).clone());
    let pool = SqlitePool::connect_with(options).await?;
    let beside = tempfile::tempdir()?;
    Ok(Base::Sqlite(pool, Arc::new(beside)))
}

async fn read_only(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let reader = other(&base, |options| options.read_only(true)).await?;
    let error = error_of(reader.relay(&Sink::new()).await)?;
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    Ok(())
}

/// What cannot be tried for that is found out later.
async fn busy(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let hasty = |options: SqliteConnectOptions| options.busy_timeout(Duration::from_millis(50));
    let hasty = other(&base, hasty).await?;
    let Base::Sqlite(pool, _) = &base else {
        return Err("not of SQLite".into());
    };
    base.write([numbered("q", "a", 0)], true).await?;
    let writes = pool.begin_with("begin immediate").await?;
    let _relay = hasty.relay(&sink).await?;
    until("it is published", || !sink.bodies("q").is_empty()).await?;
    writes.commit().await?;
    while base.store().backlog().await? > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(sink.bodies("q"), ["a0"]);
    Ok(())
}
