//! Whatever becomes of the slot, nothing is lost.
use crate::{
    Outcome,
    database::Base,
    publishing::numbered,
    server::{
        STREAMING, ask, drop_slots, free, pool, relay, settled, tailing, tails, until as until_sql,
    },
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tidings_outbox::{Database, Relay, Store as _, append, tailing::TailSettings};
use tokio::runtime::Builder;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![
        trial("who-sends-the-log-is-ended-and-it-goes-on", database, ended),
        trial("a-slot-that-was-dropped-is-made-anew", database, dropped),
        trial(
            "a-publication-that-was-dropped-is-made-anew",
            database,
            publication,
        ),
        trial(
            "a-slot-older-than-its-publication-is-made-anew",
            database,
            older,
        ),
        trial("how-a-slot-stands-is-told", database, health),
        trial(
            "another-takes-over-when-the-sessions-of-the-first-end",
            database,
            taken_over,
        ),
        trial(
            "while-no-slot-can-be-made-the-table-is-read",
            database,
            awaited,
        ),
        trial(
            "one-that-polls-and-one-that-tails-take-turns",
            database,
            mixed,
        ),
        trial("a-slot-of-somebody-else-is-left-alone", database, foreign),
        trial(
            "who-loses-the-lock-publishes-nothing-that-another-does",
            database,
            lock_lost,
        ),
        trial("a-slot-of-a-given-name-is-found-again", database, named),
        trial(
            "of-a-table-that-is-made-anew-the-log-tells-again",
            database,
            anew,
        ),
        trial("figures-of-the-log-end-with-the-lead", database, figures),
    ]
}

const END: &str = "select coalesce(bool_or(pg_terminate_backend(active_pid)), false) from pg_replication_slots where database = current_database() and active";

async fn ended(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let _relay = base.relay(&sink).await?;
    tails(&base).await?;
    for number in 0..300 {
        base.write(
            [numbered("q", "a", number), numbered("never", "b", number)],
            number % 5 != 4,
        )
        .await?;
        if number % 50 == 25 {
            ask::<bool>(&base, END).await?;
        }
    }
    until("all are there", || sink.bodies("q").len() >= 240).await?;
    in_order(&sink, 300)
}

/// Those of numbers that are not one before a fifth, each after those before it, whatever comes twice.
fn in_order(sink: &Sink, end: usize) -> Outcome {
    let mut seen = Vec::new();
    for body in sink.bodies("q") {
        if !seen.contains(&body) {
            seen.push(body);
        }
    }
    let numbers = (0..end).filter(|number| number % 5 != 4);
    let expected: Vec<_> = numbers.map(|number| format!("a{number}")).collect();
    assert_eq!(seen, expected);
    Ok(())
}

/// How many are there, whatever comes twice.
fn numbers(sink: &Sink) -> usize {
    let mut bodies = sink.bodies("q");
    bodies.sort_unstable();
    bodies.dedup();
    bodies.len()
}

async fn dropped(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let first = base.relay(&sink).await?;
    tails(&base).await?;
    for number in 0..10 {
        base.write([numbered("q", "a", number)], number % 5 != 4)
            .await?;
    }
    until("the first are there", || sink.bodies("q").len() >= 8).await?;
    first.stop(Duration::from_secs(5)).await?;
    for number in 10..20 {
        base.write([numbered("q", "a", number)], number % 5 != 4)
            .await?;
    }
    free(&base).await?;
    let drop = "select pg_drop_replication_slot(slot_name) is not null from pg_replication_slots where database = current_database()";
    ask::<bool>(&base, drop).await?;
    let _second = base.relay(&sink).await?;
    until("those without a slot are there", || numbers(&sink) >= 16).await?;
    for number in 20..30 {
        base.write([numbered("q", "a", number)], number % 5 != 4)
            .await?;
    }
    until("those of the new slot are there", || numbers(&sink) >= 24).await?;
    in_order(&sink, 30)
}

async fn publication(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let first = base.relay(&sink).await?;
    base.write([numbered("q", "a", 0)], true).await?;
    until("the first is there", || sink.bodies("q").len() == 1).await?;
    tails(&base).await?;
    base.execute("drop publication tidings_outbox").await?;
    for number in 1..10 {
        base.write([numbered("q", "a", number)], number % 5 != 4)
            .await?;
    }
    until("those without a publication are there", || {
        sink.bodies("q").len() >= 8
    })
    .await?;
    drop(first);
    in_order(&sink, 10)
}

async fn taken_over(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let sinks = [Sink::new(), Sink::new()];
    let first = base.relay(&sinks[0]).await?;
    base.write([numbered("q", "a", 0)], true).await?;
    until("the first leads", || sinks[0].bodies("q").len() == 1).await?;
    tails(&base).await?;
    let _second = base.relay(&sinks[1]).await?;
    tokio::time::sleep(Duration::from_millis(200)).await;
    base.write([numbered("q", "a", 1)], true).await?;
    until("the first publishes", || sinks[0].bodies("q").len() == 2).await?;
    settled(&base).await?;
    let begun = Instant::now();
    drop(first);
    base.write([numbered("q", "a", 2)], true).await?;
    until("the second takes over", || sinks[1].bodies("q") == ["a2"]).await?;
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    Ok(())
}

