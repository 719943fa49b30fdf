//! That time grows as texts do, for tests.
use std::time::{Duration, Instant};

/// One long text may take four times as long as sixteen short ones that are as long together; what looks at all of it again for each
/// letter takes sixteen times as long. Where others use the machine, it is tried again.
#[track_caller]
pub(crate) fn is_even(size: usize, work: impl Fn(usize)) {
    let time = |count: usize, size: usize| {
        let begin = Instant::now();
        (0..count).for_each(|_| work(size));
        begin.elapsed()
    };
    let (mut short, mut long) = (Duration::MAX, Duration::MAX);
    for _ in 0..10 {
        short = short.min(time(16, size));
        long = long.min(time(1, 16 * size));
        if long < 4 * short {
            return;
        }
    }
    panic!("{short:?}, {long:?}");
}
