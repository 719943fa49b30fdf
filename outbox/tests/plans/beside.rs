//! What a relay does while a transaction that wrote to the outbox stays open and others go on: for three seconds, or as many as
//! `TIDINGS_TEST_SECONDS` says, which has it said how long messages took meanwhile, and what was kept.
use crate::{
    Outcome,
    base::{Base, with_pool},
    flow::{CHANNEL, Event, Flow, outgoing},
    trial,
};
use libtest_mimic::Trial;
use sqlx::ConnectOptions as _;
use std::{
    future::{Future, ready},
    io::Write as _,
    sync::Arc,
    time::{Duration, Instant},
};
use tidings::{Channel, HandlerError, Memory, Message, Received, Router, serve};
use tidings_outbox::{
    Database, Relay, Store, append,
    tailing::{TailSettings, Tailing},
};
use tokio::{
    sync::{oneshot, watch},
    time::{interval, sleep},
};

/// Events of a transaction that is over at once, and how often each of two writers has one.
const EVENTS: usize = 25;
const EVERY: Duration = Duration::from_millis(100);
/// Keys of each writer.
const KEYS: usize = 50;
/// What the open transaction, and who waits for its turn, write.
const LATE: usize = 1000;
/// Times at which it is told how things are.
const LOOKS: u32 = 10;
const PATIENCE: Duration = Duration::from_secs(60);
/// The log that a slot may keep when nobody is late any more.
const KEPT: i64 = 32 << 20;

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |database, tails, name| trial(name, database, move || beside(database, tails));
    let all = "beside-a-writer-that-stays-open-all-others-go-on";
    let by_log = "beside-a-writer-that-stays-open-all-others-go-on-by-the-log";
    vec![
        trial(Database::Postgres, false, all),
        trial(Database::Postgres, true, by_log),
        trial(Database::MySql, false, all),
    ]
}

fn seconds() -> Option<u64> {
    std::env::var("TIDINGS_TEST_SECONDS").ok()?.parse().ok()
}

async fn beside(database: Database, tails: bool) -> Outcome {
    let base = Arc::new(Base::new(database).await?);
    let turns = "create table turns (id int primary key, taken int not null); insert into turns values (0, 0)";
    base.execute(turns.to_owned()).await?;
    let (flow, memory) = (Flow::default(), Arc::new(Memory::new()));
    let mut router = Router::new();
    let taken = flow.clone();
    router.on(
        Channel::point_to_point(CHANNEL),
        move |event: Received<Message>| {
            ready(
                taken
                    .take(&event.metadata.body)
                    .map_err(HandlerError::reject),
            )
        },
    );
    let listener = serve(memory.clone(), router).await?;
    let relay = Relay::new(store(&base, tails)?, memory).start().await?;
    while tails && !base.log_is_open().await? {
        // Beside an open writer it would not open.
        sleep(Duration::from_millis(100)).await;
    }

    let begun = Instant::now();
    let (ends, end) = oneshot::channel();
    let (stops, stop) = watch::channel(());
    let late = flow.next(LATE);
    let open = {
        let (base, flow) = (base.clone(), flow.clone());
        let ended = async { drop(end.await) };
        tokio::spawn(async move { write(&base, &flow, true, &[late], ended).await })
    };
    sleep(Duration::from_secs(1)).await;
    let next = flow.next(LATE);
    let waits = tokio::spawn(wait_for_turn(base.clone(), flow.clone(), next));
    let writers = [0, KEYS].map(|first| {
        let (base, flow, waker) = (base.clone(), flow.clone(), relay.waker());
        tokio::spawn(go_on(base, flow, stop.clone(), first, move || waker.wake()))
    });
    for look in 1..=LOOKS {
        sleep(Duration::from_secs(seconds().unwrap_or(3)) / LOOKS).await;
        let oldest = base.store().oldest_writer().await?.unwrap_or_default();
        let longest = begun.elapsed();
        assert!(oldest <= longest + Duration::from_secs(1), "{oldest:?}");
        let less = Duration::from_secs(2);
        assert!(oldest + less >= longest, "{oldest:?} of {longest:?}");
        tell(&base, &flow, &format!("{look}, open for {oldest:.0?}")).await?;
    }
    assert!(!flow.has_taken(late), "it is not committed");
    let _ = ends.send(());
    let ended = Instant::now();
    open.await??;
    relay.wake();
    until("what was late is published", || flow.has_taken(late)).await?;
    let found = ended.elapsed();
    waits.await??;
    relay.wake();
    until("who waited is published", || flow.has_taken(next)).await?;
    tell(&base, &flow, &format!("what was late took {found:.1?}")).await?;
    drop(stops);
    drop(stop);
    for writer in writers {
        writer.await??;
    }
    until("all is published", || flow.is_through()).await?;
    base.tidy().await?;
    while base.log_kept().await?.unwrap_or_default() > KEPT {
        assert!(ended.elapsed() < PATIENCE, "the log is kept");
        sleep(Duration::from_millis(500)).await;
    }
    tell(&base, &flow, "at the end").await?;
    relay.stop(PATIENCE).await?;
    listener.stop(PATIENCE).await?;
    flow.check();
    assert_eq!(base.store().backlog().await?, 0);
    match Arc::into_inner(base) {
        Some(base) => base.drop().await,
        None => Err("somebody is at work still".into()),
    }
}

