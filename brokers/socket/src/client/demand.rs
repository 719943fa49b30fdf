//! How many deliveries are asked for: as many as whoever receives has room for, less those that are here or on their way.

/// Of one subscription. All but `ahead` and `wanted` is counted from the beginning of the session.
#[derive(Debug)]
pub(super) struct Demand {
    /// Most that may be unsettled before more are wanted.
    ahead: usize,
    /// How many would be taken at the moment.
    wanted: usize,
    asked: u64,
    arrived: u64,
}

impl Demand {
    pub(super) fn new(ahead: usize) -> Self {
        Self {
            ahead,
            wanted: 0,
            asked: 0,
            arrived: 0,
        }
    }

    /// So many would be taken.
    pub(super) fn want(&mut self, wanted: usize) {
        self.wanted = wanted;
    }

    /// Asks for more, where so many are here and so many were taken and are not settled; gives how many are asked for in all.
    /// Nothing until half of it is missing, so that neither does every delivery take a frame, nor does who takes many wait for each.
    pub(super) fn ask(&mut self, here: usize, out: usize) -> Option<u64> {
        let room = self.room(out);
        let coming = self.asked.saturating_sub(self.arrived);
        let missing = room.saturating_sub(coming.saturating_add(here as u64));
        let is_due = missing > 0 && missing >= room / 2;
        self.asked += if is_due { missing } else { 0 };
        is_due.then_some(self.asked)
    }

    fn room(&self, out: usize) -> u64 {
        self.wanted.max(self.ahead.saturating_sub(out)) as u64
    }

    /// A session begins, in which nothing has come; gives how many are asked for in it.
    pub(super) fn begin(&mut self) -> Option<u64> {
        (self.asked, self.arrived) = (0, 0);
        self.ask(0, 0)
    }

    /// So many have come; gives whether they were asked for.
    pub(super) fn arrive(&mut self, count: usize) -> bool {
        self.arrived += count as u64;
        self.arrived <= self.asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_asked_for_once_half_of_it_is_missing() {
        let mut demand = Demand::new(0);
        assert_eq!(demand.ask(0, 0), None, "nothing is wanted");
        demand.want(8);
        assert_eq!(demand.ask(0, 0), Some(8));
        assert!(demand.arrive(3));
        assert_eq!(demand.ask(0, 3), None, "five are coming");
        assert!(demand.arrive(1));
        assert_eq!(demand.ask(1, 3), None, "and one is here");
        assert_eq!(demand.ask(0, 4), Some(12));
        demand.want(15);
        assert_eq!(demand.ask(0, 4), Some(19));
        demand.want(1);
        assert_eq!(demand.ask(0, 4), None, "more are coming than are wanted");
    }

    #[test]
    fn what_is_not_settled_counts_where_deliveries_may_come_ahead() {
        let mut demand = Demand::new(8);
        assert_eq!(demand.ask(0, 0), Some(8), "nobody need want them");
        assert!(demand.arrive(8));
        demand.want(1);
        assert_eq!(demand.ask(0, 8), Some(9), "one is wanted for all that");
        assert!(demand.arrive(1));
        assert_eq!(demand.ask(0, 5), Some(12));
    }

    #[test]
    fn a_session_that_begins_is_asked_for_what_is_wanted() {
        let mut demand = Demand::new(0);
        assert_eq!(demand.begin(), None);
        demand.want(8);
        demand.ask(0, 0);
        demand.arrive(8);
        demand.want(3);
        assert_eq!(demand.begin(), Some(3));
        assert!(
            demand.arrive(3) && !demand.arrive(1),
            "the fourth was not asked for"
        );
    }
}
