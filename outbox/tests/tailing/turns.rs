//! What of the log has its turn, and what waits for its time.
use crate::{
    Outcome,
    database::{Base, settings},
    publishing::numbered,
    server::{tailing, tails},
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tidings_outbox::{Database, Relay};
use tokio::time::sleep;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![
        trial(
            "what-is-for-later-is-not-looked-at-all-the-time",
            database,
            later,
        ),
        trial("channels-of-the-log-take-turns", database, turns),
    ]
}

/// The broker is asked for each of those how long it would hold it back.
async fn later(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    sink.without_delays();
    let _relay = base.relay(&sink).await?;
    tails(&base).await?;
    base.write([numbered("q", "a", 0)], true).await?;
    until("the relay leads", || sink.bodies("q").len() == 1).await?;
    let mut row = numbered("q", "a", 1);
    row.message.not_before = Some(SystemTime::now() + Duration::from_secs(3));
    base.write([row], true).await?;
    sleep(Duration::from_secs(2)).await;
    base.write([numbered("q", "a", 2)], true).await?;
    until("others go before it", || sink.bodies("q").len() == 2).await?;
    assert!(sink.asked() < 100, "{}", sink.asked());
    until("it is there", || sink.bodies("q") == ["a0", "a2", "a1"]).await
}

/// Also where something is committed all the time.
async fn turns(database: Database) -> Outcome {
    const ROWS: usize = 30;
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let channels: Vec<_> = (0..20).map(|number| format!("q{number}")).collect();
    let mut settings = settings();
    (settings.batch, settings.channels) = (1, 1);
    let relay = Relay::new(Arc::new(tailing(&base)?), Arc::new(sink.clone()));
    let _relay = relay.with_settings(settings).start().await?;
    tails(&base).await?;
    base.write([numbered("q", "a", 0)], true).await?;
    until("the relay leads", || sink.bodies("q").len() == 1).await?;
    for channel in &channels {
        sink.slow(channel, Duration::from_millis(5));
    }
    let rows = (0..ROWS).flat_map(|row| channels.iter().map(move |channel| (channel, row)));
    let rows: Vec<_> = rows
        .map(|(channel, row)| numbered(channel, "a", row))
        .collect();
    base.write(rows, true).await?;
    let writer = base.clone();
    let writing = tokio::spawn(async move {
        for number in 1.. {
            writer.write([numbered("q", "a", number)], true).await?;
        }
        Outcome::Ok(())
    });
    let half = || sink.bodies("q0").len() >= ROWS / 2;
    until("one has had its turns", half).await?;
    writing.abort();
    let counts: Vec<_> = channels
        .iter()
        .map(|channel| sink.bodies(channel).len())
        .collect();
    assert!(
        counts.iter().all(|count| count.abs_diff(ROWS / 2) <= 3),
        "{counts:?}"
    );
    Ok(())
}
