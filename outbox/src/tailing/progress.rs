//! Up to where the log is done with.
use std::collections::VecDeque;
use tidings::Watermark;

/// Rows are numbered as they come; a position of the log is done with when all rows up to there are.
#[derive(Debug, Default)]
pub(super) struct Progress {
    watermark: Watermark,
    last: u64,
    /// Up to which number all are done.
    done: u64,
    /// How many rows there were at positions where the log may be let go, in their order.
    ends: VecDeque<(u64, u64)>,
    position: u64,
}

impl Progress {
    /// A row came; gives its number.
    pub(super) fn came(&mut self) -> u64 {
        self.last += 1;
        self.watermark.delivered(self.last);
        self.last
    }

    /// A row is published, or left to the table.
    pub(super) fn done(&mut self, number: u64) {
        if let Some(done) = self.watermark.done(number) {
            self.done = done;
            self.advance();
        }
    }

    /// Here a transaction ends, or nothing was for long.
    pub(super) fn end(&mut self, position: u64) {
        match self.ends.back_mut() {
            Some((last, end)) if *last == self.last => *end = position.max(*end),
            _ => self.ends.push_back((self.last, position)),
        }
        self.advance();
    }

    fn advance(&mut self) {
        let done = self.done;
        while let Some((_, position)) = self.ends.pop_front_if(|(last, _)| *last <= done) {
            self.position = self.position.max(position);
        }
    }

    /// The last position up to which all is done; none yet is 0.
    pub(super) fn position(&self) -> u64 {
        self.position
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_done_with_when_all_before_it_is() {
        let mut progress = Progress::default();
        progress.end(5);
        assert_eq!(progress.position(), 5, "nothing came");
        let [first, second] = [progress.came(), progress.came()];
        progress.end(10);
        let third = progress.came();
        progress.end(20);
        progress.end(30);
        progress.done(third);
        progress.done(second);
        assert_eq!(progress.position(), 5);
        progress.done(first);
        assert_eq!(progress.position(), 30);
        let fourth = progress.came();
        progress.end(40);
        assert_eq!(progress.position(), 30);
        progress.done(fourth);
        assert_eq!(progress.position(), 40);
    }

    #[test]
    fn a_row_without_the_end_of_its_transaction_holds_nothing_back_and_lets_nothing_go() {
        let mut progress = Progress::default();
        progress.end(5);
        let row = progress.came();
        progress.done(row);
        assert_eq!(progress.position(), 5);
        progress.end(9);
        assert_eq!(progress.position(), 9);
    }

    #[test]
    fn it_takes_no_memory_for_what_is_empty() {
        let mut progress = Progress::default();
        let row = progress.came();
        for position in 0..1000 {
            progress.end(position);
        }
        assert_eq!(progress.ends.len(), 1);
        progress.done(row);
        assert_eq!(progress.position(), 999);
    }
}
