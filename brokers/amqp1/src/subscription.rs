//! What one consumer receives, and what settles it.
use crate::{
    core::Core,
    error::lost,
    held::{Held, Next},
    inlet,
    place::Inward,
    settling::{Command, Verdicts},
};
use std::{fmt, sync::Arc};
use tidings::{
    Error, Result, SubscribeSpec, Token, Verdict,
    transport::{Event, Settler, Stage, Subscription},
};
use tokio::sync::{mpsc, oneshot, watch};

/// What subscribing to an [`Amqp1Transport`](crate::Amqp1Transport) gives.
pub struct Amqp1Subscription {
    held: Arc<Held>,
    commands: mpsc::UnboundedSender<Command>,
    stage: watch::Receiver<Stage>,
    address: String,
}

impl Amqp1Subscription {
    pub(crate) async fn open(core: Arc<Core>, place: Inward, spec: &SubscribeSpec) -> Result<Self> {
        let (address, stage) = (place.address.clone(), core.stage());
        let held = Arc::new(Held::new(core.clone(), spec));
        // Dropped before it is open, it is left, too.
        let mut subscription = Self {
            held: held.clone(),
            commands: mpsc::unbounded_channel().0,
            stage,
            address,
        };
        subscription.commands = inlet::open(core, place, held).await?;
        Ok(subscription)
    }
}

impl Subscription for Amqp1Subscription {
    type Settler = Amqp1Settler;

    fn settler(&self) -> Amqp1Settler {
        Amqp1Settler {
            held: self.held.clone(),
            commands: self.commands.clone(),
        }
    }

    async fn next(&mut self, max: usize) -> Result<Event> {
        loop {
            let stage = *self.stage.borrow_and_update();
            if stage == Stage::Closed {
                return Err(Error::closed("receive"));
            }
            match self.held.next(max, stage == Stage::Open) {
                Next::Deliveries(deliveries) => return Ok(Event::Deliveries(deliveries)),
                Next::Gone(parts) => return Ok(Event::Gone { parts }),
                Next::End(error) => return Err(error),
                Next::Nothing => {}
            }
            tokio::select! {
                () = self.held.told.notified() => {}
                _ = self.stage.changed() => {}
            }
        }
    }
}

impl Drop for Amqp1Subscription {
    fn drop(&mut self) {
        self.held.leave();
    }
}

impl fmt::Debug for Amqp1Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Amqp1Subscription")
            .field(&self.address)
            .finish()
    }
}

/// Settles the deliveries of an [`Amqp1Subscription`].
#[derive(Clone)]
pub struct Amqp1Settler {
    held: Arc<Held>,
    commands: mpsc::UnboundedSender<Command>,
}

/// Counts deliveries as settled, also where telling them is given up.
struct Back<'a>(&'a Held, usize);

impl Drop for Back<'_> {
    fn drop(&mut self) {
        self.0.settled(self.1);
    }
}

impl Amqp1Settler {
    /// Takes those that are out still.
    fn take(&self, verdicts: &[(Token, Verdict)]) -> (Verdicts, usize) {
        let mut taken = Verdicts::default();
        let mut count = 0;
        for (token, verdict) in verdicts {
            let Some(info) = self.held.take(*token) else {
                continue;
            };
            count += 1;
            match verdict {
                Verdict::Ack => taken.done.push((*token, info)),
                Verdict::Reject { reason } => taken.rejected.push((*token, info, reason.clone())),
                Verdict::Retry { after } if !after.is_zero() => {
                    self.held.put_off(*token, info, *after);
                }
                Verdict::Release => taken.untried.push((*token, info)),
                _ => taken.again.push((*token, info)),
            }
        }
        (taken, count)
    }
}

impl Settler for Amqp1Settler {
    async fn settle(&self, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        let (taken, count) = self.take(verdicts);
        if count == 0 {
            return Vec::new();
        }
        let _back = Back(&self.held, count);
        if taken.count() == 0 {
            return Vec::new();
        }
        let (answer, told) = oneshot::channel();
        let tokens = taken.final_ones();
        let lost = || lost("settle", "the subscription has ended");
        let unsettled = || tokens.iter().map(|token| (*token, lost())).collect();
        if self.commands.send(Command(taken, answer)).is_err() {
            return unsettled();
        }
        told.await.unwrap_or_else(|_| unsettled())
    }
}

impl fmt::Debug for Amqp1Settler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Amqp1Settler").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fake, inlet::open_at, message, settling::settle};
    use fe2o3_amqp::types::{messaging::Body, primitives::Value};
    use futures_util::FutureExt;
    use tidings::Channel;

    #[tokio::test]
    async fn what_came_by_an_earlier_link_settles_nothing_of_the_next() {
        let (core, mut links) = fake::connected().await;
        let place = Inward::inbox("a", &core.offer);
        let mut opened = open_at(&core, &place, core.patience()).await.unwrap();
        let mut broker = links.recv().await.unwrap();
        let spec = SubscribeSpec::new(Channel::point_to_point("a"));
        let held = Arc::new(Held::new(core.clone(), &spec));
        held.opened();
        opened.receiver.set_credit(3).await.unwrap();
        let mut waits = Vec::new();
        for _ in 0..3 {
            waits.push(broker.send_batchable("a").await.unwrap());
            let delivery = opened.receiver.recv::<Body<Value>>().await.unwrap();
            let (info, message) = delivery.into_parts();
            held.came(info, message::read(message, core.offer.dialect));
        }
        let Next::Deliveries(came) = held.next(3, true) else {
            panic!("nothing came");
        };
        let verdicts = [
            Verdict::Ack,
            Verdict::Release,
            Verdict::Reject { reason: "r".into() },
        ];
        let tokens: Vec<_> = came.iter().map(|came| came.token).collect();
        let verdicts: Vec<_> = tokens.iter().copied().zip(verdicts).collect();
        let settler = Amqp1Settler {
            held: held.clone(),
            commands: mpsc::unbounded_channel().0,
        };
        // Taken while the link was there, and told once the next is: the broker gives that the same numbers.
        let (taken, _) = settler.take(&verdicts);
        held.lost();
        held.opened();
        let (answer, told) = oneshot::channel();
        settle(&opened.receiver, &held, Command(taken, answer)).await;
        let failed: Vec<_> = told
            .await
            .unwrap()
            .iter()
            .map(|(token, _)| *token)
            .collect();
        assert_eq!(failed, [tokens[0], tokens[2]]);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        assert!(waits.into_iter().all(|wait| wait.now_or_never().is_none()));
    }
}