fn store(base: &Base, tails: bool) -> Outcome<Arc<dyn Store>> {
    match base {
        Base::Postgres(pool, name) if tails => {
            let mut settings = TailSettings::default();
            settings.slot = Some(name.clone());
            let url = pool.connect_options().to_url_lossy().to_string();
            let tailing = Tailing::new(pool.clone(), &url)?;
            Ok(Arc::new(tailing.with_settings(settings)))
        }
        _ => Ok(base.store()),
    }
}

/// A transaction that takes its turn, where it is told to, writes, and is committed when that has ended.
async fn write(
    base: &Base,
    flow: &Flow,
    takes_turn: bool,
    events: &[Event],
    ended: impl Future<Output = ()>,
) -> Outcome {
    with_pool!(base, pool => {
        let mut transaction = pool.begin().await?;
        if takes_turn {
            let turn = sqlx::query("update turns set taken = taken + 1 where id = 0");
            turn.execute(&mut *transaction).await?;
        }
        append(&mut *transaction, events.iter().copied().map(outgoing)).await?;
        ended.await;
        transaction.commit().await?;
    });
    flow.commit(events);
    Ok(())
}

/// As long as it takes: where a lock is not waited for any longer, once more.
async fn wait_for_turn(base: Arc<Base>, flow: Flow, event: Event) -> Outcome {
    let begun = Instant::now();
    loop {
        match write(&base, &flow, true, &[event], ready(())).await {
            Err(error) if !error.to_string().contains("Lock wait timeout") => return Err(error),
            Err(_) => assert!(begun.elapsed() < 20 * PATIENCE, "its turn never comes"),
            Ok(()) => return Ok(()),
        }
    }
}

/// Transactions one after the other until it is stopped.
async fn go_on(
    base: Arc<Base>,
    flow: Flow,
    mut stop: watch::Receiver<()>,
    first: usize,
    wake: impl Fn(),
) -> Outcome {
    let mut ticks = interval(EVERY);
    let mut key = 0;
    loop {
        tokio::select! {
            _ = stop.changed() => return Ok(()),
            _ = ticks.tick() => {}
        }
        let events: Vec<_> = (0..EVENTS)
            .map(|event| flow.next(first + (key + event) % KEYS))
            .collect();
        key += EVENTS;
        write(&base, &flow, false, &events, ready(())).await?;
        wake();
    }
}

async fn tell(base: &Base, flow: &Flow, when: &str) -> Outcome {
    if seconds().is_none() {
        return Ok(());
    }
    let delays = flow.delays();
    let (backlog, size) = (base.store().backlog().await?, base.size().await?);
    let (dead, kept) = (base.dead().await?, base.log_kept().await?);
    writeln!(
        std::io::stdout(),
        "{when}: {} published, after {:.0?} (median) {:.0?} (p99) {:.0?} (longest); {backlog} wait, {size} bytes, {dead} dead, log kept {kept:?}",
        delays.count,
        delays.median,
        delays.p99,
        delays.longest,
    )?;
    Ok(())
}

async fn until(what: &str, holds: impl Fn() -> bool) -> Outcome {
    let begun = Instant::now();
    while !holds() {
        if begun.elapsed() > PATIENCE {
            return Err(format!("never: {what}").into());
        }
        sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
