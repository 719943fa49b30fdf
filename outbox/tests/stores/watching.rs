//! What a relay tells of itself.
use crate::{
    Outcome,
    database::{Base, settings},
    publishing::numbered,
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tidings::{Channel, Error, ErrorKind, Message, Outgoing};
use tidings_outbox::{Alarm, Alarms, Database, RelayState, Waiting};
use tokio::runtime::Builder;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    let mut all = vec![
        trial("what-waits-is-counted-up-to-a-bound", database, counted),
        trial(
            "what-became-of-messages-is-counted-by-channel",
            database,
            figures,
        ),
        trial("who-has-to-act-is-told", database, alarms),
        trial("a-relay-says-whether-it-leads", database, states),
        trial("what-is-for-later-is-not-behind", database, for_later),
    ];
    if database == Database::Postgres {
        all.push(trial("the-oldest-open-writer-is-known", database, writer));
    }
    if database == Database::MySql {
        all.push(trial(
            "the-oldest-open-writer-is-known",
            database,
            writer_in_mysql,
        ));
    }
    all
}

async fn counted(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    assert_eq!(base.store().waiting(10).await?, Waiting::default());
    base.write((0..5).map(|number| numbered("q", "a", number)), true)
        .await?;
    base.execute("update tidings_outbox set created_ms = 1000 + id")
        .await?;
    base.execute("update tidings_outbox set created_ms = null where id = 1")
        .await?;
    base.execute(
        "insert into tidings_outbox_parked (id, channel, message_id, body, parked_ms, reason) values (7, 'q', 'x', 'y', 1, 'z'), \
         (8, 'q', 'x', 'y', 1, 'z')",
    )
    .await?;
    let store = base.store();
    assert_eq!(store.waiting(10).await?, Waiting::new(5, Some(1002), 2));
    let few = store.waiting(1).await?;
    assert_eq!((few.rows, few.parked), (1, 1));
    Ok(())
}

/// Written long ago, and due in a while, or a moment ago.
async fn for_later(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    base.execute(
        "insert into tidings_outbox (channel, message_id, body, created_ms, not_before_ms) values ('q', '1', 'y', 1000, 9000), \
         ('q', '2', 'y', null, 8000)",
    )
    .await?;
    let waiting = base.store().waiting(10).await?;
    assert_eq!(waiting.rows, 2);
    assert!(
        waiting.oldest_ms.is_none_or(|oldest| oldest >= 8000),
        "{waiting:?}"
    );
    base.execute(
        "insert into tidings_outbox (channel, message_id, body, created_ms, not_before_ms) values ('q', '3', 'y', 7000, 6000)",
    )
    .await?;
    assert_eq!(
        base.store().waiting(10).await?,
        Waiting::new(3, Some(7000), 0)
    );
    Ok(())
}

/// In a thread of its own, whose recorder is no other's.
async fn figures(database: Database) -> Outcome {
    let done = std::thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let recorder = DebuggingRecorder::new();
        let told = recorder.snapshotter();
        metrics::with_local_recorder(&recorder, || runtime.block_on(counting(database, &told)))
    });
    done.join().map_err(|_| "it panicked")?
}

async fn counting(database: Database, told: &Snapshotter) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    sink.decide(|_, message| match &message.body[..] {
        b"a1" => Some(Error::new(ErrorKind::TooLarge, "publish", "large")),
        b"b2" => Some(Error::new(ErrorKind::Busy, "publish", "full")),
        _ => None,
    });
    let reply = Outgoing::new(Channel::replies("r-1"), Message::new("c"));
    let messages = [
        numbered("q", "a", 0),
        numbered("q", "a", 1),
        numbered("t", "b", 2),
        reply,
    ];
    base.write(messages, true).await?;
    let mut settings = settings();
    settings.watch = Duration::from_millis(20);
    let relay = base.relay_with(&sink, settings).await?;
    let mut sums = BTreeMap::new();
    let mut seen = BTreeMap::new();
    for _ in 0..1000 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        for (name, value, is_counter) in taken(told) {
            if is_counter {
                *sums.entry(name).or_insert(0.0) += value;
            } else if value > 0.0 {
                seen.insert(name, value);
            }
        }
        let failed = sums.get("tidings_outbox_failures_total channel=t kind=busy");
        let waits = seen.get("tidings_outbox_backlog") == Some(&1.0);
        if waits && failed > Some(&1.0) && seen.contains_key("tidings_outbox_parked") {
            break;
        }
    }
    for (name, expected) in [
        ("tidings_outbox_published_total channel=q", 1.0),
        ("tidings_outbox_published_total channel=(reply)", 1.0),
        ("tidings_outbox_parked_total channel=q", 1.0),
    ] {
        assert_eq!(sums.get(name), Some(&expected), "{name}: {sums:?}");
    }
    assert_eq!(seen.get("tidings_outbox_backlog"), Some(&1.0), "{seen:?}");
    assert_eq!(seen.get("tidings_outbox_parked"), Some(&1.0), "{seen:?}");
    assert_eq!(seen.get("tidings_outbox_leads"), Some(&1.0), "{seen:?}");
    let age = seen.get("tidings_outbox_oldest_seconds");
    assert!(age.is_some_and(|age| *age < 60.0), "{seen:?}");
    sink.decide(|_, _| None);
    until("it is there", || !sink.bodies("t").is_empty()).await?;
    tokio::time::sleep(Duration::from_millis(300)).await;
    relay.stop(Duration::from_secs(5)).await?;
    let last: BTreeMap<_, _> = taken(told).map(|(name, value, _)| (name, value)).collect();
    assert_eq!(last.get("tidings_outbox_backlog"), Some(&0.0), "{last:?}");
    assert_eq!(last.get("tidings_outbox_leads"), Some(&0.0), "{last:?}");
    Ok(())
}

