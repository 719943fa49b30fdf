//! Ways in for fuzzing, which hands over any bytes. Not for anybody else.
use crate::{
    frame::{self, Datagram, Frame},
    tally::{LATE, Tally},
};
use std::collections::HashSet;
use tokio::time::Instant;

/// Whether bytes are a datagram of ours.
///
/// # Panics
/// Where what is read of it is not what is read again once it is written, if it can be.
#[must_use]
pub fn is_read_again(bytes: &[u8]) -> bool {
    let Ok(read) = frame::read(bytes) else {
        return false;
    };
    let Frame {
        stream,
        number,
        channel,
        message,
    } = &read;
    if let Ok(mut datagram) = Datagram::of(channel, message) {
        let again = frame::read(datagram.numbered(*stream, *number));
        assert_eq!(again.as_ref(), Ok(&read), "another one the second time");
    }
    true
}

/// Has a receiver hear the numbers of a stream, each so many milliseconds after the one before.
///
/// # Panics
/// Where one is new twice, or what came and what is told as lost are not all that were sent.
pub fn hear(numbers: impl IntoIterator<Item = (u64, u8)>) {
    let mut numbers = numbers.into_iter();
    let Some((first, _)) = numbers.next() else {
        return;
    };
    let mut now = Instant::now();
    let mut tally = Tally::from(first, now);
    let (mut came, mut lost, mut last) = (HashSet::new(), 0_u128, first);
    for (number, pause) in [(first, 0)].into_iter().chain(numbers) {
        now += std::time::Duration::from_millis(pause.into());
        lost += u128::from(tally.lost(now));
        if tally.is_new(number, now) {
            assert!(came.insert(number), "{number} came twice");
        }
        last = last.max(number);
    }
    lost += u128::from(tally.lost(now + LATE));
    assert!(!tally.is_waiting(), "all is told");
    let counted = came.iter().filter(|number| **number >= first).count() as u128;
    let sent = u128::from(last - first) + 1;
    assert_eq!(counted + lost, sent, "since {first}, up to {last}");
}
