//! Who writes: the one that stays open, who waits for it, and who goes on.
use super::{KEYS, scene::PATIENCE};
use crate::{
    Outcome,
    base::{Base, with_pool},
    flow::{Event, Flow, outgoing},
};
use std::{
    future::{Future, ready},
    sync::Arc,
    time::{Duration, Instant},
};
use tidings_outbox::append;
use tokio::{sync::watch, time::interval};

/// Events of a transaction that is over at once, and how often each of two writers has one.
const EVENTS: usize = 25;
const EVERY: Duration = Duration::from_millis(100);

/// A transaction that takes its turn, where it is told to, writes, and is committed when that has ended.
pub(super) async fn write(
    base: &Base,
    flow: &Flow,
    takes_turn: bool,
    events: &[Event],
    ended: impl Future<Output = ()>,
) -> Outcome {
    with_pool!(base, pool => {
        let mut transaction = pool.begin().await?;
        if takes_turn {
            let turn = sqlx::query("update turns set taken = taken + 1 where id = 0");
            turn.execute(&mut *transaction).await?;
        }
        append(&mut *transaction, events.iter().copied().map(outgoing)).await?;
        ended.await;
        transaction.commit().await?;
    });
    flow.commit(events);
    Ok(())
}

/// As long as it takes: where a lock is not waited for any longer, once more.
pub(super) async fn wait_for_turn(base: Arc<Base>, flow: Flow, event: Event) -> Outcome {
    let begun = Instant::now();
    loop {
        match write(&base, &flow, true, &[event], ready(())).await {
            Err(error) if !error.to_string().contains("Lock wait timeout") => return Err(error),
            Err(_) => assert!(begun.elapsed() < 20 * PATIENCE, "its turn never comes"),
            Ok(()) => return Ok(()),
        }
    }
}

/// Transactions one after the other until it is stopped.
pub(super) async fn go_on(
    base: Arc<Base>,
    flow: Flow,
    mut stop: watch::Receiver<()>,
    first: usize,
    wake: impl Fn(),
) -> Outcome {
    let mut ticks = interval(EVERY);
    let mut key = 0;
    loop {
        tokio::select! {
            _ = stop.changed() => return Ok(()),
            _ = ticks.tick() => {}
        }
        let events: Vec<_> = (0..EVENTS)
            .map(|event| flow.next(first + (key + event) % KEYS))
            .collect();
        key += EVENTS;
        write(&base, &flow, false, &events, ready(())).await?;
        wake();
    }
}
