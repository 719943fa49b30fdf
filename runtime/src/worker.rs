//! The one task that owns a subscription: hands messages to handlers, a bounded number at a time and one after the other
//! within a key, and has their verdicts settled beside that.
mod committing;
mod ending;
mod floor;
mod give_up;
mod guard;
mod idle;
mod lanes;
mod letters;
mod parked;
mod place;
mod places;
mod send;
mod settling;
mod step;
mod transactions;
mod work;

use crate::{
    Channel, DynTransport, Error, ErrorKind, Layers, Result,
    router::Route,
    transport::{
        Affinity, Attempts, Capabilities, DynSubscription, Event, Incoming, PerKey, Settle,
        SubscribeSpec, Token, Verdict, deadline,
    },
    unseen,
};
use floor::Floor;
use futures_util::stream::{FuturesUnordered, StreamExt};
use idle::Idle;
use lanes::Lanes;
use letters::Letters;
use parked::Parked;
pub(crate) use places::Places;
use settling::Settling;
use std::{
    future::{Future, pending, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};
use step::{Begun, Done, Running, begin};
use tokio::{
    sync::watch,
    task::coop::{consume_budget, unconstrained},
    time::{Instant, sleep_until},
};
use transactions::{Ended, Transactions};
use work::{Outcome, Work};

/// Most handlers begun at a time.
const BATCH: usize = 64;
/// Most messages that are held back, beside those that are at work or may start.
const HELD_BACK: usize = 4096;
/// The same where consumers do not compete for the messages of a shard: there is nobody to leave more for.
const HELD_BACK_OF_SHARDS: usize = 1 << 16;
/// Most of one key that a worker takes ahead, where the transport holds the key and the others of it.
const PER_KEY: PerKey = PerKey {
    messages: 16,
    bytes: 16 << 10,
};

/// What a worker subscribes to, where it may take so many messages that are not held back. What is held back counts beside them:
/// where the transport holds keys, each key once, so that what waits behind it counts against no other. It asks for all that it has
/// room for, and what it has no room for is for others.
pub(crate) fn spec(
    channel: &Channel,
    capabilities: &Capabilities,
    prefetch: usize,
) -> SubscribeSpec {
    let holds_keys = capabilities.affinity == Affinity::Keys;
    SubscribeSpec::new(channel.clone())
        .prefetch(prefetch.saturating_add(held_back(capabilities)))
        .ahead(0)
        .per_key(holds_keys.then_some(PER_KEY))
}

fn held_back(capabilities: &Capabilities) -> usize {
    match capabilities.affinity {
        Affinity::Shards => HELD_BACK_OF_SHARDS,
        Affinity::None | Affinity::Channel | Affinity::Consumers | Affinity::Keys => HELD_BACK,
    }
}

/// How much a worker may have.
pub(crate) struct Bounds {
    pub(crate) places: Places,
    /// Most messages that are held, beside those that are held back.
    pub(crate) messages: usize,
    /// Most bytes of all that is held.
    pub(crate) bytes: usize,
}

pub(crate) struct Worker {
    /// Before the subscription: what runs must have ended when that gives its messages back.
    running: FuturesUnordered<Running>,
    letters: Letters,
    floor: Arc<Floor>,
    idle: Idle,
    places: Places,
    /// Most messages that are held, beside those that are held back.
    prefetch: usize,
    lanes: Lanes,
    parked: Parked,
    settling: Settling,
    /// What settles what is done, where that is to be there once.
    transactions: Option<Transactions>,
    /// Longest time that the transport itself holds a retried message back for, where it counts attempts.
    delay: Option<Duration>,
    /// Whether it holds back those of its key with it.
    delays_keys: bool,
    /// Most messages that are held back here.
    held_back: usize,
    /// Whether the transport bounds what comes of a key.
    holds_keys: bool,
    subscription: Box<dyn DynSubscription>,
    /// When leases are to be extended.
    renew: Option<Instant>,
    stopped: watch::Receiver<bool>,
    stopping: bool,
    /// How much has ended since anything else happened.
    in_a_row: usize,
}

enum Happened {
    Stopped,
    Done(Done),
    Settled(Vec<(Token, Error)>),
    Transacted(Ended),
    Due,
    Renew,
    Received(Result<Event>),
    /// Nothing, and more may begin.
    More,
}

impl Worker {
    pub(crate) fn new(
        transport: Arc<dyn DynTransport>,
        route: Route,
        subscription: Box<dyn DynSubscription>,
        capabilities: &Capabilities,
        bounds: Bounds,
        layers: Layers,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        let counts = capabilities.attempts != Attempts::Uncounted
            && capabilities.settle == Settle::Individual;
        // Without queues there is none beside the channel either.
        let native_dead_letter = capabilities.native_dead_letter || !capabilities.point_to_point;
        let told = stopped.clone();
        let idle = Idle::of(route.handlers());
        let floor = Floor::new(transport, route, layers, native_dead_letter, told);
        let lease = subscription.lease();
        let exactly_once = floor.route.policy.exactly_once;
        let transactions = exactly_once.then(|| Transactions::new(subscription.settler()));
        // What is not done is told beside them.
        let how = if exactly_once {
            Settle::Individual
        } else {
            capabilities.settle
        };
        let settling = Settling::new(subscription.settler(), how, lease.is_some());
        Self {
            running: FuturesUnordered::new(),
            letters: Letters::within(bounds.bytes),
            floor: Arc::new(floor),
            idle,
            places: bounds.places,
            prefetch: bounds.messages,
            lanes: Lanes::default(),
            parked: Parked::default(),
            settling,
            transactions,
            delay: capabilities.delay.filter(|_| counts),
            delays_keys: capabilities.delays_keys,
            held_back: held_back(capabilities),
            holds_keys: capabilities.affinity == Affinity::Keys,
            renew: lease.map(|lease| deadline(lease / 3)),
            subscription,
            stopped,
            stopping: false,
            in_a_row: 0,
        }
    }

    /// Works until it is stopped or the subscription ends, then finishes what is at work. Where it can work no more, that is told
    /// before, since it may take long.
    pub(crate) async fn run(mut self, failed: impl FnOnce(Error)) {
        if let Err(error) = self.work().await {
            unseen::tell();
            tracing::error!(address = %self.address(), %error, "the channel is served no more");
            failed(error);
        }
        self.finish().await;
    }

    async fn work(&mut self) -> Result<()> {
        let mut failures = 0;
        let mut resume = None;
        let mut stopping = pin!(stopping(self.stopped.clone()));
        loop {
            // There may always be more to do, and others want to do something too.
            consume_budget().await;
            self.start().await;
            let failed = self.settling.begin().await;
            self.unsettled(&failed);
            if let Some(transactions) = &mut self.transactions {
                transactions.begin();
            }
            let happened = self.happens(stopping.as_mut(), resume).await;
            self.in_a_row = match &happened {
                Happened::Done(_) => self.in_a_row + 1,
                _ => 0,
            };
            match happened {
                Happened::Stopped => return Ok(()),
                Happened::Done(done) => self.ended(done),
                Happened::Settled(failed) => self.unsettled(&failed),
                Happened::Transacted(ended) => self.transacted(ended),
                Happened::Due => self.wake(),
                Happened::More => {}
                Happened::Renew => self.extend(),
                Happened::Received(Ok(event)) => {
                    failures = 0;
                    resume = None;
                    self.receive(event);
                }
                Happened::Received(Err(error)) if error.is_retryable() => {
                    failures += 1;
                    unseen::tell();
                    tracing::warn!(address = %self.address(), %error, failures, "receiving failed, trying again");
                    let pause = error
                        .wait()
                        .unwrap_or_else(|| self.floor.route.policy.backoff.pause(failures));
                    resume = Some(deadline(pause));
                }
                Happened::Received(Err(error)) if error.kind() == ErrorKind::Closed => {
                    return Ok(());
                }
                Happened::Received(Err(error)) => return Err(error),
            }
        }
    }

    fn address(&self) -> &str {
        &self.floor.route.channel.address
    }

    /// Waits for the next thing to happen, unless more may begin; deliveries last, so that what is here is done before more comes. Where
    /// there is always something that ends, the others have their turn now and then: settlements, leases, and parts that leave.
    async fn happens(
        &mut self,
        mut stopping: Pin<&mut impl Future<Output = ()>>,
        resume: Option<Instant>,
    ) -> Happened {
        let (room, is_quiet) = (self.room(), resume.is_none() && self.is_quiet());
        let (running, is_ready) = (self.running.len(), self.lanes.ready() > 0);
        let (subscription, spare) = (&mut self.subscription, self.lanes.room());
        if is_quiet {
            match comes(stopping.as_mut(), &mut **subscription, room, spare).await {
                Comes::Nothing => return Happened::Stopped,
                Comes::Event(event) => return Happened::Received(event),
                Comes::Unasked => {}
            }
        }
        let places = &mut self.places;
        let has_letters = !self.letters.is_empty();
        let letters = &mut self.letters;
        let mut due = self.parked.next_due();
        if has_letters {
            due = sooner(due, letters.next_due());
        }
        let renew = self.renew;
        let is_others_turn = self.in_a_row >= BATCH;
        let is_telling = self.settling.is_telling();
        let settling = &mut self.settling;
        let is_transacting = self.transactions.is_some();
        let (at_work, transactions) = (&mut self.running, &mut self.transactions);
        let receiving = async {
            if let Some(resume) = resume {
                sleep_until(resume).await;
            }
            subscription.happens(room, spare).await
        };
        let mut others = pin!(async {
            tokio::select! {
                biased;
                failed = settling.ended(), if is_telling => Happened::Settled(failed),
                ended = transacted(transactions), if is_transacting => Happened::Transacted(ended),
                () = at(due), if due.is_some() => Happened::Due,
                () = at(renew), if renew.is_some() => Happened::Renew,
                received = receiving => Happened::Received(received),
                () = places.taken(running), if is_ready => Happened::More,
            }
        });
        poll_fn(|task| {
            if stopping.as_mut().poll(task).is_ready() {
                return Poll::Ready(Happened::Stopped);
            }
            if is_others_turn && let Poll::Ready(happened) = others.as_mut().poll(task) {
                return Poll::Ready(happened);
            }
            if running > 0
                && let Poll::Ready(Some(done)) = at_work.poll_next_unpin(task)
            {
                return Poll::Ready(Happened::Done(done));
            }
            if has_letters && let Poll::Ready(done) = letters.poll_next(task) {
                return Poll::Ready(Happened::Done(done));
            }
            others.as_mut().poll(task)
        })
        .await
    }

    /// Whether nothing is under way, so that nothing can happen but that something comes, or that it is to stop.
    fn is_quiet(&self) -> bool {
        self.running.is_empty()
            && self.lanes.ready() == 0
            && self.parked.next_due().is_none()
            && self.letters.is_empty()
            && self.renew.is_none()
            && self.transactions.is_none()
            && !self.settling.is_telling()
    }

    /// How many more messages may come.
    fn room(&self) -> usize {
        let active = self.lanes.ready() + self.running.len();
        let behind = if self.holds_keys {
            0
        } else {
            self.lanes.behind()
        };
        let done = self.transactions.as_ref().map_or(0, Transactions::done);
        let held_back = behind + self.parked.len() + self.letters.len() + done;
        let room = self.prefetch.saturating_sub(active);
        room.min(self.held_back.saturating_sub(held_back))
    }

    fn receive(&mut self, event: Event) {
        match event {
            Event::Deliveries(deliveries) => {
                self.settling.delivered(&deliveries);
                if let Some(transactions) = &mut self.transactions {
                    transactions.delivered(&deliveries);
                }
                self.lanes.add_all(deliveries);
            }
            Event::Leaving { parts, .. } => parts.into_iter().for_each(|part| self.leave(part)),
            Event::Gone { parts } => {
                for part in &parts {
                    self.settling.gone(*part);
                    let transactions = self.transactions.as_mut();
                    let lost = transactions.map(|transactions| transactions.gone(*part));
                    self.lost(&lost.unwrap_or_default());
                }
                self.give_back(|token| parts.contains(&token.part));
            }
            Event::Lost { count } => {
                unseen::tell();
                tracing::warn!(address = %self.address(), ?count, "messages were lost");
            }
        }
    }

    /// Begins what may begin. What ends at once costs no more than being called.
    async fn start(&mut self) {
        poll_fn(|task| {
            for _ in 0..BATCH {
                let may = self.lanes.ready() > 0 && self.places.take(self.running.len());
                if !may || !self.begin(task) {
                    break;
                }
            }
            self.places.leave(self.running.len());
            Poll::Ready(())
        })
        .await;
    }

    /// Begins the next, where there is one. It stays where it is unless it has to: moving it costs as much as looking at it.
    #[inline]
    fn begin(&mut self, task: &mut Context<'_>) -> bool {
        let mut next = self.lanes.start();
        let Some(work) = &mut next else {
            return false;
        };
        match begin(&self.floor, &mut self.idle, work, task) {
            Begun::Done if self.transactions.is_none() && work.seen == 0 => {
                self.settling.settle(work.incoming.token, Verdict::Ack);
                if let Some(lane) = work.lane {
                    self.lanes.done(lane);
                }
            }
            begun => {
                if let Some(work) = next {
                    self.begun(work, begun);
                }
            }
        }
        true
    }

    fn begun(&mut self, work: Work, begun: Begun) {
        match begun {
            Begun::Done => self.conclude(work, Verdict::Ack),
            Begun::Ended(Outcome::Verdict(verdict)) => self.conclude(work, verdict),
            Begun::Ended(outcome) => self.take_in(work, outcome),
            Begun::Waits(stage) => {
                self.running
                    .push(Running::new(self.floor.clone(), work, stage));
            }
        }
    }

    fn wake(&mut self) {
        while let Some(work) = self.parked.due() {
            self.lanes.resume(work);
        }
        self.letters.wake(&self.floor);
    }

    /// Something that was waited for has ended.
    fn ended(&mut self, done: Done) {
        self.places.leave(self.running.len());
        if let Some((handler, run)) = done.place {
            self.idle.give_back(handler, run);
        }
        self.take_in(done.work, done.outcome);
    }

    fn take_in(&mut self, work: Work, outcome: Outcome) {
        match outcome {
            Outcome::Verdict(verdict) => self.conclude(work, verdict),
            // It is somebody else's, who tries it again or gives it up.
            _ if !self.settling.holds(work.incoming.token.part) => {
                self.conclude(work, Verdict::Release);
            }
            Outcome::GivenUp => self.give_up(work),
            Outcome::Retry(after) if self.is_held_by_transport(&work.incoming, after) => {
                self.put_off(work, after);
            }
            _ if self.stopping => self.conclude(work, Verdict::Release),
            Outcome::Resend(after) if work.is_given_up() => self.keep(work, Some(after)),
            Outcome::Retry(after) | Outcome::Resend(after) => self.parked.park(work, after),
        }
    }

    /// Whether the transport may hold a retried message back: one with a key holds up those behind it, which it does here
    /// where the transport cannot.
    fn is_held_by_transport(&self, incoming: &Incoming, after: Duration) -> bool {
        let may = incoming.message.key.is_none() || self.delays_keys;
        may && self.delay.is_some_and(|longest| after <= longest)
    }

    /// Has the transport hold a message back, and with it those behind it.
    fn put_off(&mut self, work: Work, after: Duration) {
        let lane = work.lane;
        self.settle(work, Verdict::Retry { after });
        let Some(lane) = lane else {
            return;
        };
        for behind in self.lanes.give_up(lane) {
            self.settling.settle(behind.token, Verdict::Release);
        }
    }

    #[inline]
    fn conclude(&mut self, mut work: Work, verdict: Verdict) {
        let lane = work.lane.take();
        self.settle(work, verdict);
        if let Some(lane) = lane {
            self.lanes.done(lane);
        }
    }

    #[inline]
    fn settle(&mut self, work: Work, verdict: Verdict) {
        if let Some(transactions) = &mut self.transactions
            && verdict != Verdict::Release
        {
            let lost = transactions.add(work);
            return self.lost(lost.as_slice());
        }
        self.tell_settled(&work, &verdict);
        self.settling.settle(work.incoming.token, verdict);
    }

    #[inline]
    fn tell_settled(&self, work: &Work, verdict: &Verdict) {
        // Of the end of just what they saw come.
        if work.seen > 0 {
            let handling = self.floor.handling(&work.incoming, work.attempt());
            let fate = work.fate(verdict);
            self.floor
                .tell(|layers| layers.settled(&handling, &fate, work.seen));
        }
    }

    fn unsettled(&self, failed: &[(Token, Error)]) {
        if let Some((_, error)) = failed.first() {
            tracing::warn!(
                address = %self.address(), %error, messages = failed.len(),
                "not settled, the messages come again"
            );
        }
    }

    /// Keeps what is out for another lease.
    fn extend(&mut self) {
        let lease = self.subscription.lease();
        self.renew = lease.map(|lease| deadline(lease / 3));
        self.settling.extend();
    }
}

/// What comes where nothing else can happen.
enum Comes {
    /// It is time to stop.
    Nothing,
    Event(Result<Event>),
    /// The transport cannot be asked in that way.
    Unasked,
}

async fn comes(
    mut stopping: Pin<&mut impl Future<Output = ()>>,
    subscription: &mut dyn DynSubscription,
    room: usize,
    spare: &mut Vec<Incoming>,
) -> Comes {
    poll_fn(|task| {
        if stopping.as_mut().poll(task).is_ready() {
            return Poll::Ready(Comes::Nothing);
        }
        match subscription.poll_next(room, spare, task) {
            Some(polled) => polled.map(Comes::Event),
            None => Poll::Ready(Comes::Unasked),
        }
    })
    .await
}

/// Ends with what is under way, or never.
async fn transacted(transactions: &mut Option<Transactions>) -> Ended {
    match transactions {
        Some(transactions) => transactions.ended().await,
        None => pending().await,
    }
}

/// Ends where it is time to stop. Looking at that costs next to nothing; whoever is known to be woken is not noted again.
fn stopping(stopped: watch::Receiver<bool>) -> impl Future<Output = ()> {
    let mut waits = stopped.clone();
    // An error says that the service is gone. However much was done before, it is noted who is woken.
    let mut waiting = Box::pin(unconstrained(async move {
        waits.wait_for(|is| *is).await.ok();
    }));
    let mut noted: Option<Waker> = None;
    poll_fn(move |task| {
        if !matches!(stopped.has_changed(), Ok(false)) {
            return Poll::Ready(());
        }
        if noted.as_ref().is_some_and(|it| it.will_wake(task.waker())) {
            return Poll::Pending;
        }
        noted = Some(task.waker().clone());
        waiting.as_mut().poll(task)
    })
}

/// The sooner of two times that there may be.
fn sooner(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Ends at that time, or never.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}
