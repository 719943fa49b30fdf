//! What was committed is published, in order, as it was.
use crate::{
    Outcome,
    database::{Base, TOLD, has_server},
    error_of,
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use tidings::{Channel, Error, ErrorKind, Message, Outgoing};
use tidings_outbox::{Database, Read};
use tokio::sync::Notify;

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
        trial(
            "few-rows-are-in-memory-where-they-are-large",
            database,
            large,
        ),
        trial("what-is-for-later-stays-in-the-table", database, later),
    ];
    if has_server(database) {
        all.extend([
            trial(
                "a-writer-that-stays-open-holds-up-nobody",
                database,
                open_writer,
            ),
            trial(
                "nothing-uncommitted-is-seen-whatever-is-usual",
                database,
                isolation,
            ),
        ]);
    }
    // Elsewhere the database does not tell.
    if database == Database::Postgres || TOLD.get() {
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

/// Not those who write to the same channel, nor the relay that deletes what it published.
async fn open_writer(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let (slow, begun) = (base.clone(), Arc::new(Notify::new()));
    let begins = begun.clone();
    let writer = tokio::spawn(async move {
        let open = async {
            begins.notify_one();
            let _ = ended.await;
        };
        slow.write_slowly([numbered("q", "late", 0)], open).await
    });
    begun.notified().await;
    let _relay = base.relay(&sink).await?;
    for number in 0..50 {
        base.write([numbered("q", "a", number)], true).await?;
    }
    until("the others are there", || sink.bodies("q").len() >= 50).await?;
    for _ in 0..500 {
        if base.store().backlog().await? == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(base.store().backlog().await?, 0, "they are deleted");
    assert_eq!(sink.bodies("q").len(), 50);
    end.send(()).map_err(|()| "the writer is gone")?;
    writer.await??;
    until("the late one is there", || sink.bodies("q").len() == 51).await?;
    assert_eq!(sink.bodies("q")[50], "late0");
    Ok(())
}

async fn isolation(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let usual = match database {
        Database::MySql => [
            "set session transaction isolation level read uncommitted",
            "set session transaction isolation level repeatable read",
            "set session transaction isolation level serializable",
        ],
        _ => [
            "set default_transaction_isolation to 'read uncommitted'",
            "set default_transaction_isolation to 'repeatable read'",
            "set default_transaction_isolation to 'serializable'",
        ],
    };
    for (number, usual) in usual.into_iter().enumerate() {
        let (other, sink) = (base.by(None, usual).await?, Sink::new());
        let relay = other.relay(&sink).await?;
        let seen = sink.clone();
        let open = async move {
            tokio::time::sleep(Duration::from_millis(400)).await;
            assert_eq!(seen.bodies("q"), [""; 0]);
        };
        base.write_slowly([numbered("q", "a", number)], open)
            .await?;
        until("it is there", || sink.bodies("q").len() == 1).await?;
        relay.stop(Duration::from_secs(5)).await?;
        assert_eq!(base.store().backlog().await?, 0);
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

/// Whatever rows have, few of them are in memory.
async fn large(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let message = || Message::new(vec![0; 300_000]);
    let row = |_| Outgoing::new(Channel::point_to_point("q"), message());
    base.write((0..20).map(row), true).await?;
    let store = base.store();
    let mut lead = store.lead().await?.ok_or("somebody leads")?;
    for (bytes, expected) in [(1, 1), (1_000_000, 4), (usize::MAX, 20)] {
        let mut what = Read::new("q", 1000);
        what.bytes = bytes;
        assert_eq!(lead.read(what).await?.len(), expected);
    }
    drop(lead);
    let sink = Sink::new();
    let _relay = base.relay(&sink).await?;
    until("all are there", || sink.taken("q").len() == 20).await
}

/// Where the broker cannot hold it back, it stays in the table until then.
async fn later(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    sink.without_delays();
    sink.decide(|_, message| {
        let unsupported = || Error::new(ErrorKind::Unsupported, "publish", "publish it later");
        message.not_before.is_some().then(unsupported)
    });
    let mut row = numbered("q", "a", 0);
    let not_before = SystemTime::now() + Duration::from_secs(2);
    row.message.not_before = Some(not_before);
    base.write([row], true).await?;
    let store = base.store();
    let mut lead = store.lead().await?.ok_or("somebody leads")?;
    let due = i64::try_from(
        not_before
            .duration_since(SystemTime::UNIX_EPOCH)?
            .as_millis(),
    )?;
    let bad = [b"bad".to_vec()];
    for (until_ms, expected) in [(Some(due - 1), 0), (Some(due), 1), (None, 1)] {
        for without in [&[][..], &bad] {
            let mut what = Read::new("q", 10);
            (what.until_ms, what.without) = (until_ms, without);
            let rows = lead.read(what).await?;
            assert_eq!(rows.len(), expected, "{until_ms:?} {without:?}");
        }
    }
    drop(lead);
    let _relay = base.relay(&sink).await?;
    for number in 1..11 {
        base.write([numbered("q", "a", number)], true).await?;
        until("others go before it", || sink.bodies("q").len() >= number).await?;
    }
    let is_there = || sink.bodies("q").contains(&"a0".to_owned());
    until("it is there", is_there).await?;
    assert!(sink.asked() < 100, "{}", sink.asked());
    assert!(SystemTime::now() >= not_before);
    assert_eq!(base.store().parked(0, 10).await?, []);
    Ok(())
}
