//! Two relays at once, one of which is killed, or stands still for longer than the database waits for it.
use crate::{
    program::Program,
    shop::{Listener, Outcome, Shop, numbered},
    trial,
};
use libtest_mimic::Trial;
use sqlx::{
    AssertSqlSafe, MySqlPool, PgPool,
    mysql::MySqlConnectOptions,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{
    collections::HashSet,
    path::Path,
    time::{Duration, Instant},
};
use tidings_outbox::{Database, append, schema};
use uuid::Uuid;

/// How often the leader is killed.
const ROUNDS: usize = 4;

/// How many messages are written in each round, of which a part while nobody leads.
const MESSAGES: usize = 300;

/// Within which another takes over, on a machine that has something else to do as well.
const TAKEN_OVER: Duration = Duration::from_secs(5);

/// The same, of one that stands still.
const STOOD_STILL: Duration = Duration::from_secs(20);

/// What becomes of who leads.
#[derive(Clone, Copy)]
enum Harm {
    Killed,
    StandsStill,
}

impl Harm {
    async fn done(
        self,
        folder: &Path,
        of: [&str; 2],
        write: impl AsyncFn(Vec<usize>) -> Outcome,
    ) -> Outcome {
        match self {
            Self::Killed => killed(folder, of, write).await,
            Self::StandsStill => stands_still(folder, of, write).await,
        }
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    let is_told = |name| std::env::var_os(name).is_some();
    let postgres = !is_told("TIDINGS_TEST_POSTGRES");
    let mariadb = !is_told("TIDINGS_TEST_MARIADB");
    let name = |database| format!("{database}: another-takes-over-from-one-that-is-killed");
    let mut all = vec![trial(&name("sqlite"), sqlite)];
    for (harm, what) in [
        (Harm::Killed, "another-takes-over-from-one-that-is-killed"),
        (Harm::StandsStill, "who-stood-still-leads-no-more"),
    ] {
        let name = |database| format!("{database}: {what}");
        all.extend([
            trial(&name("postgres"), move || on_postgres("polling", harm))
                .with_ignored_flag(postgres),
            trial(&name("postgres by its log"), move || {
                on_postgres("tailing", harm)
            })
            .with_ignored_flag(postgres),
            trial(&name("mariadb"), move || on_mariadb("polling", harm)).with_ignored_flag(mariadb),
            #[cfg(feature = "binlog")]
            trial(&name("mariadb by its log"), move || {
                on_mariadb("tailing", harm)
            })
            .with_ignored_flag(mariadb),
        ]);
    }
    all
}

async fn sqlite() -> Outcome {
    let shop = Shop::new().await?;
    let write = async |numbers: Vec<usize>| shop.write(numbers).await;
    killed(shop.folder.path(), ["sqlite:shop.db", "polling"], write).await
}

async fn on_postgres(mode: &'static str, harm: Harm) -> Outcome {
    let options: PgConnectOptions = std::env::var("TIDINGS_TEST_POSTGRES")?.parse()?;
    let name = format!("r{}", Uuid::now_v7().simple());
    let server = PgPoolOptions::new().max_connections(1);
    let server = server.connect_with(options.clone()).await?;
    let create = AssertSqlSafe(format!("create database {name}"));
    sqlx::query(create).execute(&server).await?;
    let pool = PgPool::connect_with(options.clone().database(&name)).await?;
    sqlx::raw_sql(schema(Database::Postgres))
        .execute(&pool)
        .await?;
    let create = AssertSqlSafe(format!("create role {name} login"));
    sqlx::query(create).execute(&server).await?;
    let rights = rights().replace("to relay;", &format!("to {name};"));
    sqlx::raw_sql(AssertSqlSafe(rights)).execute(&pool).await?;
    let folder = tempfile::tempdir()?;
    // Who tails needs more than these rights.
    let user = match mode {
        "tailing" => options.get_username(),
        _ => &name,
    };
    let (host, port) = (options.get_host(), options.get_port());
    let url = format!("postgres://{user}@{host}:{port}/{name}");
    let write = async |numbers: Vec<usize>| {
        let mut transaction = pool.begin().await?;
        append(&mut *transaction, numbers.into_iter().map(numbered)).await?;
        Ok(transaction.commit().await?)
    };
    let done = harm.done(folder.path(), [&url, mode], write).await;
    // Slots outlive relays, and a server has few.
    for _ in 0..100 {
        let dropped = sqlx::query(
            "select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = current_database() and not active",
        );
        dropped.execute(&pool).await?;
        let left = "select count(*) from pg_replication_slots where database = current_database()";
        let left: i64 = sqlx::query_scalar(left).fetch_one(&pool).await?;
        if left == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    done
}

async fn on_mariadb(mode: &'static str, harm: Harm) -> Outcome {
    let server = std::env::var("TIDINGS_TEST_MARIADB")?;
    let name = format!("r{}", Uuid::now_v7().simple());
    let options: MySqlConnectOptions = server.parse()?;
    let pool = MySqlPool::connect_with(options.clone()).await?;
    let create = AssertSqlSafe(format!("create database {name}"));
    sqlx::query(create).execute(&pool).await?;
    let pool = MySqlPool::connect_with(options.database(&name)).await?;
    sqlx::raw_sql(schema(Database::MySql))
        .execute(&pool)
        .await?;
    let (start, _) = server.rsplit_once('/').ok_or("a database")?;
    let url = format!("{start}/{name}");
    let folder = tempfile::tempdir()?;
    let write = async |numbers: Vec<usize>| {
        let mut transaction = pool.begin().await?;
        append(&mut *transaction, numbers.into_iter().map(numbered)).await?;
        Ok(transaction.commit().await?)
    };
    harm.done(folder.path(), [&url, mode], write).await
}

/// What the README grants to a user of the relay's own.
fn rights() -> &'static str {
    let readme = include_str!("../../README.md");
    let block = readme.split("```sql\n").nth(1);
    let block = block.and_then(|block| block.split("```").next());
    block.expect("a block of SQL")
}

/// Kills whoever leads again and again while messages are written; all come, and those of a key in order, but for repetitions.
#[expect(clippy::print_stdout, reason = "figures for who asks for them")]
async fn killed(
    folder: &Path,
    [url, mode]: [&str; 2],
    write: impl AsyncFn(Vec<usize>) -> Outcome,
) -> Outcome {
    let start = || Program::start(folder, &[], &variables([url, mode]));
    let mut listener = Listener::within(folder).await?;
    let mut relays = [start(), start()];
    let mut came = Came::default();
    for round in 0..ROUNDS {
        let first = round * MESSAGES;
        let leader = leader(&relays).await?;
        for number in first..first + MESSAGES / 2 {
            write(vec![number]).await?;
        }
        came.take(listener.next(20).await?)?;
        let killed = Instant::now();
        relays[leader].signal("KILL");
        write((first + MESSAGES / 2..first + MESSAGES).collect()).await?;
        while !relays[1 - leader].get("/ready").1.starts_with("leads") {
            assert!(killed.elapsed() < TAKEN_OVER, "nobody takes over");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        println!("{url} {mode}: taken over after {:?}", killed.elapsed());
        while came.seen.len() < first + MESSAGES {
            came.take(listener.next(1).await?)?;
        }
        relays[leader] = start();
    }
    println!(
        "{url} {mode}: {} messages, {} again",
        came.seen.len(),
        came.again
    );
    Ok(())
}

fn variables([url, mode]: [&str; 2]) -> [(&'static str, &str); 5] {
    [
        ("DATABASE_URL", url),
        ("BROKER_URL", "unix:shop.sock"),
        ("RELAY_BATCH", "20"),
        ("RELAY_MODE", mode),
        ("HTTP_LISTEN", "127.0.0.1:0"),
    ]
}

/// Has whoever leads stand still until another does, and go on then: no more than was under way comes again, and nothing is missing that
/// it deletes late.
#[expect(clippy::print_stdout, reason = "figures for who asks for them")]
async fn stands_still(
    folder: &Path,
    [url, mode]: [&str; 2],
    write: impl AsyncFn(Vec<usize>) -> Outcome,
) -> Outcome {
    let start = || Program::start(folder, &[], &variables([url, mode]));
    let mut listener = Listener::within(folder).await?;
    let relays = [start(), start()];
    let mut came = Came::default();
    for round in 0..2 {
        let numbers = |part: usize| {
            let first = (3 * round + part) * MESSAGES;
            first..first + MESSAGES
        };
        let leader = leader(&relays).await?;
        let other = &relays[1 - leader];
        write(numbers(0).collect()).await?;
        came.take(listener.next(20).await?)?;
        let stopped = Instant::now();
        relays[leader].signal("STOP");
        write(numbers(1).collect()).await?;
        while !other.get("/ready").1.starts_with("leads") {
            assert!(stopped.elapsed() < STOOD_STILL, "nobody takes over");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        println!("{url} {mode}: taken over after {:?}", stopped.elapsed());
        let half = numbers(1).start + MESSAGES / 2;
        while came.seen.len() < half {
            came.take(listener.next(1).await?)?;
        }
        relays[leader].signal("CONT");
        for number in numbers(2) {
            write(vec![number]).await?;
        }
        while came.seen.len() < numbers(2).end {
            came.take(listener.next(1).await?)?;
        }
    }
    println!("{url} {mode}: {} came again", came.again);
    assert!(came.again <= 2 * 2 * 20, "{}", came.again);
    Ok(())
}

/// Which of them leads, once one does.
async fn leader(relays: &[Program]) -> Outcome<usize> {
    let begun = Instant::now();
    loop {
        let leads = |relay: &Program| relay.get("/ready").1.starts_with("leads");
        let leading: Vec<_> = (0..relays.len()).filter(|at| leads(&relays[*at])).collect();
        match leading[..] {
            [leader] => return Ok(leader),
            [] if begun.elapsed() < crate::program::PATIENCE => {}
            _ => return Err(format!("{} lead", leading.len()).into()),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What came.
#[derive(Default)]
struct Came {
    seen: HashSet<usize>,
    /// The last of each key.
    last: [Option<usize>; 3],
    again: usize,
}

impl Came {
    fn take(&mut self, numbers: Vec<usize>) -> Outcome {
        for number in numbers {
            if !self.seen.insert(number) {
                self.again += 1;
                continue;
            }
            let last = self.last[number % 3].replace(number);
            if last.is_some_and(|last| last > number) {
                return Err(format!("{number} came after {last:?}").into());
            }
        }
        Ok(())
    }
}
