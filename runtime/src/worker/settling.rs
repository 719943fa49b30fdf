//! Tells the transport what became of deliveries, beside everything else: one settlement under way at a time, with all
//! verdicts that came meanwhile in the next.
use crate::{
    BoxFuture, Error, Watermark,
    outstanding::Outstanding,
    transport::{DynSettler, Incoming, Part, Settle, Token, Verdict},
};
use std::{future::poll_fn, sync::Arc, task::Poll};

type Failures = Vec<(Token, Error)>;

pub(super) struct Settling {
    settler: Arc<dyn DynSettler>,
    how: Settle,
    /// Whether deliveries are leased, so that it is to be known which ones are out.
    is_leased: bool,
    /// The parts that deliveries came by and may be settled, with what is out of each.
    parts: Parts,
    waiting: Vec<(Token, Verdict)>,
    under_way: Option<BoxFuture<'static, Failures>>,
    /// Leases that are being extended.
    extending: Option<BoxFuture<'static, Failures>>,
}

/// Few, or met in turns.
#[derive(Default)]
struct Parts {
    all: Vec<(Part, Out)>,
    /// Where the last one was found.
    last: usize,
}

impl Parts {
    #[inline]
    fn find(&mut self, part: Part) -> Option<&mut Out> {
        let is_it = |(other, _): &(Part, Out)| *other == part;
        if !self.all.get(self.last).is_some_and(is_it) {
            self.last = self.all.iter().position(is_it)?;
        }
        self.all.get_mut(self.last).map(|(_, out)| out)
    }

    fn find_or_add(&mut self, part: Part) -> &mut Out {
        if self.find(part).is_none() {
            self.last = self.all.len();
            self.all.push((part, Out::default()));
        }
        &mut self.all[self.last].1
    }

    fn remove(&mut self, part: Part) {
        self.all.retain(|(other, _)| *other != part);
    }
}

#[derive(Default)]
struct Out {
    /// How many have no verdict yet.
    count: usize,
    /// Which, where they are leased.
    positions: Outstanding<()>,
    watermark: Watermark,
}

impl Settling {
    pub(super) fn new(settler: Arc<dyn DynSettler>, how: Settle, is_leased: bool) -> Self {
        Self {
            settler,
            how,
            is_leased,
            parts: Parts::default(),
            waiting: Vec::new(),
            under_way: None,
            extending: None,
        }
    }

    /// Each of these is to be settled, once.
    pub(super) fn delivered(&mut self, deliveries: &[Incoming]) {
        let same_part = |one: &Incoming, next: &Incoming| one.token.part == next.token.part;
        for deliveries in deliveries.chunk_by(same_part) {
            let out = self.parts.find_or_add(deliveries[0].token.part);
            out.count += deliveries.len();
            for Incoming { token, .. } in deliveries.iter().filter(|_| self.is_leased) {
                out.positions.add(token.position, ());
            }
            if self.how == Settle::Cumulative {
                let positions = deliveries.iter().map(|incoming| incoming.token.position);
                positions.for_each(|position| out.watermark.delivered(position));
            }
        }
    }

    /// What came by that part can no longer be settled.
    pub(super) fn gone(&mut self, part: Part) {
        self.parts.remove(part);
        self.waiting.retain(|(token, _)| token.part != part);
    }

    /// Whether what came by that part, and has no verdict, can still be settled.
    pub(super) fn holds(&mut self, part: Part) -> bool {
        self.parts.find(part).is_some()
    }

    /// Takes a verdict in; one on what is gone does nothing.
    #[inline]
    pub(super) fn settle(&mut self, token: Token, verdict: Verdict) {
        let Some(out) = self.parts.find(token.part) else {
            return;
        };
        if self.is_leased && out.positions.remove(token.position).is_none() {
            return;
        }
        out.count = out.count.saturating_sub(1);
        let is_over = out.count == 0;
        match self.how {
            Settle::Auto => {}
            Settle::Individual => self.waiting.push((token, verdict)),
            Settle::Cumulative => return self.settle_cumulative(token, verdict),
        }
        // Not the only one, which more will come by.
        if is_over && self.parts.all.len() > 1 {
            self.parts.remove(token.part);
        }
    }

