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
use tidings_outbox::Database;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![trial(
        "what-is-published-again-was-under-way",
        database,
        again,
    )]
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
