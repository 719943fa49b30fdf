//! Waiting for files that are being written.
use std::{
    thread,
    time::{Duration, Instant},
};

/// Editors write in several steps: the files must have been quiet for so long, but are not waited for any longer than this.
const QUIET: Duration = Duration::from_millis(60);
const LONGEST_UNREST: Duration = Duration::from_secs(2);

/// Looks until nothing changes from one time to the next.
pub(crate) fn settle<T: PartialEq>(mut now: T, mut look: impl FnMut() -> T) {
    let begin = Instant::now();
    while begin.elapsed() < LONGEST_UNREST {
        thread::sleep(QUIET);
        let next = look();
        if next == now {
            return;
        }
        now = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_is_waited_for_until_it_is_quiet() {
        let mut looks = [2, 3, 3, 4].into_iter();
        settle(1, || looks.next().expect("a look"));
        assert_eq!(looks.next(), Some(4));
    }

    #[test]
    fn what_never_is_quiet_is_not_waited_for_without_end() {
        let begin = Instant::now();
        let mut looks = 0;
        settle(0, || {
            looks += 1;
            looks
        });
        assert!(looks > 1 && begin.elapsed() >= LONGEST_UNREST);
    }
}