    fn settle_cumulative(&mut self, token: Token, verdict: Verdict) {
        let is_done = match &verdict {
            Verdict::Release => return self.waiting.push((token, verdict)),
            Verdict::Ack | Verdict::Reject { .. } => true,
            // Never told of: it is not done, and the watermark stays before it.
            Verdict::Retry { .. } => false,
        };
        let out = self.parts.find(token.part).filter(|_| is_done);
        if let Some(position) = out.and_then(|out| out.watermark.done(token.position)) {
            self.waiting.retain(|(other, verdict)| {
                other.part != token.part || *verdict == Verdict::Release
            });
            self.waiting.push((token.part.at(position), Verdict::Ack));
        }
    }

    /// The parts that deliveries came by.
    pub(super) fn parts(&self) -> Vec<Part> {
        self.parts.all.iter().map(|(part, _)| *part).collect()
    }

    /// What of a part is done or at work behind which nothing of it is, where those, in order, are not begun and the first that is
    /// given back is at `end`: where the transport is told up to where all is done, that counts only with all before it.
    pub(super) fn reaches(&mut self, part: Part, waiting: &[u64], end: u64) -> Option<u64> {
        let out = self.parts.find(part)?;
        out.watermark.last_but(waiting, end)
    }

    /// Every leased delivery that has no verdict yet.
    pub(super) fn out(&self) -> Vec<Token> {
        let tokens = |(part, out): &(Part, Out)| {
            let part = *part;
            let token = move |position| part.at(position);
            out.positions.numbers().map(token).collect::<Vec<_>>()
        };
        self.parts.all.iter().flat_map(tokens).collect()
    }

    /// Begins to keep everything that is out for another lease, whatever became of the last time.
    pub(super) fn extend(&mut self) {
        let (settler, tokens) = (self.settler.clone(), self.out());
        self.extending = Some(Box::pin(async move { settler.extend(&tokens).await }));
    }

    /// Begins to tell what waits, unless that is under way.
    pub(super) async fn begin(&mut self) -> Failures {
        if self.under_way.is_some() || self.waiting.is_empty() {
            return Vec::new();
        }
        if let Some(failures) = self.settler.settle_now(&self.waiting) {
            self.waiting.clear();
            return failures;
        }
        let (settler, verdicts) = (self.settler.clone(), self.take_waiting());
        let mut telling: BoxFuture<'static, Failures> =
            Box::pin(async move { settler.settle(&verdicts).await });
        match poll_fn(|context| Poll::Ready(telling.as_mut().poll(context))).await {
            Poll::Ready(failures) => failures,
            Poll::Pending => {
                self.under_way = Some(telling);
                Vec::new()
            }
        }
    }

    /// What waits; about as much comes next.
    fn take_waiting(&mut self) -> Vec<(Token, Verdict)> {
        let room = Vec::with_capacity(self.waiting.len());
        std::mem::replace(&mut self.waiting, room)
    }

    /// Whether a settlement, or an extension, is under way.
    pub(super) fn is_telling(&self) -> bool {
        self.under_way.is_some() || self.extending.is_some()
    }

    /// Whether there is a verdict that was not told to its end.
    pub(super) fn is_settling(&self) -> bool {
        self.under_way.is_some() || !self.waiting.is_empty()
    }

    /// Ends when a settlement, or an extension, that is under way has ended; never where none is. Cancel-safe.
    pub(super) async fn ended(&mut self) -> Failures {
        poll_fn(|task| {
            for call in [&mut self.under_way, &mut self.extending] {
                if let Some(Poll::Ready(failures)) = call.as_mut().map(|it| it.as_mut().poll(task))
                {
                    *call = None;
                    return Poll::Ready(failures);
                }
            }
            Poll::Pending
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BoxFuture, Message, Outgoing, Result};
    use std::sync::Mutex;

    #[derive(Default)]
    struct Told(Mutex<Vec<(Token, Verdict)>>);

    impl DynSettler for Told {
        fn settle<'a>(&'a self, verdicts: &'a [(Token, Verdict)]) -> BoxFuture<'a, Failures> {
            self.0.lock().expect("no panic").extend_from_slice(verdicts);
            // Not at once, as over a network.
            Box::pin(async {
                tokio::task::yield_now().await;
                Vec::new()
            })
        }

        fn extend<'a>(&'a self, _: &'a [Token]) -> BoxFuture<'a, Failures> {
            Box::pin(async { Vec::new() })
        }

        fn commit<'a>(
            &'a self,
            _: &'a [Outgoing],
            _: &'a [(Token, Verdict)],
        ) -> BoxFuture<'a, Result<()>> {
            Box::pin(async { Ok(()) })
        }
    }

