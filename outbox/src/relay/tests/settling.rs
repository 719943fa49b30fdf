//! What was confirmed is published once, whatever the database does then.
use super::{
    numbered, plain, relay, seconds,
    sink::Sink,
    table::{Asked, Table, gone},
    within,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{Error, ErrorKind};

const CHANNELS: [&str; 3] = ["a", "b", "c"];

fn thirty() -> Table {
    let rows = |channel: &'static str| (0..10).map(move |number| numbered(channel, "k", number));
    Table::holds(CHANNELS.into_iter().flat_map(rows))
}

fn count(sink: &Sink) -> usize {
    CHANNELS
        .map(|channel| sink.bodies(channel).len())
        .iter()
        .sum()
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_deleted_for_now_is_published_once() {
    let (table, sink) = (thirty(), Sink::new());
    let mut left = 5;
    table.fail(move |asked| match asked {
        Asked::Delete(_) if left > 0 => {
            left -= 1;
            Some(Error::new(
                ErrorKind::Unexpected,
                "settle",
                "database is locked",
            ))
        }
        _ => None,
    });
    let running = relay(&table, &sink).await;
    assert!(
        within(seconds(60), || table.len() == 0).await,
        "{}",
        table.len()
    );
    assert_eq!(count(&sink), 30);
    running.stop(seconds(5)).await.expect("nothing is left");
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_when_a_lead_is_lost_is_published_once() {
    // Of each channel the first ones are confirmed by then, and the others are under way.
    let row = |channel, number: usize| {
        let mut row = numbered(channel, "k", number);
        row.channel.shards = 1 + (number / 5) as u16;
        row
    };
    let rows = CHANNELS.map(|channel| (0..10).map(move |number| row(channel, number)));
    let (table, sink) = (Table::holds(rows.into_iter().flatten()), Sink::new());
    for channel in CHANNELS {
        sink.slow(channel, Duration::from_millis(600));
    }
    let mut looks = 0;
    table.fail(move |asked| {
        let is_look = asked == Asked::Channels;
        looks += u32::from(is_look);
        (is_look && looks == 2).then(gone)
    });
    let _relay = relay(&table, &sink).await;
    assert!(
        within(seconds(60), || table.len() == 0).await,
        "{}",
        table.len()
    );
    assert_eq!(count(&sink), 30);
}

/// As after a restore: what is confirmed is known by its id, too, so that nothing else is deleted for it.
#[tokio::test(start_paused = true)]
async fn a_number_that_is_used_again_is_another_message() {
    let (table, sink) = (Table::holds([plain("q", "old")]), Sink::new());
    table.fail(|asked| matches!(asked, Asked::Delete(_)).then(gone));
    let _relay = relay(&table, &sink).await;
    assert!(within(seconds(5), || sink.bodies("q") == ["old"]).await);
    table.replace([plain("q", "new")]);
    table.fail(|_| None);
    assert!(within(seconds(120), || table.len() == 0).await);
    assert_eq!(sink.bodies("q"), ["old", "new"]);
}

/// As after a failover to a copy that was behind: what is under way then is of the table as it was.
#[tokio::test(start_paused = true)]
async fn a_number_that_is_used_again_while_it_is_under_way_is_another_message() {
    let (table, sink) = (Table::holds([plain("q", "old")]), Sink::new());
    sink.slow("q", Duration::from_secs(3));
    let _relay = relay(&table, &sink).await;
    assert!(within(seconds(2), || sink.begun() == 1).await);
    table.replace([plain("q", "new")]);
    table.fail(once(Asked::Channels));
    assert!(within(seconds(120), || table.len() == 0).await);
    assert_eq!(sink.bodies("q"), ["old", "new"]);
}

/// The same by the same lead, as where somebody truncates the table.
#[tokio::test(start_paused = true)]
async fn a_table_that_is_emptied_while_something_is_under_way_loses_nothing() {
    let (table, sink) = (Table::holds([plain("q", "old")]), Sink::new());
    sink.slow("q", Duration::from_secs(3));
    let _relay = relay(&table, &sink).await;
    assert!(within(seconds(2), || sink.begun() == 1).await);
    table.replace([plain("q", "new")]);
    assert!(within(seconds(120), || table.len() == 0).await);
    assert_eq!(sink.bodies("q"), ["old", "new"]);
}

/// Once.
fn once(what: Asked<'static>) -> impl FnMut(Asked<'_>) -> Option<Error> + Send + 'static {
    let mut left = 1;
    move |asked| {
        let fails = asked == what && left > 0;
        left -= u32::from(fails);
        fails.then(gone)
    }
}

/// Each try may take as long as the database has for an answer.
#[tokio::test(start_paused = true)]
async fn of_what_cannot_be_parked_since_the_database_is_away_little_is_tried() {
    let row = |number| numbered("q", &format!("k{number}-"), number);
    let (table, sink) = (Table::holds((0..30).map(row)), Sink::new());
    sink.decide(|_, _| Some(Error::new(ErrorKind::Rejected, "publish", "never")));
    let tries = Arc::new(AtomicUsize::new(0));
    let count = tries.clone();
    table.fail(move |asked| {
        let is_park = matches!(asked, Asked::Park(..));
        count.fetch_add(usize::from(is_park), SeqCst);
        is_park.then(gone)
    });
    let _relay = relay(&table, &sink).await;
    assert!(within(seconds(5), || sink.begun() == 1).await);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(tries.load(SeqCst) <= 2, "{tries:?}");
    table.fail(|_| None);
    assert!(within(seconds(120), || table.len() == 0).await);
    assert_eq!(table.reasons().len(), 30);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_parked_holds_up_its_key_and_nothing_else() {
    let rows = [
        numbered("q", "bad", 0),
        numbered("q", "good", 0),
        numbered("q", "bad", 1),
    ];
    let (table, sink) = (Table::holds(rows), Sink::new());
    let rejected = |reason| Error::new(ErrorKind::Rejected, "publish", reason);
    sink.decide(move |_, message| (&*message.body == b"bad0").then(|| rejected("no\0 way")));
    table.fail(|asked| matches!(asked, Asked::Park(_, 1)).then(gone));
    let _relay = relay(&table, &sink).await;
    assert!(within(seconds(30), || sink.bodies("q") == ["good0"]).await);
    table.write((0..10).map(|number| numbered("q", "later", number)));
    assert!(
        within(seconds(5), || sink.bodies("q").len() == 11).await,
        "{:?}",
        sink.bodies("q")
    );
    tokio::time::sleep(seconds(600)).await;
    assert_eq!(sink.bodies("q").len(), 11, "once each");
    table.fail(|_| None);
    assert!(within(seconds(120), || table.len() == 0).await);
    assert_eq!(sink.bodies("q").len(), 12);
    assert_eq!(table.reasons(), ["publish: rejected: no way"]);
}

/// The database is there, and takes all but one.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_parked_keeps_no_other_from_it() {
    let row = |number| numbered("q", &format!("k{number}-"), number);
    let (table, sink) = (Table::holds((0..5).map(row)), Sink::new());
    sink.decide(|_, _| Some(Error::new(ErrorKind::Rejected, "publish", "never")));
    let refused = || Error::new(ErrorKind::Unexpected, "settle", "a check forbids it");
    table.fail(move |asked| matches!(asked, Asked::Park(_, 1)).then(refused));
    let _relay = relay(&table, &sink).await;
    assert!(within(seconds(5), || table.len() == 1).await);
    assert_eq!(table.reasons().len(), 4);
}
