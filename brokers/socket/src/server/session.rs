//! What one connecting end has here, over all its connections: its subscriptions, what it is answered, and what is on its way
//! to it.
use super::{
    fault::{crowded, fault, invalid},
    pump::{MAX_PREFETCH, pump},
    waiting::{All, Waiting},
};
use crate::{
    batch::publish,
    outbox::Outbox,
    tally::Tally,
    wire::{Fault, Frame, Malformed, bytes},
};
use std::{
    collections::HashMap,
    future::Future,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};
use tidings::{
    BoxFuture, Channel, Memory, Message, SubscribeSpec, Transport, Verdict,
    memory::{Lifetime, MemorySettler},
    transport::{Confirm, Group, Part, Settler},
};
use tokio::{sync::watch, task::JoinSet, time::Instant};

/// Most subscriptions, of which a service has one for each channel and thread.
const SUBSCRIPTIONS: usize = 4096;
/// Longest time that a publish may wait for room.
const LONGEST: Duration = Duration::from_secs(60 * 60);

pub(super) struct Session {
    memory: Memory,
    bounds: Bounds,
    pub(super) outbox: Arc<Outbox>,
    /// The publishes that wait for room, or for their receivers.
    pub(super) waiting: Arc<Waiting>,
    core: Mutex<Core>,
}

/// How long what is private outlives it, and how many bytes may wait in all sessions together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) linger: Duration,
    pub(super) waiting_bytes: usize,
}

#[derive(Default)]
struct Core {
    tally: Tally,
    subscriptions: HashMap<u64, Served>,
    tasks: JoinSet<()>,
    /// Whether it ends with its connection.
    is_leaving: bool,
}

struct Served {
    settler: MemorySettler,
    /// How many deliveries are asked for, of all; ends the subscription when it is dropped.
    asked: watch::Sender<u64>,
}

impl Session {
    pub(super) fn new(memory: Memory, bounds: Bounds, all: Arc<All>) -> Self {
        Self {
            memory,
            bounds,
            outbox: Arc::default(),
            waiting: Arc::new(Waiting::new(all)),
            core: Mutex::default(),
        }
    }

    fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many frames of the session have come.
    pub(super) fn received(&self) -> u64 {
        self.core().tally.count()
    }

    /// Whether it ends with its connection.
    pub(super) fn is_leaving(&self) -> bool {
        self.core().is_leaving
    }

    /// Takes in a frame of so many bytes. It is done with before the next is read, so that a connection that is lost leaves none
    /// half done.
    pub(super) fn take_in(&self, frame: Frame, bytes: usize) -> Result<(), Malformed> {
        let mut core = self.core();
        while core.tasks.try_join_next().is_some() {}
        let is_due = frame.is_counted() && core.tally.add(bytes);
        let is_asked = matches!(frame, Frame::Ping { .. });
        if is_due || is_asked {
            let received = core.tally.tell();
            self.outbox.show(Frame::Pong { received }.encode());
        }
        self.handle(&mut core, frame)
    }

    fn handle(&self, core: &mut Core, frame: Frame) -> Result<(), Malformed> {
        match frame {
            Frame::Publish {
                request,
                within,
                settled,
                channel,
                messages,
            } => {
                let deadline = Instant::now() + within.min(LONGEST);
                let confirm = match settled {
                    true => Confirm::Settled,
                    false => Confirm::Broker,
                };
                self.publish(core, request, channel, messages, deadline, confirm);
            }
            Frame::Subscribe {
                subscription,
                channel,
                group,
                prefetch,
                prefetch_bytes,
                per_key,
                private,
            } => {
                let spec = SubscribeSpec::new(channel)
                    .group(Group::named(group.as_deref()))
                    .prefetch((prefetch as usize).min(MAX_PREFETCH))
                    .prefetch_bytes(usize::try_from(prefetch_bytes).unwrap_or(usize::MAX))
                    .per_key(per_key);
                let lifetime = match private {
                    true => Lifetime::Linger(self.bounds.linger),
                    false => Lifetime::Durable,
                };
                return self.subscribe(core, subscription, &spec, lifetime);
            }
            // A subscription that has just ended asks for nothing, and settles nothing, any more.
            Frame::Demand {
                subscription,
                deliveries,
            } => {
                if let Some(served) = core.subscriptions.get(&subscription) {
                    served.asked.send_if_modified(|asked| {
                        let is_more = deliveries > *asked;
                        *asked = deliveries.max(*asked);
                        is_more
                    });
                }
            }
            Frame::Settle {
                subscription,
                verdicts,
            } => {
                if let Some(served) = core.subscriptions.get(&subscription) {
                    settle(&served.settler, verdicts);
                }
            }
            Frame::Unsubscribe { subscription } => drop(core.subscriptions.remove(&subscription)),
            Frame::Ensure {
                request,
                how,
                wanted,
            } => {
                let memory = self.memory.clone();
                let work = Box::pin(async move {
                    let outcome = memory.ensure(&wanted, how).await;
                    let outcomes = vec![outcome.map_err(|error| fault(&error))];
                    Frame::Outcomes { request, outcomes }
                });
                self.answer(core, work, 0);
            }
            Frame::Goodbye => self.leave(core),
            Frame::Ping { received } => return self.outbox.received(received),
            Frame::Void => {}
            _ => return Err(Malformed("a frame that the connecting end does not send")),
        }
        Ok(())
    }

