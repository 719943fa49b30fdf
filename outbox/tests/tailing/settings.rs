//! What settings of the server do to the log, at a server of its own.
use crate::{
    Outcome,
    database::Base,
    error_of,
    publishing::numbered,
    server::{ask, free, pool, relay, settled, tails, until as until_sql, url},
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use sqlx::{AssertSqlSafe, PgPool, postgres::PgConnectOptions};
use std::{sync::Arc, time::Duration};
use tidings::{Error, ErrorKind};
use tidings_outbox::{
    Database, Relay, Store as _, schema,
    tailing::{TailSettings, Tailing},
};
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

/// A server whose settings are changed, and one whose log is not for others to read.
const OWN: &str = "TIDINGS_TEST_POSTGRES_OWN";
const PLAIN: &str = "TIDINGS_TEST_POSTGRES_PLAIN";

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    let is_there = [OWN, PLAIN]
        .iter()
        .all(|variable| std::env::var_os(variable).is_some());
    let trials = [
        trial(
            "a-log-that-is-not-for-others-to-read-is-told-with-its-mend",
            database,
            |_| unreadable(),
        ),
        trial("a-slot-that-lost-its-log-is-made-anew", database, |_| {
            lost()
        }),
        trial("the-log-is-read-by-tls", database, |_| encrypted()),
        trial(
            "what-comes-before-it-is-seen-is-deleted-once-it-is",
            database,
            |_| early(),
        ),
    ];
    trials
        .map(|trial| trial.with_ignored_flag(!is_there))
        .into()
}

/// Settings are for one at a time.
static SETTINGS: Mutex<()> = Mutex::const_new(());

/// The server with a setting, which goes at the end.
struct Server {
    pool: PgPool,
    setting: &'static str,
    _alone: MutexGuard<'static, ()>,
}

impl Server {
    async fn with(setting: &'static str) -> Outcome<Self> {
        let url = std::env::var(OWN)?;
        let server = Self {
            _alone: SETTINGS.lock().await,
            pool: PgPool::connect(&url).await?,
            setting,
        };
        server.reset().await?;
        Ok(server)
    }

    async fn base(&self) -> Outcome<Base> {
        base(&self.pool).await
    }

    async fn set(&self, value: &str) -> Outcome {
        self.alter(format!("alter system set {} = '{value}'", self.setting))
            .await
    }

    async fn reset(&self) -> Outcome {
        self.alter(format!("alter system reset {}", self.setting))
            .await
    }

