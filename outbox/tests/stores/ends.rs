//! A relay that ends in the middle of its work.
use crate::{
    Outcome,
    database::{Base, settings},
    publishing::numbered,
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use std::{collections::HashSet, time::Duration};
use tidings_outbox::{Database, RelaySettings};

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![
        trial("what-is-published-again-was-under-way", database, again),
        trial(
            "what-cannot-be-deleted-is-published-once",
            database,
            no_room,
        ),
    ]
}

/// However much waits: at most the batch whose deletion is on its way, and the one behind it.
async fn again(database: Database) -> Outcome {
    const ROWS: usize = 2000;
    const BATCH: usize = 20;
    const ENDS: usize = 5;
    let (base, sink) = (Base::new(database).await?, Sink::new());
    base.write((0..ROWS).map(|number| numbered("q", "a", number)), true)
        .await?;
    let mut settings = settings();
    settings.batch = BATCH;
    sink.slow("q", Duration::from_millis(10));
    for end in 1..=ENDS {
        let relay = base.relay_with(&sink, settings.clone()).await?;
        until("some are there", || sink.bodies("q").len() > end * 200).await?;
        drop(relay);
    }
    let _relay = base.relay_with(&sink, settings).await?;
    let all = || sink.bodies("q").into_iter().collect::<HashSet<_>>();
    until("all are there", || all().len() == ROWS).await?;
    let twice = sink.bodies("q").len() - ROWS;
    assert!(twice <= ENDS * 2 * BATCH, "{twice} came twice");
    Ok(())
}

/// As on a disk that is full: it is kept in mind until there is room.
async fn no_room(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    base.execute(match database {
        Database::Postgres => {
            "create function no_room() returns trigger language plpgsql as $$ begin raise 'no room' using errcode = '53100'; end $$; \
             create trigger no_room before delete on tidings_outbox for each row execute function no_room()"
        }
        Database::MySql => {
            "create trigger no_room before delete on tidings_outbox for each row signal sqlstate '45000' set mysql_errno = 1114"
        }
        _ => {
            "create trigger no_room before delete on tidings_outbox begin select raise(abort, 'no room'); end"
        }
    })
    .await?;
    base.write((0..3).map(|number| numbered("q", "a", number)), true)
        .await?;
    let _relay = base.relay_with(&sink, RelaySettings::default()).await?;
    until("it is published", || sink.bodies("q").len() >= 3).await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(sink.bodies("q").len(), 3);
    base.execute(match database {
        Database::Postgres => "drop trigger no_room on tidings_outbox",
        _ => "drop trigger no_room",
    })
    .await?;
    while base.store().backlog().await? > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
