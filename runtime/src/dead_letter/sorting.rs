//! One run through the dead letters: those that go are settled, those that stay are given back.
use super::{
    letter::{DeadLetter, Decision},
    place::Place,
};
use crate::{
    Error, MessageId, Result,
    lease::{Leased, Leases},
    transport::{
        DynSettler, DynSubscription, Event, Incoming, Part, Settle, Token, Verdict, publish_one,
    },
};
use std::{collections::HashSet, time::Duration};
use tokio::time::timeout;

/// How long nothing comes before there is nothing more.
pub(super) const QUIET: Duration = Duration::from_secs(1);

pub(super) struct Sorting<'a> {
    place: &'a Place,
    settler: &'a dyn DynSettler,
    leases: &'a Leases,
    /// Whether one that goes takes with it all that came before it.
    is_cumulative: bool,
    kept: Vec<(Option<Leased>, Incoming)>,
    decided: HashSet<MessageId>,
    /// How many came.
    count: usize,
    gone: usize,
}

impl<'a> Sorting<'a> {
    pub(super) fn new(place: &'a Place, settler: &'a dyn DynSettler, leases: &'a Leases) -> Self {
        let capabilities = place.transport.capabilities(&place.queue);
        Self {
            place,
            settler,
            leases,
            is_cumulative: capabilities.settle == Settle::Cumulative,
            kept: Vec::new(),
            decided: HashSet::new(),
            count: 0,
            gone: 0,
        }
    }

    /// Gives how many did not stay.
    pub(super) async fn run(
        mut self,
        subscription: &mut dyn DynSubscription,
        most: usize,
        decide: &mut impl FnMut(&DeadLetter) -> Decision,
    ) -> Result<usize> {
        let outcome = self.sort(subscription, most, decide).await;
        let released = self.give_back(|_| true).await;
        outcome.and(released).map(|()| self.gone)
    }

    async fn sort(
        &mut self,
        subscription: &mut dyn DynSubscription,
        most: usize,
        decide: &mut impl FnMut(&DeadLetter) -> Decision,
    ) -> Result<()> {
        while self.count < most {
            let next = timeout(QUIET, subscription.next(most - self.count)).await;
            let Ok(next) = next else {
                break;
            };
            match next? {
                Event::Deliveries(deliveries) => self.take(deliveries, decide).await?,
                Event::Leaving { parts, .. } => {
                    self.give_back(|part| parts.contains(&part)).await?;
                }
                Event::Gone { parts } => {
                    let stays =
                        |(_, incoming): &(_, Incoming)| !parts.contains(&incoming.token.part);
                    self.kept.retain(stays);
                }
                Event::Lost { .. } => {}
            }
        }
        Ok(())
    }

    /// Decides on deliveries; once something fails, the rest stays.
    async fn take(
        &mut self,
        deliveries: Vec<Incoming>,
        decide: &mut impl FnMut(&DeadLetter) -> Decision,
    ) -> Result<()> {
        let leased = |incoming: Incoming| (self.leases.lease(incoming.token), incoming);
        let deliveries: Vec<_> = deliveries.into_iter().map(leased).collect();
        let mut outcome = Ok(());
        for (leased, incoming) in deliveries {
            self.count += 1;
            let is_new = self.decided.insert(incoming.message.id.clone());
            let is_gone = match outcome {
                Ok(()) if is_new => self.carry_out(&incoming, decide).await,
                _ => Ok(false),
            };
            match is_gone {
                Ok(true) => outcome = self.settle(&[(incoming.token, Verdict::Ack)]).await,
                stays => {
                    self.kept.push((leased, incoming));
                    outcome = outcome.and(stays.map(drop));
                }
            }
        }
        outcome
    }

    /// Whether a dead letter may go now.
    async fn carry_out(
        &mut self,
        incoming: &Incoming,
        decide: &mut impl FnMut(&DeadLetter) -> Decision,
    ) -> Result<bool> {
        let is_gone = self.place.carry_out(&incoming.message, decide).await?;
        if is_gone {
            self.gone += 1;
            self.make_way(incoming.token).await?;
        }
        Ok(is_gone)
    }

    /// Puts behind the others what is kept and would go with that one.
    async fn make_way(&mut self, token: Token) -> Result<()> {
        let Place {
            transport, queue, ..
        } = self.place;
        let goes = |(_, kept): &(_, Incoming)| kept.token.part == token.part && kept.token < token;
        while let Some(at) = self
            .kept
            .iter()
            .position(goes)
            .filter(|_| self.is_cumulative)
        {
            publish_one(&**transport, queue, &self.kept[at].1.message).await?;
            self.kept.remove(at);
        }
        Ok(())
    }

    async fn give_back(&mut self, goes: impl Fn(Part) -> bool) -> Result<()> {
        let goes = |(_, incoming): &mut (_, Incoming)| goes(incoming.token.part);
        let back: Vec<_> = self.kept.extract_if(.., goes).collect();
        let released = back
            .iter()
            .map(|(_, incoming)| (incoming.token, Verdict::Release));
        self.settle(&released.collect::<Vec<_>>()).await
    }

    async fn settle(&self, verdicts: &[(Token, Verdict)]) -> Result<()> {
        let failed: Option<(Token, Error)> = self.settler.settle(verdicts).await.into_iter().next();
        failed.map_or(Ok(()), |(_, error)| Err(error))
    }
}
