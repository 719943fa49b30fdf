//! One relay publishes at a time, and another takes over.
use crate::{Outcome, database::Base, publishing::numbered, sink::Sink, trial, until};
use libtest_mimic::Trial;
use std::time::Duration;
use tidings_outbox::Database;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![trial(
        "one-relay-leads-and-another-takes-over",
        database,
        takes_over,
    )]
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
