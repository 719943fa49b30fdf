//! A failure holds up its key, or its channel, and nothing else.
use crate::{
    Outcome,
    database::{Base, settings},
    publishing::numbered,
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering::SeqCst},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tidings::{Channel, Error, ErrorKind, Message, Outgoing};
use tidings_outbox::Database;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![
        trial("later-messages-of-a-key-wait-others-go-on", database, key),
        trial("a-slow-channel-holds-up-no-other", database, slow),
        trial(
            "a-channel-that-nobody-knows-waits-until-somebody-does",
            database,
            unknown,
        ),
        trial(
            "whatever-fails-nothing-is-lost-or-out-of-order",
            database,
            chance,
        ),
    ]
}

fn busy() -> Error {
    Error::new(ErrorKind::Busy, "publish", "no room")
}

async fn key(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    sink.decide(|_, message| (message.key.as_deref() == Some(b"bad")).then(busy));
    let all =
        (0..50).flat_map(|number| [numbered("q", "bad", number), numbered("q", "good", number)]);
    base.write(all, true).await?;
    let _relay = base.relay(&sink).await?;
    until("the others are there", || sink.bodies("q").len() == 50).await?;
    base.write([numbered("q", "good", 50)], true).await?;
    until("new ones are there", || sink.bodies("q").len() == 51).await?;
    sink.decide(|_, _| None);
    until("all are there", || sink.bodies("q").len() == 101).await?;
    let expected: Vec<_> = (0..50).map(|number| format!("bad{number}")).collect();
    assert_eq!(sink.bodies("q")[51..], expected);
    Ok(())
}

async fn slow(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    sink.slow("slow", Duration::from_secs(3));
    let mut settings = settings();
    settings.batch = 1;
    base.write((0..10).map(|number| numbered("slow", "a", number)), true)
        .await?;
    base.write((0..10).map(|number| numbered("quick", "a", number)), true)
        .await?;
    let _relay = base.relay_with(&sink, settings).await?;
    until("the quick one is done", || sink.bodies("quick").len() == 10).await?;
    assert_eq!(sink.bodies("slow"), [""; 0]);
    until("the slow one goes on", || !sink.bodies("slow").is_empty()).await
}

async fn unknown(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let missing = || Error::new(ErrorKind::NotFound, "publish", "no such queue");
    sink.decide(move |channel, _| (&*channel.address == "nowhere").then(missing));
    base.write([numbered("nowhere", "a", 0), numbered("q", "a", 0)], true)
        .await?;
    let _relay = base.relay(&sink).await?;
    until("the other is there", || sink.bodies("q").len() == 1).await?;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(base.store().parked(0, 10).await?, []);
    sink.decide(|_, _| None);
    until("it is there", || sink.bodies("nowhere").len() == 1).await
}

/// Of 20 keys over 3 channels; a tenth of the messages fails, half of these after they were taken.
async fn chance(database: Database) -> Outcome {
    const MESSAGES: usize = 1500;
    let seed = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?;
    let state = AtomicU64::new(seed);
    // Knuth's multiplier and increment of a linear congruential generator of 64 bits.
    let next = move || {
        let step = |state: u64| {
            Some(
                state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407),
            )
        };
        state.fetch_update(SeqCst, SeqCst, step).unwrap_or_default() >> 33
    };
    let (base, sink) = (Base::new(database).await?, Sink::new());
    sink.decide(move |_, _| match next() % 20 {
        0 => Some(busy()),
        1 => Some(busy().ambiguous()),
        _ => None,
    });
    let _first = base.relay(&sink).await?;
    let _second = base.relay(&sink).await?;
    for number in 0..MESSAGES {
        let mut message = Message::new(number.to_string());
        message.key = Some((number % 20).to_string().into());
        let channel = Channel::publish_subscribe(format!("t{}", number % 3));
        base.write([Outgoing::new(channel, message)], !number.is_multiple_of(7))
            .await?;
    }
    let wanted: Vec<_> = (0..MESSAGES)
        .filter(|number| !number.is_multiple_of(7))
        .collect();
    let taken = || ["t0", "t1", "t2"].map(|topic| sink.bodies(topic));
    let count = || {
        let mut all: Vec<_> = taken().concat();
        all.sort_unstable();
        all.dedup();
        all.len()
    };
    until(&format!("all are there, seed {seed}"), || {
        count() >= wanted.len()
    })
    .await?;
    for bodies in taken() {
        let mut last: HashMap<usize, usize> = HashMap::new();
        let mut seen = std::collections::HashSet::new();
        for body in bodies {
            let number: usize = body.parse()?;
            assert!(
                !number.is_multiple_of(7),
                "{number} was rolled back, seed {seed}"
            );
            if seen.insert(number) {
                let before = last.insert(number % 20, number);
                assert!(
                    before < Some(number),
                    "{before:?} before {number}, seed {seed}"
                );
            }
        }
    }
    Ok(())
}
