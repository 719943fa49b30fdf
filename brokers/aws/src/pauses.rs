//! How long to wait until something is tried again: longer each time, and never just as long as others do who failed at the same time.
use std::time::Duration;
use tidings::Error;
use uuid::Uuid;

pub(crate) struct Pauses {
    next: Duration,
    longest: Duration,
}

impl Pauses {
    pub(crate) fn new() -> Self {
        Self {
            next: Duration::from_millis(50),
            longest: Duration::from_secs(1),
        }
    }

    /// How long to wait after that error: what it says, else what is next.
    pub(crate) fn after(&mut self, error: &Error) -> Duration {
        let pause = self.next();
        error.wait().unwrap_or(pause)
    }

    /// How long to wait now: a little more than half of what is due, at least.
    pub(crate) fn next(&mut self) -> Duration {
        let due = self.next;
        self.next = (due * 2).min(self.longest);
        let chance = u32::from(Uuid::new_v4().as_bytes()[0]);
        due / 2 + due * chance / 512
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings::ErrorKind;

    #[test]
    fn pauses_grow_and_end_growing() {
        let mut pauses = Pauses::new();
        let busy = Error::new(ErrorKind::Busy, "settle", "");
        let all: Vec<_> = (0..20).map(|_| pauses.after(&busy)).collect();
        assert!(all[0] <= Duration::from_millis(50));
        assert!(all[19] >= Duration::from_millis(500) && all[19] <= Duration::from_secs(1));
        let told = busy.retry_after(Duration::from_secs(7));
        assert_eq!(pauses.after(&told), Duration::from_secs(7));
    }
}