    fn settling(how: Settle, parts: &[Part]) -> (Arc<Told>, Settling) {
        let told = Arc::new(Told::default());
        let mut settling = Settling::new(told.clone(), how, true);
        let four = |part: &Part| [1, 2, 3, 4].map(|position| part.at(position));
        let tokens = parts.iter().flat_map(four);
        let deliveries: Vec<_> = tokens
            .map(|token| Incoming::new(Message::new(""), token))
            .collect();
        settling.delivered(&deliveries);
        (told, settling)
    }

    async fn told(told: &Told, settling: &mut Settling) -> Vec<(Token, Verdict)> {
        while settling.is_settling() {
            assert!(settling.begin().await.is_empty());
            if settling.is_telling() {
                assert!(settling.ended().await.is_empty());
            }
        }
        std::mem::take(&mut told.0.lock().expect("no panic"))
    }

    #[tokio::test]
    async fn a_cumulative_part_is_told_its_watermark_only() {
        let (one, other) = (Part::new(0, 0), Part::new(0, 1));
        let (log, mut settling) = settling(Settle::Cumulative, &[one, other]);
        settling.settle(one.at(2), Verdict::Ack);
        assert_eq!(told(&log, &mut settling).await, []);
        settling.settle(one.at(1), Verdict::reject("no"));
        settling.settle(one.at(3), Verdict::Ack);
        settling.settle(other.at(1), Verdict::Ack);
        settling.settle(one.at(4), Verdict::Release);
        let expected = [
            (one.at(3), Verdict::Ack),
            (other.at(1), Verdict::Ack),
            (one.at(4), Verdict::Release),
        ];
        assert_eq!(told(&log, &mut settling).await, expected);
    }

    #[tokio::test]
    async fn what_is_gone_is_never_settled() {
        let (old, new) = (Part::new(0, 0), Part::new(1, 0));
        let (log, mut settling) = settling(Settle::Individual, &[old, new]);
        settling.settle(old.at(1), Verdict::Ack);
        settling.gone(old);
        settling.settle(old.at(2), Verdict::Ack);
        settling.settle(new.at(2), Verdict::RETRY_NOW);
        settling.settle(new.at(2), Verdict::Ack);
        assert_eq!(
            told(&log, &mut settling).await,
            [(new.at(2), Verdict::RETRY_NOW)]
        );
        assert_eq!(settling.out().len(), 3);
    }

    #[tokio::test]
    async fn parts_that_are_settled_whole_are_forgotten_and_leased_or_not_others_go_on() {
        for is_leased in [true, false] {
            let (old, new) = (Part::new(0, 0), Part::new(1, 0));
            let (log, mut settling) = settling(Settle::Individual, &[old, new]);
            settling.is_leased = is_leased;
            (1..=4).for_each(|position| settling.settle(old.at(position), Verdict::Ack));
            assert!(settling.parts.find(old).is_none());
            settling.settle(new.at(1), Verdict::Ack);
            settling.settle(old.at(1), Verdict::Ack);
            let positions = [old.at(1), old.at(2), old.at(3), old.at(4), new.at(1)];
            let expected = positions.map(|token| (token, Verdict::Ack));
            assert_eq!(told(&log, &mut settling).await, expected);
        }
    }

    #[tokio::test]
    async fn verdicts_that_come_meanwhile_are_told_next() {
        let part = Part::ONLY;
        let (log, mut settling) = settling(Settle::Individual, &[part]);
        settling.settle(part.at(1), Verdict::Ack);
        settling.begin().await;
        settling.settle(part.at(2), Verdict::Ack);
        settling.begin().await;
        assert_eq!(log.0.lock().expect("no panic").len(), 1);
        assert_eq!(told(&log, &mut settling).await.len(), 2);
    }
}
