//! How many frames of a session have come, and when the other end is to be told, so that it need not keep them.

/// Frames, and bytes of them, after which the other end is told without being asked.
const FRAMES: u64 = 64;
const BYTES: usize = 256 << 10;

#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    count: u64,
    told: u64,
    bytes: usize,
}

impl Tally {
    /// How many frames have come.
    pub(crate) fn count(self) -> u64 {
        self.count
    }

    /// One more has come, of that size; gives whether it is time to tell.
    pub(crate) fn add(&mut self, bytes: usize) -> bool {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        self.count - self.told >= FRAMES || self.bytes >= BYTES
    }

    /// The count, which the other end is now told.
    pub(crate) fn tell(&mut self) -> u64 {
        self.told = self.count;
        self.bytes = 0;
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_time_to_tell_after_some_frames_or_some_bytes() {
        let mut tally = Tally::default();
        assert!((1..FRAMES).all(|_| !tally.add(1)) && tally.add(1));
        assert_eq!(tally.tell(), FRAMES);
        assert!(!tally.add(BYTES - 1) && tally.add(1));
        assert_eq!((tally.tell(), tally.count()), (FRAMES + 2, FRAMES + 2));
        assert!(!tally.add(1));
    }
}