/// Names with their labels, values since the last time, and whether these are counters.
fn taken(told: &Snapshotter) -> impl Iterator<Item = (String, f64, bool)> {
    let all = told.snapshot().into_vec().into_iter();
    all.map(|(key, _, _, value)| {
        let mut labels: Vec<_> = key
            .key()
            .labels()
            .map(|label| format!(" {}={}", label.key(), label.value()))
            .collect();
        labels.sort();
        let name = key.key().name().to_owned() + &labels.concat();
        match value {
            DebugValue::Counter(count) => (name, count as f64, true),
            DebugValue::Gauge(value) => (name, value.into_inner(), false),
            DebugValue::Histogram(_) => (name, f64::NAN, false),
        }
    })
}

async fn alarms(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    sink.decide(|_, message| match message.body.starts_with(b"a") {
        true => Some(Error::new(ErrorKind::Rejected, "publish", "never")),
        false => Some(Error::new(ErrorKind::Busy, "publish", "full")),
    });
    let heard = Arc::new(Mutex::new(Vec::new()));
    let into = heard.clone();
    let mut settings = settings();
    settings.watch = Duration::from_millis(20);
    settings.alarms = Alarms::new(move |alarm| {
        if let Ok(mut heard) = into.lock() {
            heard.push(alarm.clone());
        }
    });
    settings.alarms.rows = 2;
    base.write([numbered("q", "a", 0)], true).await?;
    base.write((0..3).map(|number| numbered("t", "b", number)), true)
        .await?;
    let relay = base.relay_with(&sink, settings).await?;
    let count = || heard.lock().map_or(0, |heard| heard.len());
    until("both are heard", || count() >= 2).await?;
    tokio::time::sleep(Duration::from_millis(300)).await;
    relay.stop(Duration::from_secs(5)).await?;
    let mut heard = heard.lock().map_err(|_| "poisoned")?.clone();
    heard.sort_by_key(|alarm| matches!(alarm, Alarm::Behind { .. }));
    match &heard[..] {
        [
            Alarm::Parked {
                messages,
                channel,
                reason,
            },
            Alarm::Behind { rows, age },
        ] => {
            assert_eq!((*messages, &**channel), (1, "q"));
            assert_eq!(reason, "publish: rejected: never");
            assert!(*rows >= 3 && *age < Duration::from_secs(60), "{heard:?}");
            Ok(())
        }
        _ => Err(format!("{heard:?}").into()),
    }
}

async fn states(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let first = base.relay(&sink).await?;
    let leads = |state: &RelayState| matches!(state, RelayState::Leading);
    first.state().wait_for(leads).await?;
    let second = base.relay(&sink).await?;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(matches!(*second.state().borrow(), RelayState::Waiting));
    first.stop(Duration::from_secs(5)).await?;
    second.state().wait_for(leads).await?;
    Ok(())
}

async fn writer(database: Database) -> Outcome {
    let Base::Postgres(pool) = Base::new(database).await? else {
        return Err("another database".into());
    };
    let store = tidings_outbox::postgres::PostgresStore::new(pool.clone());
    let store: &dyn tidings_outbox::Store = &store;
    let mut reader = pool.begin().await?;
    sqlx::query("select 1").execute(&mut *reader).await?;
    assert_eq!(store.oldest_writer().await?, None);
    let mut writer = pool.begin().await?;
    sqlx::query(
        "insert into tidings_received (consumer, message_id, received_ms) values ('a', 'b', 1)",
    )
    .execute(&mut *writer)
    .await?;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let open = store.oldest_writer().await?.ok_or("nothing is open")?;
    assert!(
        open >= Duration::from_millis(100) && open < Duration::from_secs(60),
        "{open:?}"
    );
    writer.rollback().await?;
    assert_eq!(store.oldest_writer().await?, None);
    Ok(())
}

async fn writer_in_mysql(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let Base::MySql(pool) = &base else {
        return Err("another database".into());
    };
    let store = base.store();
    assert_eq!(store.oldest_writer().await?, None);
    let mut writer = pool.begin().await?;
    sqlx::query(
        "insert into tidings_received (consumer, message_id, received_ms) values ('a', 'b', 1)",
    )
    .execute(&mut *writer)
    .await?;
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let open = store.oldest_writer().await?.ok_or("nothing is open")?;
    assert!((1..60).contains(&open.as_secs()), "{open:?}");
    base.allow("nobody_of_tidings", "select").await?;
    let other = base.by(Some("nobody_of_tidings"), "select 1").await?;
    assert_eq!(other.store().oldest_writer().await?, None, "it is not told");
    writer.rollback().await?;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(store.oldest_writer().await?, None);
    Ok(())
}