    async fn alter(&self, sql: String) -> Outcome {
        sqlx::query(AssertSqlSafe(sql)).execute(&self.pool).await?;
        sqlx::query("select pg_reload_conf()")
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// A database with the tables, of its own on a server.
async fn base(server: &PgPool) -> Outcome<Base> {
    let name = format!("t{}", Uuid::now_v7().simple());
    sqlx::query(AssertSqlSafe(format!("create database {name}")))
        .execute(server)
        .await?;
    let options: PgConnectOptions = (*server.connect_options()).clone();
    let base = Base::Postgres(PgPool::connect_with(options.database(&name)).await?);
    base.execute(schema(Database::Postgres)).await?;
    Ok(base)
}

/// As servers are unless told otherwise; a relay that polls works there.
async fn unreadable() -> Outcome {
    const MEND: &str = "alter system set wal_level = logical";
    let server = PgPool::connect(&std::env::var(PLAIN)?).await?;
    let (base, sink) = (base(&server).await?, Sink::new());
    let started = relay(&base, &sink, TailSettings::default()).await;
    let error = error_of(started)?.to_string();
    assert!(error.contains("`wal_level` is `replica`"), "{error}");
    assert!(error.contains(MEND), "{error}");
    assert!(error.contains("restart the server"), "{error}");
    sqlx::raw_sql(MEND).execute(&server).await?;
    let reset = "alter system reset wal_level";
    sqlx::raw_sql(reset).execute(&server).await?;
    base.write([numbered("q", "a", 0)], true).await?;
    let polls = Relay::new(base.store(), Arc::new(sink.clone()));
    let _relay = polls.start().await?;
    until("it is there", || sink.bodies("q") == ["a0"]).await
}

async fn lost() -> Outcome {
    let server = Server::with("max_slot_wal_keep_size").await?;
    let (base, sink) = (server.base().await?, Sink::new());
    let first = base.relay(&sink).await?;
    tails(&base).await?;
    base.write([numbered("q", "a", 0)], true).await?;
    until("the first is there", || sink.bodies("q").len() == 1).await?;
    first.stop(Duration::from_secs(5)).await?;
    free(&base).await?;

    server.set("1MB").await?;
    base.write((1..50).map(|number| numbered("q", "a", number)), true)
        .await?;
    base.execute("create table others (text text)").await?;
    for _ in 0..4 {
        base.execute("insert into others select md5(n::text) from generate_series(1, 10000) n; select pg_switch_wal(); checkpoint").await?;
    }
    const LOST: &str = "select coalesce(bool_or(wal_status = 'lost'), false) from pg_replication_slots where database = current_database()";
    until_sql("the log is lost", &base, LOST).await?;
    let _second = base.relay(&sink).await?;
    until("all are there", || sink.bodies("q").len() >= 50).await?;
    tails(&base).await?;
    base.write([numbered("q", "a", 50)], true).await?;
    until("those of the new slot are there", || {
        sink.bodies("q").len() >= 51
    })
    .await?;
    let expected: Vec<_> = (0..51).map(|number| format!("a{number}")).collect();
    assert_eq!(sink.bodies("q"), expected);
    assert!(!ask::<bool>(&base, LOST).await?);
    server.reset().await
}

/// A commit that waits for a standby is in the log, and not seen.
async fn early() -> Outcome {
    let server = Server::with("synchronous_standby_names").await?;
    let (base, sink) = (server.base().await?, Sink::new());
    sink.decide(|channel, _| {
        (&*channel.address == "bad")
            .then(|| Error::new(ErrorKind::TooLarge, "publish", "at most 10 bytes"))
    });
    let _relay = relay(&base, &sink, TailSettings::default()).await?;
    tails(&base).await?;
    server.set("nobody").await?;
    // Sessions hear of it one by one.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let writing = tokio::spawn({
        let base = base.clone();
        async move {
            base.write([numbered("q", "a", 0), numbered("bad", "b", 0)], true)
                .await
        }
    });
    until("it is there", || sink.bodies("q").len() == 1).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!writing.is_finished(), "it waits for a standby");
    server.reset().await?;
    writing.await??;
    settled(&base).await?;
    until_sql(
        "it is parked",
        &base,
        "select count(*) = 1 from tidings_outbox_parked",
    )
    .await?;
    assert_eq!(sink.bodies("q"), ["a0"], "once");
    Ok(())
}

async fn encrypted() -> Outcome {
    let server = Server::with("max_slot_wal_keep_size").await?;
    let (base, sink) = (server.base().await?, Sink::new());
    let pool = pool(&base)?;
    let authority = std::env::var("TIDINGS_TEST_POSTGRES_AUTHORITY")?;
    let url = url(pool).replace("127.0.0.1", "localhost");
    let tailing = |asks: &str| Tailing::new(pool.clone(), &format!("{url}?{asks}"));
    for (asks, kind, words) in [
        (
            "sslmode=require&sslrootcert=/none.pem",
            ErrorKind::Invalid,
            "`/none.pem`",
        ),
        (
            "sslmode=require&sslrootcert=/dev/null",
            ErrorKind::Invalid,
            "no authority is trusted",
        ),
    ] {
        let error = error_of(tailing(asks))?;
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().contains(words), "{error}");
    }
    let stranger = error_of(tailing("sslmode=require")?.check().await)?;
    assert!(
        stranger.to_string().contains("no TLS with `localhost`"),
        "{stranger}"
    );

    let tailing = tailing(&format!("sslmode=verify-full&sslrootcert={authority}"))?;
    let relay = Relay::new(Arc::new(tailing), Arc::new(sink.clone()))
        .start()
        .await?;
    tails(&base).await?;
    const ENCRYPTED: &str = "select coalesce(bool_and(ssl), false) from pg_stat_ssl s join pg_replication_slots r on r.active_pid = s.pid \
        where r.database = current_database()";
    until_sql("it is encrypted", &base, ENCRYPTED).await?;
    base.write((0..1000).map(|number| numbered("q", "a", number)), true)
        .await?;
    until("all are there", || sink.bodies("q").len() == 1000).await?;
    relay.stop(Duration::from_secs(5)).await?;
    free(&base).await
}
