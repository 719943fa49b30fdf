//! What the transport is told of verdicts: each of them, up to where all of a part is done, or nothing.
use crate::{
    Watermark,
    transport::{Part, Settle, Token, Verdict},
};
use std::{collections::HashMap, time::Duration};

pub(super) struct Ledger {
    how: Settle,
    /// The parts that deliveries came by and may be settled, where that is cumulative.
    parts: HashMap<Part, Of>,
    /// Nothing is handed out again.
    is_closed: bool,
}

#[derive(Default)]
struct Of {
    watermark: Watermark,
    is_leaving: bool,
}

/// What follows from a verdict.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// The transport is told that.
    Tell(Token, Verdict),
    /// It is held here, and handed out again after that time.
    Again(Duration),
    Nothing,
}

impl Ledger {
    pub(super) fn new(how: Settle) -> Self {
        Self {
            how,
            parts: HashMap::new(),
            is_closed: false,
        }
    }

    pub(super) fn delivered(&mut self, token: Token) {
        if self.how == Settle::Cumulative {
            let of = self.parts.entry(token.part).or_default();
            of.watermark.delivered(token.position);
        }
    }

    /// Takes a verdict in, one on each delivery; on what is gone it does nothing.
    pub(super) fn verdict(&mut self, token: Token, verdict: Verdict) -> Follows {
        match (self.how, verdict) {
            (Settle::Individual, verdict) => Follows::Tell(token, verdict),
            (Settle::Cumulative, verdict) => self.cumulative(token, &verdict),
            (Settle::Auto, Verdict::Retry { after }) if !self.is_closed => Follows::Again(after),
            (Settle::Auto, _) => Follows::Nothing,
        }
    }

    fn cumulative(&mut self, token: Token, verdict: &Verdict) -> Follows {
        let Some(of) = self.parts.get_mut(&token.part) else {
            return Follows::Nothing;
        };
        match verdict {
            Verdict::Ack | Verdict::Reject { .. } => {
                let moved = of.watermark.done(token.position);
                let tell = |position| Follows::Tell(token.part.at(position), Verdict::Ack);
                moved.map_or(Follows::Nothing, tell)
            }
            Verdict::Retry { after } if !of.is_leaving && !self.is_closed => Follows::Again(*after),
            Verdict::Retry { .. } | Verdict::Release => Follows::Tell(token, Verdict::Release),
        }
    }

    /// Nothing of a part is held here any more for another attempt. Gives up to where what waits of it, in order, has to be done so
    /// that what is done or taken behind it counts, where the first that is put off is at `end`.
    pub(super) fn leave(&mut self, part: Part, waiting: &[u64], end: u64) -> Option<Token> {
        let of = self.parts.get_mut(&part)?;
        of.is_leaving = true;
        of.watermark.last_but(waiting, end).map(|at| part.at(at))
    }

    /// What came by that part can no longer be settled.
    pub(super) fn gone(&mut self, part: Part) {
        self.parts.remove(&part);
    }

    /// Nothing is handed out any more.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: Part = Part::new(0, 0);

    fn three(how: Settle) -> Ledger {
        let mut ledger = Ledger::new(how);
        (1..=3).for_each(|position| ledger.delivered(PART.at(position)));
        ledger
    }

    fn up_to(position: u64) -> Follows {
        Follows::Tell(PART.at(position), Verdict::Ack)
    }

    #[test]
    fn a_part_is_told_up_to_where_all_is_done_and_nothing_else() {
        let mut ledger = three(Settle::Cumulative);
        let mut verdict = |at, verdict| ledger.verdict(PART.at(at), verdict);
        assert_eq!(verdict(2, Verdict::Ack), Follows::Nothing);
        let minute = Duration::from_secs(60);
        let after = Verdict::Retry { after: minute };
        assert_eq!(verdict(1, after), Follows::Again(minute));
        assert_eq!(verdict(1, Verdict::reject("no")), up_to(2));
        assert_eq!(verdict(3, Verdict::Ack), up_to(3));
    }

    #[test]
    fn what_leaves_is_not_held_and_what_is_gone_is_not_told() {
        let mut ledger = three(Settle::Cumulative);
        assert_eq!(ledger.leave(PART, &[2, 3], u64::MAX), Some(PART.at(1)));
        let release = Follows::Tell(PART.at(1), Verdict::Release);
        assert_eq!(ledger.verdict(PART.at(1), Verdict::RETRY_NOW), release);
        ledger.gone(PART);
        assert_eq!(ledger.verdict(PART.at(2), Verdict::Ack), Follows::Nothing);
    }

    #[test]
    fn what_is_settled_one_by_one_is_told_as_it_is() {
        let mut ledger = three(Settle::Individual);
        let retry = Follows::Tell(PART.at(1), Verdict::RETRY_NOW);
        assert_eq!(ledger.verdict(PART.at(1), Verdict::RETRY_NOW), retry);
    }

    #[test]
    fn where_there_is_nothing_to_settle_it_comes_again_as_long_as_it_can() {
        let mut ledger = three(Settle::Auto);
        let again = Follows::Again(Duration::ZERO);
        assert_eq!(ledger.verdict(PART.at(1), Verdict::RETRY_NOW), again);
        ledger.close();
        let nothing = ledger.verdict(PART.at(1), Verdict::RETRY_NOW);
        assert_eq!(nothing, Follows::Nothing);
    }
}
