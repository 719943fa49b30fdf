//! MySQL's binary log tells, whatever becomes of it.
use crate::{
    Outcome,
    database::{Base, settings, user},
    error_of,
    publishing::numbered,
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use sqlx::AssertSqlSafe;
use std::time::{Duration, Instant};
use tidings::ErrorKind;
use tidings_outbox::{Database, Store as _, mysql::MySqlStore};

pub(crate) fn trials() -> Vec<Trial> {
    let database = Database::MySql;
    vec![
        trial("a-log-that-ends-is-read-again", database, ended),
        trial("a-table-that-is-altered-is-told-of", database, altered),
        trial("who-may-not-read-the-log-is-told", database, denied),
        trial("the-log-has-the-url-of-the-pool", database, urls),
    ]
}

/// How long it takes, in the middle, until what was committed is published; the relay looks by itself every two seconds.
async fn told(base: &Base, sink: &Sink, from: usize) -> Outcome<Duration> {
    let mut waits = Vec::new();
    for number in from..from + 9 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let begun = Instant::now();
        base.write([numbered("q", "a", number)], true).await?;
        until("it is there", || sink.bodies("q").len() == number + 1).await?;
        waits.push(begun.elapsed());
    }
    waits.sort_unstable();
    Ok(waits[4])
}

/// Ends all sessions by which the log of the server is read.
async fn end_logs(base: &Base) -> Outcome {
    let Base::MySql(pool) = base else {
        return Err("it has none".into());
    };
    let dumps = "select cast(id as unsigned) from information_schema.processlist where command like 'Binlog Dump%'";
    let dumps: Vec<u64> = sqlx::query_scalar(dumps).fetch_all(pool).await?;
    for dump in dumps {
        let end = sqlx::raw_sql(AssertSqlSafe(format!("kill {dump}")));
        // It may have ended by itself.
        let _ = end.execute(pool).await;
    }
    Ok(())
}

async fn ended(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let mut settings = settings();
    settings.poll = Duration::from_secs(1000);
    let _relay = base.relay_with(&sink, settings).await?;
    for round in 0..3 {
        let wait = told(&base, &sink, round * 9).await?;
        assert!(wait < Duration::from_millis(400), "{wait:?}");
        end_logs(&base).await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

async fn altered(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let mut settings = settings();
    settings.poll = Duration::from_secs(1000);
    let _relay = base.relay_with(&sink, settings).await?;
    for (round, change) in [
        "alter table tidings_outbox add column region varchar(20) default 'here' first",
        "alter table tidings_outbox modify column body longblob not null after region",
        "flush binary logs",
    ]
    .into_iter()
    .enumerate()
    {
        let wait = told(&base, &sink, round * 9).await?;
        assert!(wait < Duration::from_millis(400), "{wait:?}");
        base.execute(change).await?;
    }
    let wait = told(&base, &sink, 27).await?;
    assert!(wait < Duration::from_millis(400), "{wait:?}");
    Ok(())
}

/// By either name, and with what it says of sessions of the pool.
async fn urls(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let Base::MySql(pool) = &base else {
        return Err("it is another".into());
    };
    let (store, url) = (
        MySqlStore::new(pool.clone()),
        std::env::var("TIDINGS_TEST_MARIADB")?,
    );
    let other = url.replace("mysql://", "mariadb://");
    for options in [
        "",
        "?ssl-mode=PREFERRED&charset=utf8mb4&statement-cache-capacity=9",
    ] {
        store
            .clone()
            .told_by(&format!("{other}{options}"))?
            .check()
            .await?;
    }
    let error = error_of(store.told_by(&format!("{url}?ssl-mode=VERIFY_CA")))?;
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("without TLS"), "{error}");
    Ok(())
}

async fn denied(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let Base::MySql(pool) = &base else {
        return Err("it is another".into());
    };
    let user = user();
    base.allow(&user, "select").await?;
    let store = MySqlStore::new(pool.clone());
    let url = std::env::var("TIDINGS_TEST_MARIADB")?.replace("root", &user);
    let error = error_of(store.clone().told_by(&url)?.check().await)?;
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert!(error.to_string().contains("`REPLICATION SLAVE`"), "{error}");
    let error = error_of(store.clone().told_by("mariadb:/x"))?;
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    let nobody = store.told_by("mysql://root@127.0.0.1:1")?;
    let error = error_of(nobody.check().await)?;
    assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
    Ok(())
}
