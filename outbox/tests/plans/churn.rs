//! What is left behind when many rows have come and gone.
use crate::{
    Outcome,
    base::Base,
    heard,
    plans::{alone, named, scans},
    rows, say, trial,
};
use libtest_mimic::Trial;
use sqlx::Connection as _;
use std::{
    pin::pin,
    time::{Duration, Instant},
};
use tidings_outbox::{Database, Lead, Read};
use tokio::time::sleep;

/// Rounds of writing and publishing.
const ROUNDS: usize = 10;

/// Most rows that are added at a time, so that few wait beside those that are dead.
const SOME: usize = 100_000;

/// How often who leads says a word.
const WORD: Duration = Duration::from_secs(1);

/// How long it may take until what was late is found.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn trials() -> Vec<Trial> {
    let mut all: Vec<_> = Database::ALL
        .into_iter()
        .map(|database| {
            let name = "what-is-published-leaves-its-room-to-what-comes";
            trial(name, database, move || room(database))
        })
        .collect();
    let name = "a-writer-that-stays-open-makes-no-look-slow";
    all.push(trial(name, Database::Postgres, beside_writer));
    all
}

/// As many rows at a time as are alive: the table and its indexes take twice as much at most, however many went through.
async fn room(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let alive = rows() / ROUNDS;
    let mut sizes = Vec::new();
    for round in 0..ROUNDS {
        base.add("q", alive).await?;
        let size = base.size().await?;
        // For what is added it may be silent for too long.
        let mut lead = leads(&base).await?;
        let begun = Instant::now();
        let published = drain(&mut *lead, "q").await?;
        assert_eq!(published, alive);
        let took = begun.elapsed();
        base.tidy().await?;
        say(format_args!(
            "{database}: round {round}, {published} rows in {took:?}, {size} bytes"
        ))?;
        sizes.push(size);
    }
    base.drop().await?;
    assert!(sizes[ROUNDS - 1] <= 2 * sizes[0], "{sizes:?}");
    if database == Database::Postgres {
        // Nor does it grow by little each time.
        let grown = sizes[ROUNDS - 1] - sizes[ROUNDS / 2];
        assert!(grown <= sizes[0] / 20, "{sizes:?}");
    }
    Ok(())
}

/// The lead, once who led before has gone.
async fn leads(base: &Base) -> Outcome<Box<dyn Lead>> {
    loop {
        match base.store().lead().await? {
            Some(lead) => return Ok(lead),
            None => sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Publishes all that a channel has.
async fn drain(lead: &mut dyn Lead, channel: &str) -> Outcome<usize> {
    let mut published = 0;
    loop {
        let rows = lead.read(Read::new(channel, 1000)).await?;
        let ids = named(&rows);
        if ids.is_empty() {
            return Ok(published);
        }
        lead.settle(channel, &ids, &[]).await?;
        published += ids.len();
    }
}

/// Dead rows cannot be removed before it has ended. What it wrote is found then, though its number is the lowest.
async fn beside_writer() -> Outcome {
    let base = Base::new(Database::Postgres).await?;
    let Base::Postgres(pool, _) = &base else {
        return Err("not of PostgreSQL".into());
    };
    let mut session = pool.acquire().await?;
    let mut writer = session.begin().await?;
    let late = "insert into tidings_outbox (channel, message_id, body) values ('q', 'late', '')";
    sqlx::raw_sql(late).execute(&mut *writer).await?;
    let mut lead = base.store().lead().await?.ok_or("nobody leads")?;
    let before = look(&base, &mut *lead).await?;
    let some = (rows() / ROUNDS).min(SOME);
    for _ in 0..rows() / some {
        let added = async {
            base.add("q", some).await?;
            base.tidy().await
        };
        leading(&mut *lead, added).await?;
        drain(&mut *lead, "q").await?;
    }
    heard::take();
    let after = look(&base, &mut *lead).await?;
    let heard = alone(heard::take());
    let slowest = heard.iter().map(|heard| heard.seconds).fold(0.0, f64::max);
    say(format_args!(
        "a look takes {before:?} before, {after:?} after; its slowest statement {slowest:.3} s"
    ))?;
    let wrong = scans(&base, &heard).await?;
    assert!(wrong.is_empty(), "{wrong}");
    writer.commit().await?;
    let begun = Instant::now();
    while lead.channels(10).await?.is_empty() || lead.read(Read::new("q", 10)).await?.is_empty() {
        sleep(Duration::from_millis(100)).await;
        assert!(begun.elapsed() < PATIENCE, "it is never found");
    }
    say(format_args!(
        "what was late is found after {:?}",
        begun.elapsed()
    ))?;
    drop(lead);
    drop(session);
    base.drop().await?;
    assert!(after < 5 * before, "{before:?} before, {after:?} after");
    Ok(())
}

/// Does something, and has who leads look meanwhile: whoever is silent for longer leads no more.
async fn leading(lead: &mut dyn Lead, done: impl Future<Output = Outcome>) -> Outcome {
    let mut done = pin!(done);
    loop {
        tokio::select! {
            done = &mut done => return done,
            () = sleep(WORD) => {}
        }
        lead.channels(10).await?;
    }
}

/// How long it takes to find a row, the middle of some looks; of a channel that is new too.
async fn look(base: &Base, lead: &mut dyn Lead) -> Outcome<Duration> {
    let mut all = Vec::new();
    for number in 0..50 {
        let new = format!("new{number}");
        base.add("q", 1).await?;
        base.add(&new, 1).await?;
        let begun = Instant::now();
        let mut channels = lead.channels(10).await?;
        let rows = lead.read(Read::new("q", 10)).await?;
        all.push(begun.elapsed());
        channels.sort_unstable();
        assert_eq!(
            (&*channels, rows.len()),
            (&[new.clone(), "q".to_owned()][..], 1)
        );
        lead.settle("q", &named(&rows[..1]), &[]).await?;
        drain(lead, &new).await?;
        sleep(Duration::from_millis(10)).await;
    }
    all.sort_unstable();
    Ok(all[all.len() / 2])
}
