//! Waiting for files that are being written.
use crate::input::{Asked, Stamp};
use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(200);

/// Editors write in several steps: the files must have been quiet for so long, but are not waited for any longer than this.
const QUIET: Duration = Duration::from_millis(60);
const LONGEST_UNREST: Duration = Duration::from_secs(2);

/// Waits until one of some files is another than it was, and all are quiet again; gives it.
pub(crate) fn changed(asked: &Asked) -> PathBuf {
    let look = || -> Asked {
        let paths = asked.keys();
        paths.map(|path| (path.clone(), Stamp::of(path))).collect()
    };
    loop {
        thread::sleep(PAUSE);
        let now = look();
        let mut files = asked.iter();
        if let Some((path, _)) = files.find(|(path, stamp)| now.get(*path) != Some(*stamp)) {
            settle(now, look);
            return path.clone();
        }
    }
}

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
