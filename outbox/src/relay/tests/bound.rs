//! What waits is counted beside those who append, as seldom as it is told.
use super::{
    plain, seconds,
    table::{Asked, Table},
};
use crate::Bounded;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::ErrorKind;
use tokio::time::sleep;

/// How often a table is counted.
fn counted(table: &Table) -> Arc<AtomicU32> {
    let count = Arc::new(AtomicU32::new(0));
    let into = count.clone();
    table.fail(move |asked| {
        into.fetch_add(u32::from(asked == Asked::Waiting), SeqCst);
        None
    });
    count
}

async fn bounded(table: &Table, bound: u64) -> tidings::Result<Bounded> {
    Bounded::start(Arc::new(table.clone()), bound, seconds(1)).await
}

#[tokio::test(start_paused = true)]
async fn counting_takes_a_twentieth_of_the_time_at_most() {
    let table = Table::default();
    table.slow(seconds(1));
    let counts = counted(&table);
    let bounded = bounded(&table, 5).await.expect("it starts");
    for _ in 0..4200 {
        bounded.check().expect("there is room");
        sleep(Duration::from_millis(50)).await;
    }
    let counts = counts.load(SeqCst);
    assert!((10..=12).contains(&counts), "{counts}");
}

#[tokio::test(start_paused = true)]
async fn while_nothing_is_appended_and_there_is_room_nothing_is_counted() {
    let table = Table::default();
    let counts = counted(&table);
    let bounded = bounded(&table, 1).await.expect("it starts");
    sleep(seconds(100)).await;
    assert_eq!(counts.load(SeqCst), 1);
    bounded.check().expect("there is room");
    table.write([plain("q", "0")]);
    sleep(seconds(100)).await;
    assert!(counts.load(SeqCst) > 90, "it is full");
    assert!(bounded.check().is_err());
    drop(bounded);
    sleep(seconds(2)).await;
    let before = counts.load(SeqCst);
    sleep(seconds(100)).await;
    assert_eq!(counts.load(SeqCst), before, "nobody wants to know");
}

#[tokio::test(start_paused = true)]
async fn who_cannot_count_for_now_goes_by_the_last_count() {
    let table = Table::holds([plain("q", "0")]);
    table.stick(1);
    let error = bounded(&table, 1).await.expect_err("nothing is counted");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let bounded = bounded(&table, 1).await.expect("it starts");
    assert!(bounded.check().is_err());
    table.stick(1);
    table.replace([]);
    sleep(seconds(5)).await;
    assert!(bounded.check().is_err());
    // It took ten seconds, and so it is long until the next.
    sleep(seconds(250)).await;
    bounded.check().expect("there is room");
}
