//! What a relay had not confirmed to the log when it ended is published by the next.
use crate::{
    Outcome,
    database::Base,
    publishing::numbered,
    server::{free, pool, settled, tails},
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use std::{
    collections::HashSet,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
};
use tidings::{Error, ErrorKind};
use tidings_outbox::{Database, append};

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![
        trial(
            "of-a-statement-whose-relay-ends-within-nothing-is-left-out",
            database,
            within,
        ),
        trial(
            "what-is-open-when-a-relay-ends-comes-when-it-commits",
            database,
            open,
        ),
    ]
}

/// All rows of a statement have nearly one position in the log, and all of a transaction that of its commit.
async fn within(database: Database) -> Outcome {
    const ROWS: usize = 300;
    let (base, sink) = (Base::new(database).await?, Sink::new());
    for round in 0..3 {
        let first = base.relay(&sink).await?;
        tails(&base).await?;
        let taken = AtomicUsize::new(0);
        sink.decide(move |_, _| {
            let is_full = taken.fetch_add(1, SeqCst) >= 50;
            is_full.then(|| Error::new(ErrorKind::Busy, "publish", "no room"))
        });
        let rows = (0..ROWS).map(|row| numbered("q", "a", round * ROWS + row));
        base.write(rows, true).await?;
        until("some are there", || sink.bodies("q").len() > round * ROWS).await?;
        drop(first);
        sink.decide(|_, _| None);
        let _second = base.relay(&sink).await?;
        settled(&base).await?;
    }
    let mut bodies = sink.bodies("q");
    let mut seen = HashSet::new();
    bodies.retain(|body| seen.insert(body.clone()));
    let expected: Vec<_> = (0..3 * ROWS).map(|row| format!("a{row}")).collect();
    assert_eq!(bodies, expected);
    Ok(())
}

/// Before it are transactions that began later, and were confirmed.
async fn open(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    for round in 0..4 {
        let first = base.relay(&sink).await?;
        tails(&base).await?;
        let mut open = pool(&base)?.begin().await?;
        append(&mut *open, [numbered("q", "late", round)]).await?;
        for number in 0..10 {
            base.write([numbered("q", "a", round * 10 + number)], true)
                .await?;
        }
        settled(&base).await?;
        drop(first);
        free(&base).await?;
        // While nobody reads the log, or once another does.
        let is_early = round % 2 == 0;
        let _second = match is_early {
            true => {
                open.commit().await?;
                base.relay(&sink).await?
            }
            false => {
                let second = base.relay(&sink).await?;
                tails(&base).await?;
                open.commit().await?;
                second
            }
        };
        let late = format!("late{round}");
        until("it is there", || sink.bodies("q").last() == Some(&late)).await?;
        settled(&base).await?;
    }
    assert_eq!(sink.bodies("q").len(), 44);
    Ok(())
}
