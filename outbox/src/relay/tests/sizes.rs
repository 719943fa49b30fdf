//! Of large messages few are in memory.
use super::{RelaySettings, relay, relay_with, seconds, sink::Sink, table::Table, within};
use tidings::{Channel, Message, Outgoing};
use tokio::time::sleep;

/// A message of so many bytes.
fn large(address: &str, bytes: usize) -> Outgoing {
    let message = Message::new(vec![b'x'; bytes]);
    Outgoing::new(Channel::point_to_point(address), message)
}

const MIB: usize = 1 << 20;

#[tokio::test(start_paused = true)]
async fn no_more_than_32_mib_are_published_at_a_time() {
    let names: Vec<_> = (0..12).map(|number| number.to_string()).collect();
    let rows = names.iter().map(|name| large(name, 4 * MIB));
    let (table, sink) = (Table::holds(rows), Sink::new());
    for name in &names {
        sink.slow(name, seconds(3));
    }
    let _relay = relay(&table, &sink).await;
    sleep(seconds(2)).await;
    assert_eq!(sink.begun(), 8);
    assert!(within(seconds(10), || table.len() == 0).await);
}

#[tokio::test(start_paused = true)]
async fn what_is_larger_than_that_goes_by_itself() {
    let rows = [large("a", 33 * MIB), large("b", 1)];
    let (table, sink) = (Table::holds(rows), Sink::new());
    sink.slow("a", seconds(3));
    let _relay = relay(&table, &sink).await;
    sleep(seconds(2)).await;
    assert_eq!(sink.begun(), 1);
    assert!(within(seconds(10), || table.len() == 0).await);
}

/// Rows are read before it is known how large they are.
#[tokio::test(start_paused = true)]
async fn where_rows_are_large_no_more_are_read_than_before() {
    const ROWS: usize = 200;
    for (bytes, expected) in [(2 * MIB / 64, 64), (2 * MIB / 64 - 1, 256)] {
        let rows = (0..ROWS).map(|_| large("q", bytes));
        let (table, sink) = (Table::holds(rows), Sink::new());
        let _relay = relay_with(&table, &sink, RelaySettings::default()).await;
        assert!(within(seconds(5), || table.len() == 0).await);
        assert_eq!(table.most()[..2], [64, expected], "{bytes}");
    }
}
