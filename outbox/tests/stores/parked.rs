//! What can never be published is kept with its reason, until somebody decides.
use crate::{Outcome, database::Base, publishing::numbered, sink::Sink, trial, until};
use libtest_mimic::Trial;
use std::time::Duration;
use tidings::{Error, ErrorKind};
use tidings_outbox::{Database, Parked};
use tokio::task::JoinSet;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![
        trial(
            "what-is-rejected-is-parked-and-the-rest-goes-on",
            database,
            rejected,
        ),
        trial(
            "a-row-of-nonsense-is-parked-by-its-column",
            database,
            nonsense,
        ),
        trial("what-was-parked-is-replayed-or-dropped", database, decided),
        trial(
            "a-number-that-is-parked-already-is-parked-beside",
            database,
            twice,
        ),
        trial(
            "a-reason-that-no-text-holds-is-parked",
            database,
            unreadable,
        ),
        trial("of-many-who-replay-one-does", database, replayed_by_many),
    ]
}

async fn with_parked(database: Database) -> Outcome<(Base, Sink)> {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    sink.decide(|_, message| {
        let is_odd = message.body.ends_with(b"1") || message.body.ends_with(b"3");
        is_odd.then(|| Error::new(ErrorKind::TooLarge, "publish", "at most 10 bytes"))
    });
    base.write((0..5).map(|number| numbered("q", "a", number)), true)
        .await?;
    Ok((base, sink))
}

/// What is parked, once there are so many.
async fn parked(base: &Base, count: usize) -> Outcome<Vec<Parked>> {
    for _ in 0..2000 {
        let parked = base.store().parked(0, 10).await?;
        if parked.len() == count {
            return Ok(parked);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err(format!("never: {count} are parked").into())
}

async fn rejected(database: Database) -> Outcome {
    let (base, sink) = with_parked(database).await?;
    let _relay = base.relay(&sink).await?;
    until("the rest is there", || sink.bodies("q").len() == 3).await?;
    assert_eq!(sink.bodies("q"), ["a0", "a2", "a4"]);
    let parked = parked(&base, 2).await?;
    let told: Vec<_> = parked
        .iter()
        .map(|parked| (&*parked.channel, &*parked.reason))
        .collect();
    assert_eq!(told, [("q", "publish: too large: at most 10 bytes"); 2]);
    let after = base.store().parked(parked[0].id, 10).await?;
    assert_eq!(after, parked[1..]);
    assert_eq!(base.store().parked(0, 1).await?, parked[..1]);
    Ok(())
}

async fn nonsense(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    base.execute("insert into tidings_outbox (channel, message_id, headers, body) values ('q', 'x', '{', 'y')")
        .await?;
    base.write([numbered("q", "a", 0)], true).await?;
    let _relay = base.relay(&sink).await?;
    until("the next is there", || sink.bodies("q").len() == 1).await?;
    let parked = parked(&base, 1).await?;
    assert_eq!(parked[0].message_id, "x");
    assert!(parked[0].reason.starts_with("`headers`: "), "{parked:?}");
    assert!(parked[0].parked_ms > 0);
    Ok(())
}

/// As after a restore, or a table that was emptied.
async fn twice(database: Database) -> Outcome {
    let (base, sink) = with_parked(database).await?;
    base.execute(
        "insert into tidings_outbox_parked (id, channel, message_id, body, parked_ms, reason) \
         select id, 'q', 'before', 'y', 1, 'z' from tidings_outbox",
    )
    .await?;
    let _relay = base.relay(&sink).await?;
    until("the rest is there", || sink.bodies("q").len() == 3).await?;
    let parked = parked(&base, 7).await?;
    let before = parked.iter().filter(|row| row.message_id == "before");
    assert_eq!(before.count(), 5, "{parked:?}");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(sink.bodies("q"), ["a0", "a2", "a4"], "once each");
    let last = parked[6].id;
    assert_eq!(base.store().replay(&[last]).await?, 1);
    Ok(())
}

/// Of a broker, and of a row that makes no sense.
async fn unreadable(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    sink.decide(|_, message| {
        let rejected = || Error::new(ErrorKind::Rejected, "publish", "no\0 way");
        (&*message.body == b"a0").then(rejected)
    });
    base.execute(
        r#"insert into tidings_outbox (channel, channel_settings, message_id, body) values ('q', '{"a\u0000":1}', 'x', 'y')"#,
    )
    .await?;
    base.write((0..2).map(|number| numbered("q", "a", number)), true)
        .await?;
    let _relay = base.relay(&sink).await?;
    let parked = parked(&base, 2).await?;
    assert!(parked[0].reason.contains("unknown field `a"), "{parked:?}");
    assert_eq!(parked[1].reason, "publish: rejected: no way");
    until("the next is there", || sink.bodies("q") == ["a1"]).await
}

async fn decided(database: Database) -> Outcome {
    let (base, sink) = with_parked(database).await?;
    let _relay = base.relay(&sink).await?;
    until("the rest is there", || sink.bodies("q").len() == 3).await?;
    let store = base.store();
    let parked = parked(&base, 2).await?;
    let [first, second] = [parked[0].id, parked[1].id];
    sink.decide(|_, _| None);
    assert_eq!(store.discard(&[first, 1_000_000]).await?, 1);
    assert_eq!(store.replay(&[first, second]).await?, 1);
    until("it is there", || sink.bodies("q").len() == 4).await?;
    assert_eq!(sink.bodies("q")[3], "a3");
    assert_eq!(store.parked(0, 10).await?, []);
    assert_eq!(
        (store.replay(&[]).await?, store.discard(&[]).await?),
        (0, 0)
    );
    Ok(())
}

async fn replayed_by_many(database: Database) -> Outcome {
    let (base, sink) = with_parked(database).await?;
    let relay = base.relay(&sink).await?;
    let ids: Vec<_> = parked(&base, 2).await?.iter().map(|row| row.id).collect();
    relay.stop(Duration::from_secs(10)).await?;
    let mut all = JoinSet::new();
    for _ in 0..8 {
        let (store, ids) = (base.store(), ids.clone());
        all.spawn(async move { store.replay(&ids).await });
    }
    let mut replayed = 0;
    while let Some(done) = all.join_next().await {
        replayed += done??;
    }
    assert_eq!((replayed, base.store().backlog().await?), (2, 2));
    Ok(())
}
