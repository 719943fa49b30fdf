//! What a relay asks while nothing happens.
use crate::{Outcome, base::Base, heard, trial};
use libtest_mimic::Trial;
use std::{sync::Arc, time::Duration};
use tidings::Memory;
use tidings_outbox::{Database, Relay, RelayState};
use tokio::time::{sleep, timeout};

/// How long it is listened, in seconds.
const SECONDS: usize = 5;

/// How long it may take until a relay leads.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |database| {
        let name = "while-nothing-happens-a-relay-asks-once-a-second";
        trial(name, database, move || idle(database))
    };
    Database::ALL.into_iter().map(trial).collect()
}

async fn idle(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    let relay = Relay::new(base.store(), Arc::new(Memory::new()));
    let relay = relay.start().await?;
    let mut state = relay.state();
    let leads = state.wait_for(|state| matches!(state, RelayState::Leading));
    timeout(PATIENCE, leads).await??;
    // By then it hears of what is committed, where it can, and has told its figures.
    sleep(Duration::from_secs(2)).await;
    heard::take();
    sleep(Duration::from_secs(u64::try_from(SECONDS)?)).await;
    let heard: Vec<_> = heard::take()
        .into_iter()
        .map(|heard| heard.statement)
        .collect();
    // One more where the first was at the beginning.
    let count = heard.len();
    assert!((1..=SECONDS + 1).contains(&count), "{count}: {heard:#?}");
    relay.stop(PATIENCE).await?;
    base.drop().await?;
    Ok(())
}
