//! Whatever ends at whatever moment, nothing is lost, made up or out of order.
use crate::{
    Outcome,
    database::{Base, settings},
    server::{self, pool, settled},
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use sqlx::PgPool;
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tidings::{Channel, Error, ErrorKind, Message, Outgoing};
use tidings_outbox::{Database, Relay, Running, append, tailing::TailSettings};
use tokio::time::sleep;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![trial(
        "whatever-ends-nothing-is-lost-or-out-of-order",
        database,
        ends,
    )]
}

/// How long it goes on.
const LONG: Duration = Duration::from_secs(8);
const WRITERS: u64 = 6;
const KEYS: u64 = 10;
const CHANNELS: u64 = 3;

/// Numbers by Knuth's multiplier and increment of a linear congruential generator of 64 bits.
struct Chance(AtomicU64);

impl Chance {
    fn below(&self, end: u64) -> u64 {
        let step = |state: u64| {
            Some(
                state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407),
            )
        };
        (self
            .0
            .fetch_update(SeqCst, SeqCst, step)
            .unwrap_or_default()
            >> 33)
            % end
    }

    async fn pause(&self, milliseconds: u64) {
        sleep(Duration::from_millis(self.below(milliseconds))).await;
    }
}

struct Work {
    pool: PgPool,
    chance: Chance,
    /// The last number of each key.
    last: Vec<AtomicUsize>,
}

impl Work {
    /// One transaction: some messages of a key whose writers take turns. Gives what was committed.
    async fn write(&self) -> Outcome<Vec<(u64, usize)>> {
        let key = self.chance.below(KEYS);
        let mut transaction = self.pool.begin().await?;
        let lock = sqlx::query("select pg_advisory_xact_lock(7, $1)").bind(i32::try_from(key)?);
        lock.execute(&mut *transaction).await?;
        let mut written = Vec::new();
        for _ in 0..=self.chance.below(4) {
            let number = self.last[usize::try_from(key)?].fetch_add(1, SeqCst);
            let mut message = Message::new(number.to_string());
            message.key = Some(key.to_string().into());
            let channel = Channel::point_to_point(format!("q{}", key % CHANNELS));
            append(&mut *transaction, [Outgoing::new(channel, message)]).await?;
            written.push((key, number));
            if self.chance.below(8) == 0 {
                self.chance.pause(40).await;
            }
        }
        if self.chance.below(5) == 0 {
            transaction.rollback().await?;
            return Ok(Vec::new());
        }
        transaction.commit().await?;
        Ok(written)
    }

    async fn write_on(self: Arc<Self>, until: Instant) -> Outcome<Vec<(u64, usize)>> {
        let mut all = Vec::new();
        while Instant::now() < until {
            all.extend(self.write().await?);
            self.chance.pause(20).await;
        }
        Ok(all)
    }
}

async fn relay(base: &Base, sink: &Sink) -> Outcome<Running> {
    let mut little = TailSettings::default();
    (little.rows, little.patience) = (40, Duration::from_millis(300));
    let mut how = settings();
    (how.batch, how.poll) = (20, Duration::from_millis(200));
    let tailing = server::tailing(base)?.with_settings(little);
    let relay = Relay::new(Arc::new(tailing), Arc::new(sink.clone())).with_settings(how);
    Ok(relay.start().await?)
}

async fn ends(database: Database) -> Outcome {
    let seed = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?;
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let chance = |seed| Chance(AtomicU64::new(seed));
    let broker = chance(seed + 1);
    sink.decide(move |_, _| match broker.below(60) {
        0 | 1 => Some(Error::new(ErrorKind::Busy, "publish", "no room")),
        2 => Some(Error::new(ErrorKind::Busy, "publish", "no room").ambiguous()),
        _ => None,
    });
    sink.slow("q1", Duration::from_millis(30));
    let work = Arc::new(Work {
        pool: pool(&base)?.clone(),
        chance: chance(seed),
        last: (0..KEYS).map(|_| AtomicUsize::new(0)).collect(),
    });
    let until_then = Instant::now() + LONG;
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| tokio::spawn(work.clone().write_on(until_then)))
        .collect();
    let mut relays = vec![relay(&base, &sink).await?, relay(&base, &sink).await?];
    while Instant::now() < until_then {
        work.chance.pause(500).await;
        disturb(&base, &sink, &mut relays, work.chance.below(8)).await?;
    }
    let mut committed = HashSet::new();
    for writer in writers {
        committed.extend(writer.await??);
    }
    let count = || taken(&sink).into_iter().collect::<HashSet<_>>().len();
    until(&format!("all are there, seed {seed}"), || {
        count() >= committed.len()
    })
    .await?;
    settled(&base).await?;
    judge(&taken(&sink), &committed, seed)
}

/// Ends something.
async fn disturb(base: &Base, sink: &Sink, relays: &mut Vec<Running>, what: u64) -> Outcome {
    let ours = "(select oid from pg_database where datname = current_database())";
    let sql = match what {
        0 | 1 => format!(
            "select pg_terminate_backend(active_pid) from pg_replication_slots where datoid = {ours} and active"
        ),
        2 => format!(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objsubid = 1 and granted and database = {ours}"
        ),
        3 => format!(
            "select pg_drop_replication_slot(slot_name) from pg_replication_slots where datoid = {ours} and not active"
        ),
        4 | 5 => {
            drop(relays.remove(0));
            relays.push(relay(base, sink).await?);
            return Ok(());
        }
        6 => {
            let first = relays.remove(0);
            // What it did not do by then, another does.
            let _ = first.stop(Duration::from_millis(50)).await;
            relays.push(relay(base, sink).await?);
            return Ok(());
        }
        _ => return Ok(()),
    };
    // A slot may be taken in between.
    let _ = sqlx::query(sqlx::AssertSqlSafe(sql))
        .execute(pool(base)?)
        .await;
    Ok(())
}

/// All that was taken, by key and number; a key is of one channel.
fn taken(sink: &Sink) -> Vec<(u64, usize)> {
    let read = |message: Message| {
        let key = String::from_utf8_lossy(message.key.as_deref()?)
            .parse()
            .ok()?;
        Some((key, String::from_utf8_lossy(&message.body).parse().ok()?))
    };
    let channels = (0..CHANNELS).flat_map(|channel| sink.taken(&format!("q{channel}")));
    channels.filter_map(read).collect()
}

#[expect(clippy::print_stdout, reason = "a figure for who looks")]
fn judge(taken: &[(u64, usize)], committed: &HashSet<(u64, usize)>, seed: u64) -> Outcome {
    let (mut seen, mut last) = (HashSet::new(), HashMap::new());
    for (key, number) in taken {
        if !committed.contains(&(*key, *number)) {
            return Err(format!("{number} of {key} was rolled back, seed {seed}").into());
        }
        if seen.insert((key, number))
            && let Some(before) = last.insert(key, number)
            && before > number
        {
            return Err(format!("{before} before {number} of {key}, seed {seed}").into());
        }
    }
    println!(
        "{} messages, {} twice",
        seen.len(),
        taken.len() - seen.len()
    );
    Ok(())
}
