//! How soon what is committed is published, whatever went before, by relays as they are unless told otherwise.
use crate::{Outcome, database::Base, publishing::numbered, sink::Sink, trial, until};
use libtest_mimic::Trial;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tidings::{Error, ErrorKind};
use tidings_outbox::{Database, RelaySettings, Running};
use tokio::time::{interval, sleep};

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![
        trial(
            "after-many-at-once-what-is-committed-is-there-soon",
            database,
            many,
        ),
        trial(
            "who-begins-while-others-write-hears-of-it-at-once",
            database,
            late,
        ),
        trial(
            "beside-a-channel-that-fails-what-is-committed-is-there-soon",
            database,
            beside,
        ),
    ]
}

/// When which message was taken.
#[derive(Clone, Default)]
struct Taken(Arc<Mutex<HashMap<String, Instant>>>);

impl Taken {
    /// Of a broker that never takes what is for `bad`.
    fn of(sink: &Sink) -> Self {
        let taken = Self::default();
        let all = taken.clone();
        sink.decide(move |channel, message| {
            if &*channel.address == "bad" {
                return Some(Error::new(ErrorKind::Busy, "publish", "no room"));
            }
            let body = String::from_utf8_lossy(&message.body).into_owned();
            let mut all = all.0.lock().expect("no panic");
            all.insert(body, Instant::now());
            None
        });
        taken
    }

    fn at(&self, body: &str) -> Option<Instant> {
        self.0.lock().expect("no panic").get(body).copied()
    }
}

async fn started(base: &Base, sink: &Sink) -> Outcome<Running> {
    Ok(base.relay_with(sink, RelaySettings::default()).await?)
}

/// Half of the rows are there within that time, which are written ten a second.
async fn are_soon(base: &Base, taken: &Taken) -> Outcome {
    const ROWS: usize = 40;
    const SOON: Duration = Duration::from_millis(150);
    let mut ticks = interval(Duration::from_millis(100));
    let mut begun = Vec::new();
    for number in 0..ROWS {
        ticks.tick().await;
        let row = numbered("good", "soon", number);
        base.write([row], true).await?;
        begun.push(Instant::now());
    }
    let last = format!("soon{}", ROWS - 1);
    until("all are there", || taken.at(&last).is_some()).await?;
    let waits = begun.iter().enumerate().map(|(number, begun)| {
        let taken = taken.at(&format!("soon{number}"));
        taken.map(|taken| taken.saturating_duration_since(*begun))
    });
    let mut waits: Vec<_> = waits.flatten().collect();
    waits.sort_unstable();
    assert_eq!(waits.len(), ROWS);
    assert!(waits[ROWS / 2] < SOON, "{waits:?}");
    Ok(())
}

async fn many(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let taken = Taken::of(&sink);
    let _relay = started(&base, &sink).await?;
    base.write((0..300).map(|number| numbered("good", "a", number)), true)
        .await?;
    until("they are there", || taken.at("a299").is_some()).await?;
    are_soon(&base, &taken).await
}

async fn late(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let taken = Taken::of(&sink);
    let writer = base.clone();
    let writing = tokio::spawn(async move {
        for number in 0.. {
            writer.write([numbered("other", "b", number)], true).await?;
            sleep(Duration::from_millis(50)).await;
        }
        Outcome::Ok(())
    });
    sleep(Duration::from_millis(300)).await;
    let _relay = started(&base, &sink).await?;
    sleep(Duration::from_millis(300)).await;
    let soon = are_soon(&base, &taken).await;
    writing.abort();
    soon
}

async fn beside(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let taken = Taken::of(&sink);
    base.write([numbered("bad", "k", 0)], true).await?;
    let _relay = started(&base, &sink).await?;
    sleep(Duration::from_secs(4)).await;
    are_soon(&base, &taken).await
}
