//! What was committed is published, in order, as it was.
use crate::{Outcome, database::Base, error_of, sink::Sink, trial, until};
use libtest_mimic::Trial;
use std::time::{Duration, Instant};
use tidings::{Channel, Message, Outgoing};
use tidings_outbox::Database;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    let mut all = vec![
        trial(
            "what-was-committed-is-published-in-order",
            database,
            in_order,
        ),
        trial("a-message-comes-out-as-it-went-in", database, as_it_was),
        trial("who-is-woken-looks-at-once", database, woken),
        trial(
            "what-is-under-way-is-finished-at-the-end",
            database,
            stopped,
        ),
    ];
    // SQLite has nobody who could tell.
    if database == Database::Postgres {
        all.push(trial("who-commits-tells-the-relay", database, told));
    }
    all
}

pub(crate) fn numbered(channel: &str, key: &'static str, number: usize) -> Outgoing {
    let mut message = Message::new(format!("{key}{number}"));
    message.key = Some(key.into());
    Outgoing::new(Channel::point_to_point(channel), message)
}

async fn in_order(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    for number in 0..20 {
        base.write([numbered("q", "a", number)], true).await?;
        base.write([numbered("q", "never", number)], false).await?;
    }
    let _relay = base.relay(&sink).await?;
    base.write((20..2500).map(|number| numbered("q", "a", number)), true)
        .await?;
    until("all are there", || sink.bodies("q").len() >= 2500).await?;
    let expected: Vec<_> = (0..2500).map(|number| format!("a{number}")).collect();
    assert_eq!(sink.bodies("q"), expected);
    for _ in 0..200 {
        if base.store().backlog().await? == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err("what was published is still there".into())
}

async fn as_it_was(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let mut message = Message::named("OrderPlaced", "application/json", vec![0, 159, 255]);
    message.key = Some(vec![0, 255].into());
    message.reply_to = Some("replies".into());
    message.correlation_id = Some("ümlaut".into());
    message.set_header("traceparent", "00-x");
    message.set_header("bytes", vec![255, 0]);
    let channel = Channel::publish_subscribe("t");
    base.write([Outgoing::new(channel, message.clone())], true)
        .await?;
    let _relay = base.relay(&sink).await?;
    until("it is there", || !sink.taken("t").is_empty()).await?;
    let mut taken = sink.taken("t").remove(0);
    assert!(taken.created.take().is_some(), "it has the time of writing");
    assert_eq!(taken, message);
    Ok(())
}

async fn woken(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let mut settings = crate::database::settings();
    settings.poll = Duration::from_secs(1000);
    let relay = base.relay_with(&sink, settings).await?;
    tokio::time::sleep(Duration::from_millis(200)).await;
    for number in 0..3 {
        base.write([numbered("q", "a", number)], true).await?;
        relay.wake();
        until("it is there", || sink.bodies("q").len() == number + 1).await?;
    }
    Ok(())
}

/// Far sooner than it would look by itself.
async fn told(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let mut settings = crate::database::settings();
    settings.poll = Duration::from_secs(1000);
    let _relay = base.relay_with(&sink, settings).await?;
    let mut waits = Vec::new();
    for number in 0..9 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        base.write([numbered("q", "a", number)], true).await?;
        let begun = Instant::now();
        until("it is there", || sink.bodies("q").len() == number + 1).await?;
        waits.push(begun.elapsed());
    }
    waits.sort_unstable();
    assert!(waits[4] < Duration::from_millis(500), "{waits:?}");
    Ok(())
}

async fn stopped(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    sink.slow("q", Duration::from_millis(300));
    base.write([numbered("q", "a", 0)], true).await?;
    let relay = base.relay(&sink).await?;
    until("it is begun", || sink.begun() == 1).await?;
    relay.stop(Duration::from_secs(10)).await?;
    assert_eq!(sink.bodies("q"), ["a0"]);
    assert_eq!(base.store().backlog().await?, 0, "it is settled");
    base.write([numbered("q", "a", 1)], true).await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(sink.bodies("q"), ["a0"], "nothing is begun any more");
    let relay = base.relay(&sink).await?;
    until("it is begun", || sink.begun() == 2).await?;
    let error = error_of(relay.stop(Duration::from_millis(1)).await)?;
    assert!(error.to_string().contains("published again"), "{error}");
    Ok(())
}