async fn mixed(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let polling = || async {
        let relay = Relay::new(base.store(), Arc::new(sink.clone()));
        relay
            .with_settings(crate::database::settings())
            .start()
            .await
    };
    let mut count = 0;
    for _ in 0..2 {
        let polls = polling().await?;
        let other = relay(&base, &sink, TailSettings::default()).await?;
        for _ in 0..10 {
            base.write([numbered("q", "a", count)], true).await?;
            count += 1;
        }
        until("one publishes", || sink.bodies("q").len() >= count).await?;
        polls.stop(Duration::from_secs(5)).await?;
        for _ in 0..10 {
            base.write([numbered("q", "a", count)], true).await?;
            count += 1;
        }
        until("the other publishes", || sink.bodies("q").len() >= count).await?;
        other.stop(Duration::from_secs(5)).await?;
    }
    let expected: Vec<_> = (0..count).map(|number| format!("a{number}")).collect();
    assert_eq!(sink.bodies("q"), expected, "each once");
    let told: bool = sqlx::query_scalar("select waits from tidings_outbox_relay")
        .fetch_one(pool(&base)?)
        .await?;
    assert!(!told, "writers need tell nobody");
    Ok(())
}

/// A transaction that writes is open, which a new slot waits for.
async fn awaited(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let mut open = pool(&base)?.begin().await?;
    append(&mut *open, [numbered("q", "late", 5)]).await?;
    let _relay = base.relay(&sink).await?;
    for number in 0..5 {
        base.write([numbered("q", "a", number)], true).await?;
    }
    until("the table is read", || sink.bodies("q").len() == 5).await?;
    let tails: bool = ask(&base, "select exists (select from pg_replication_slots where database = current_database() and confirmed_flush_lsn is not null)").await?;
    assert!(!tails);
    open.commit().await?;
    crate::server::tails(&base).await?;
    base.write([numbered("q", "a", 6)], true).await?;
    until("all are there", || sink.bodies("q").len() == 7).await?;
    assert_eq!(
        sink.bodies("q"),
        ["a0", "a1", "a2", "a3", "a4", "late5", "a6"]
    );
    Ok(())
}

/// What the log has of the time between cannot be read, be that found out when it is opened or later.
async fn older(database: Database) -> Outcome {
    for before in [0, 200_000] {
        older_by(database, before).await?;
    }
    Ok(())
}

async fn older_by(database: Database, before: usize) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let first = base.relay(&sink).await?;
    tails(&base).await?;
    first.stop(Duration::from_secs(5)).await?;
    free(&base).await?;
    let others =
        format!("create table others as select md5(n::text) from generate_series(1, {before}) n");
    base.execute(others.leak()).await?;
    base.execute("drop publication tidings_outbox").await?;
    base.write([numbered("q", "a", 0)], true).await?;
    base.execute("create publication tidings_outbox for table tidings_outbox")
        .await?;
    let _second = base.relay(&sink).await?;
    base.write([numbered("q", "a", 1)], true).await?;
    until("all are there", || sink.bodies("q").len() >= 2).await?;
    let position: String = ask(&base, "select pg_current_wal_flush_lsn()::text").await?;
    let passed = format!(
        "select coalesce(bool_and(active and confirmed_flush_lsn >= '{position}'), false) from pg_replication_slots where database = current_database()"
    );
    crate::server::until("the log is read", &base, &passed).await
}

async fn health(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let tailing = crate::server::tailing(&base)?;
    assert_eq!(tailing.health().await?, None);
    let relay = base.relay(&sink).await?;
    tails(&base).await?;
    let running = tailing.health().await?.ok_or("no slot")?;
    assert!(
        running.is_active && !running.is_lost && running.left.is_none(),
        "{running:?}"
    );
    relay.stop(Duration::from_secs(5)).await?;
    free(&base).await?;
    base.execute("create table others as select repeat('x', 1000) from generate_series(1, 1000)")
        .await?;
    let stopped = tailing.health().await?.ok_or("no slot")?;
    assert!(
        !stopped.is_active && stopped.behind > 1_000_000 && stopped.kept >= stopped.behind,
        "{stopped:?}"
    );
    Ok(())
}

