//! One relay publishes at a time, and another takes over.
use crate::{
    Outcome,
    database::{Base, has_server, settings},
    publishing::numbered,
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use std::time::{Duration, Instant};
use tidings_outbox::{Database, Read};
use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    let mut all = vec![trial(
        "one-relay-leads-and-another-takes-over",
        database,
        takes_over,
    )];
    if has_server(database) {
        all.extend([
            trial(
                "who-says-nothing-leads-for-five-seconds-at-most",
                database,
                silent,
            ),
            trial(
                "who-only-finishes-what-is-under-way-still-leads",
                database,
                finishing,
            ),
            trial("whose-session-ends-goes-on-by-another", database, ended),
            trial(
                "a-table-may-be-altered-while-a-relay-leads",
                database,
                altered,
            ),
            trial(
                "a-database-whose-machine-vanished-is-found-again",
                database,
                vanished,
            ),
            trial(
                "who-vanishes-while-it-deletes-holds-up-nobody",
                database,
                vanished_deleting,
            ),
        ]);
    }
    all
}

/// As where its machine is gone, since nobody speaks for it.
async fn silent(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let store = base.store();
    let mut first = store.lead().await?.ok_or("nobody leads")?;
    let begun = Instant::now();
    let mut second = loop {
        match store.lead().await? {
            Some(second) => break second,
            None => sleep(Duration::from_millis(100)).await,
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "it still leads");
    };
    let silence = begun.elapsed();
    assert!(silence < Duration::from_millis(5500), "{silence:?}");
    assert!(silence > Duration::from_secs(3), "{silence:?}");
    assert!(first.channels(1).await.is_err(), "it knows");
    assert!(first.read(Read::new("q", 1)).await.is_err(), "it knows");
    assert_eq!(second.channels(1).await?, [""; 0]);
    Ok(())
}

/// For longer than silence is taken for life.
async fn finishing(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let sinks = [Sink::new(), Sink::new()];
    sinks[0].slow("q", Duration::from_secs(7));
    base.write([numbered("q", "a", 0)], true).await?;
    let first = base.relay(&sinks[0]).await?;
    until("the first has begun", || sinks[0].begun() == 1).await?;
    let second = base.relay(&sinks[1]).await?;
    first.stop(Duration::from_secs(20)).await?;
    assert_eq!(sinks[0].bodies("q"), ["a0"]);
    base.write([numbered("q", "a", 1)], true).await?;
    until("the second leads", || !sinks[1].bodies("q").is_empty()).await?;
    second.stop(Duration::from_secs(5)).await?;
    assert_eq!(sinks[1].bodies("q"), ["a1"]);
    Ok(())
}

async fn altered(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let _relay = base.relay(&sink).await?;
    for number in 0..3 {
        base.write([numbered("q", "a", number)], true).await?;
        until("it is there", || sink.bodies("q").len() == number + 1).await?;
        let alter = base.execute(
            "alter table tidings_outbox add column more varchar(10) default 'x'; alter table tidings_outbox drop column more",
        );
        timeout(Duration::from_secs(10), alter).await??;
    }
    Ok(())
}

/// Nothing says that its connections are of no use.
async fn vanished(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let (other, link) = base.by_link().await?;
    let mut settings = settings();
    settings.answer = Duration::from_secs(1);
    let _relay = other.relay_with(&sink, settings).await?;
    for number in 0..2 {
        base.write([numbered("q", "a", number)], true).await?;
        let body = format!("a{number}");
        until("it is there", || sink.bodies("q").last() == Some(&body)).await?;
        link.vanish();
    }
    Ok(())
}

/// What it has deleted and not committed is free again when it no longer leads.
async fn vanished_deleting(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let sinks = [Sink::new(), Sink::new()];
    base.write([numbered("q", "a", 0)], true).await?;
    let (other, link) = base.by_link().await?;
    let (held, is_held) = oneshot::channel();
    let (first, all) = (sinks[0].clone(), base.clone());
    let holding = tokio::spawn(async move {
        let open = async {
            let _ = held.send(());
            drop(until("it is published", || !first.bodies("q").is_empty()).await);
            // It waits for the row when its machine goes.
            sleep(Duration::from_millis(500)).await;
            link.vanish();
        };
        all.hold_rows(open).await.map(|()| link)
    });
    is_held.await?;
    let _first = other.relay(&sinks[0]).await?;
    let _link = holding.await??;
    let _second = base.relay(&sinks[1]).await?;
    until("another publishes", || !sinks[1].bodies("q").is_empty()).await?;
    let begun = Instant::now();
    while base.store().backlog().await? > 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "it is held");
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Ends all sessions but the one that asks.
async fn ended(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let other = base.by(None, "select 1").await?;
    let _relay = base.relay(&sink).await?;
    for number in 0..5 {
        other.write([numbered("q", "a", number)], true).await?;
        let body = format!("a{number}");
        until("it is there", || sink.bodies("q").last() == Some(&body)).await?;
        other.end_sessions().await?;
    }
    Ok(())
}

async fn takes_over(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let sinks = [Sink::new(), Sink::new()];
    let first = base.relay(&sinks[0]).await?;
    base.write([numbered("q", "a", 0)], true).await?;
    until("the first leads", || sinks[0].bodies("q").len() == 1).await?;
    let second = base.relay(&sinks[1]).await?;
    for number in 1..50 {
        base.write([numbered("q", "a", number)], true).await?;
    }
    until("the first publishes", || sinks[0].bodies("q").len() == 50).await?;
    assert_eq!(sinks[1].bodies("q"), [""; 0]);
    drop(first);
    base.write([numbered("q", "a", 50)], true).await?;
    until("the second takes over", || !sinks[1].bodies("q").is_empty()).await?;
    second.stop(Duration::from_secs(5)).await?;
    let third = base.relay(&sinks[0]).await?;
    base.write([numbered("q", "a", 51)], true).await?;
    until("the third leads", || {
        sinks[0].bodies("q").ends_with(&["a51".into()])
    })
    .await?;
    third.stop(Duration::from_secs(5)).await?;
    Ok(())
}