    fn publish(
        &self,
        core: &mut Core,
        request: u64,
        channel: Channel,
        messages: Vec<Message>,
        deadline: Instant,
        confirm: Confirm,
    ) {
        let memory = self.memory.clone();
        let bytes = bytes(&messages);
        let deadline = match self.waiting.is_crowded(self.bounds.waiting_bytes) {
            // That waits for its receivers however much room there is, and is better not begun.
            true if confirm == Confirm::Settled => {
                let outcomes = messages.iter().map(|_| Err(crowded())).collect();
                self.outbox
                    .push(Frame::Outcomes { request, outcomes }.encode());
                return;
            }
            true => Instant::now(),
            false => deadline,
        };
        let work = Box::pin(async move {
            let outcomes = publish(&memory, &channel, &messages, deadline, confirm).await;
            let outcomes = outcomes
                .into_iter()
                .map(|outcome| outcome.map_err(|error| fault(&error)))
                .collect();
            Frame::Outcomes { request, outcomes }
        });
        self.answer(core, work, bytes);
    }

    /// Answers at once where that can be, so that the order of frames is kept; else beside the reading, because the
    /// settlements that make room come by this session too.
    fn answer(&self, core: &mut Core, mut work: BoxFuture<'static, Frame>, bytes: usize) {
        if let Poll::Ready(frame) = now(work.as_mut()) {
            self.outbox.push(frame.encode());
            return;
        }
        let held = self.waiting.hold(bytes);
        let outbox = self.outbox.clone();
        core.tasks.spawn(async move {
            outbox.push(work.await.encode());
            drop(held);
        });
    }

    fn subscribe(
        &self,
        core: &mut Core,
        id: u64,
        spec: &SubscribeSpec,
        lifetime: Lifetime,
    ) -> Result<(), Malformed> {
        core.subscriptions
            .retain(|_, served| !served.asked.is_closed());
        if core.subscriptions.contains_key(&id) {
            return Err(Malformed("a subscription's number was used twice"));
        }
        let attached = match core.subscriptions.len() >= SUBSCRIPTIONS {
            true => Err(too_many()),
            false => self
                .memory
                .attach(spec, lifetime)
                .map_err(|error| fault(&error)),
        };
        let (outcome, subscription) = match attached {
            Ok(subscription) => (Ok(()), Some(subscription)),
            Err(fault) => (Err(fault), None),
        };
        let subscribed = Frame::Subscribed {
            subscription: id,
            outcome,
        };
        self.outbox.push(subscribed.encode());
        if let Some(subscription) = subscription {
            let (asked, wanted) = watch::channel(0);
            let settler = tidings::transport::Subscription::settler(&subscription);
            core.tasks
                .spawn(pump(id, subscription, wanted, self.outbox.clone()));
            core.subscriptions.insert(id, Served { settler, asked });
        }
        Ok(())
    }

    /// The other end has said goodbye: it is answered when all before that is done.
    fn leave(&self, core: &mut Core) {
        core.is_leaving = true;
        core.subscriptions.clear();
        let mut tasks = std::mem::take(&mut core.tasks);
        let outbox = self.outbox.clone();
        core.tasks.spawn(async move {
            while tasks.join_next().await.is_some() {}
            outbox.push(Frame::Farewell.encode());
            outbox.close();
        });
    }

    /// Lets what is at work come to its end, once the in-process transport is closed.
    pub(super) async fn finish(&self) {
        let mut tasks = {
            let mut core = self.core();
            core.is_leaving = true;
            std::mem::take(&mut core.tasks)
        };
        while tasks.join_next().await.is_some() {}
    }

    /// Ends it: what the other end has not settled goes to others.
    pub(super) fn end(&self) {
        let ended = std::mem::take(&mut *self.core());
        drop(ended);
        self.outbox.lost();
    }
}

fn too_many() -> Fault {
    invalid(&format!(
        "a session has {SUBSCRIPTIONS} subscriptions at most; a service takes one for each of its channels and threads: give it several connections"
    ))
}

/// Settling in process waits for nothing, and fails only when that is closed, which ends everything soon.
fn settle(settler: &MemorySettler, verdicts: Vec<(u64, Verdict)>) {
    let verdicts: Vec<_> = verdicts
        .into_iter()
        .map(|(position, verdict)| (Part::ONLY.at(position), verdict))
        .collect();
    drop(now(pin!(settler.settle(&verdicts))));
}

/// What a future gives without waiting. Whoever polls it later is woken then.
fn now<F: Future + ?Sized>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