/// As where the name of another program's slot was given: what it keeps is that program's.
async fn foreign(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let name: String = ask(
        &base,
        "select slot_name::text from pg_create_logical_replication_slot('other_' || current_database(), 'pgoutput')",
    )
    .await?;
    let position = "select confirmed_flush_lsn::text from pg_replication_slots where database = current_database()";
    let before: String = ask(&base, position).await?;
    let mut settings = TailSettings::default();
    settings.slot = Some(name);
    let mut running = relay(&base, &sink, settings).await?;
    base.write([numbered("q", "a", 0)], true).await?;
    let error = tokio::time::timeout(Duration::from_secs(20), running.failed()).await?;
    assert!(
        error.to_string().contains("was not made by a relay"),
        "{error}"
    );
    assert_eq!(ask::<String>(&base, position).await?, before);
    Ok(())
}

/// Of a name that was given, too.
async fn named(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let name: String = ask(&base, "select 'named_' || current_database()").await?;
    let mut settings = TailSettings::default();
    settings.slot = Some(name);
    for number in 0..2 {
        let running = relay(&base, &sink, settings.clone()).await?;
        tails(&base).await?;
        base.write([numbered("q", "a", number)], true).await?;
        until("it is there", || sink.bodies("q").len() > number).await?;
        running.stop(Duration::from_secs(5)).await?;
        free(&base).await?;
    }
    Ok(())
}

/// While the second waits for the lead, and the log goes on.
async fn lock_lost(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let sinks = [Sink::new(), Sink::new()];
    let _first = base.relay(&sinks[0]).await?;
    tails(&base).await?;
    base.write([numbered("q", "a", 0)], true).await?;
    until("the first leads", || sinks[0].bodies("q").len() == 1).await?;
    settled(&base).await?;
    let _second = base.relay(&sinks[1]).await?;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let end = "select bool_or(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory' and granted \
               and database = (select oid from pg_database where datname = current_database())";
    assert!(ask::<bool>(&base, end).await?);
    for number in 1..50 {
        base.write([numbered("q", "a", number)], true).await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let all = || {
        sinks
            .iter()
            .map(|sink| sink.bodies("q"))
            .collect::<Vec<_>>()
    };
    until("all are there", || all().concat().len() >= 50).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let [first, second] = [&all()[0], &all()[1]];
    let both: Vec<_> = first.iter().filter(|body| second.contains(body)).collect();
    assert!(both.is_empty(), "{both:?}");
    Ok(())
}

/// By somebody who moves its rows.
async fn anew(database: Database) -> Outcome {
    const TOLD: &str =
        "select exists (select from pg_publication_tables where pubname = 'tidings_outbox')";
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let _relay = base.relay(&sink).await?;
    tails(&base).await?;
    base.write([numbered("q", "a", 0)], true).await?;
    until("the relay leads", || sink.bodies("q").len() == 1).await?;
    base.execute(
        "begin; create table anew (like tidings_outbox including all); drop table tidings_outbox; \
         alter table anew rename to tidings_outbox; commit",
    )
    .await?;
    base.write([numbered("q", "a", 1)], true).await?;
    until("it is found", || sink.bodies("q").len() == 2).await?;
    until_sql("the log tells of it", &base, TOLD).await?;
    tails(&base).await?;
    base.write([numbered("q", "a", 2)], true).await?;
    until("all are there", || sink.bodies("q") == ["a0", "a1", "a2"]).await
}

/// In a thread of its own, whose recorder is no other's.
async fn figures(database: Database) -> Outcome {
    let done = std::thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let recorder = DebuggingRecorder::new();
        let told = recorder.snapshotter();
        metrics::with_local_recorder(&recorder, || {
            runtime.block_on(async {
                let counted = counted(database, &told).await;
                drop_slots().await?;
                counted
            })
        })
    });
    done.join().map_err(|_| "it panicked")?
}

async fn counted(database: Database, told: &Snapshotter) -> Outcome {
    let gauges = || {
        let all = told.snapshot().into_vec().into_iter();
        all.filter_map(|(key, _, _, value)| match value {
            DebugValue::Gauge(value) => Some((key.key().name().to_owned(), value.into_inner())),
            _ => None,
        })
        .collect::<HashMap<_, _>>()
    };
    let base = Base::new(database).await?;
    let mut lead = tailing(&base)?.lead().await?.ok_or("nobody leads")?;
    let wait = Duration::from_millis(100);
    while !ask::<bool>(&base, STREAMING).await? {
        lead.wait(wait).await;
        lead.channels(10).await?;
    }
    base.write([numbered("q", "a", 0)], true).await?;
    // To look at a figure takes it away; they may be told before the row has come.
    let (mut shown, rows) = (HashMap::new(), "tidings_outbox_log_rows");
    while shown.get(rows) != Some(&1.0) {
        lead.wait(wait).await;
        lead.channels(10).await?;
        shown = gauges();
    }
    assert!(shown["tidings_outbox_log_kept_bytes"] > 0.0, "{shown:?}");
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(8) {
        lead.wait(wait).await;
        lead.channels(10).await?;
    }
    drop(lead);
    let left: Vec<_> = gauges()
        .into_iter()
        .filter(|(_, value)| *value != 0.0)
        .collect();
    assert_eq!(left, [], "they are no more so");
    Ok(())
}
