//! Where a handler runs, with the layers around it: one that panics or takes too long has failed.
use super::{floor::Floor, guard::guarded, idle::Idle, work::Work};
use crate::{
    BoxFuture, Given, Handled, HandlerError, Layers, Message, Outgoing, Reply,
    ids::Ids,
    layer::Next,
    run::{Ended, Job, Run},
};
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::time::{Sleep, sleep};

pub(super) type Outcome = Result<Handled, HandlerError>;

pub(super) struct Place {
    pub(super) handler: usize,
    runs: Runs,
    /// When it is given up; from when it had to wait.
    limit: Option<Pin<Box<Sleep>>>,
}

enum Runs {
    Bare(Box<dyn Run>),
    Layered(BoxFuture<'static, (Box<dyn Run>, Outcome)>),
    /// What has panicked or was cut off is not used again.
    Ended,
}

/// How a handler begins.
pub(super) enum Begun {
    /// It has ended well, and nothing is sent.
    Done,
    Ended(Outcome),
    Waits(Place),
}

/// Begins a handler; one without layers that ends at once never leaves the place that is idle.
pub(super) fn begin(
    floor: &Arc<Floor>,
    idle: &mut Idle,
    handler: usize,
    work: &Work,
    task: &mut Context<'_>,
) -> Begun {
    let Some(run) = idle.first(floor, handler) else {
        return Begun::Ended(Err(HandlerError::retry("there is no such handler")));
    };
    if !floor.layers.is_empty() {
        return begin_layered(floor, idle, handler, work, task);
    }
    let job = Job {
        address: floor.address(&work.incoming),
        message: &work.incoming.message,
        attempt: work.attempt(),
    };
    let polled = guarded(floor.own_address(), || run.begin(&job, task));
    let polled = match polled {
        Ok(Poll::Ready(Ended::Done)) => return Begun::Done,
        Ok(Poll::Ready(Ended::Told)) => {
            return Begun::Ended(made_ready(floor, &work.incoming.message, run.outcome()));
        }
        Ok(Poll::Pending) => Ok(Poll::Pending),
        Err(panicked) => Err(panicked),
    };
    let runs = idle.take(handler).map_or(Runs::Ended, Runs::Bare);
    let mut place = Place::new(handler, runs);
    match place.went_on(floor, polled, task) {
        Poll::Ready(outcome) => Begun::Ended(outcome),
        Poll::Pending => Begun::Waits(place),
    }
}

fn begin_layered(
    floor: &Arc<Floor>,
    idle: &mut Idle,
    handler: usize,
    work: &Work,
    task: &mut Context<'_>,
) -> Begun {
    let runs = idle.take(handler).map_or(Runs::Ended, |run| {
        let (incoming, attempt) = (work.incoming.clone(), work.attempt());
        Runs::Layered(Box::pin(layered(floor.clone(), run, incoming, attempt)))
    });
    let mut place = Place::new(handler, runs);
    let Poll::Ready(outcome) = place.poll(floor, &work.incoming.message, task) else {
        return Begun::Waits(place);
    };
    if let Some(run) = place.into_run() {
        idle.give_back(handler, run);
    }
    Begun::Ended(outcome)
}

impl Place {
    fn new(handler: usize, runs: Runs) -> Self {
        Self {
            handler,
            runs,
            limit: None,
        }
    }

    /// Goes on; the outcome, and the place where nothing runs any more.
    pub(super) fn poll(
        &mut self,
        floor: &Floor,
        cause: &Message,
        task: &mut Context<'_>,
    ) -> Poll<Outcome> {
        let polled = match &mut self.runs {
            Runs::Bare(run) => {
                let polled = guarded(floor.own_address(), || run.poll(task));
                let outcome = |ended| made_ready(floor, cause, outcome_of(run, ended));
                polled.map(|polled| polled.map(outcome))
            }
            Runs::Layered(future) => {
                let polled = guarded(floor.own_address(), || future.as_mut().poll(task));
                polled.map(|polled| {
                    polled.map(|(run, outcome)| {
                        self.runs = Runs::Bare(run);
                        outcome
                    })
                })
            }
            Runs::Ended => return Poll::Pending,
        };
        self.went_on(floor, polled, task)
    }

    fn went_on(
        &mut self,
        floor: &Floor,
        polled: Result<Poll<Outcome>, HandlerError>,
        task: &mut Context<'_>,
    ) -> Poll<Outcome> {
        match polled {
            Ok(Poll::Pending) if !self.is_over(floor, task) => Poll::Pending,
            Ok(Poll::Ready(outcome)) => Poll::Ready(outcome),
            Ok(Poll::Pending) => {
                self.end(floor);
                let longest = floor.route.policy.timeout.unwrap_or_default();
                let error = format!("the handler took longer than {longest:?}");
                Poll::Ready(Err(HandlerError::retry(error)))
            }
            Err(panicked) => {
                self.end(floor);
                Poll::Ready(Err(panicked))
            }
        }
    }

    /// Drops what runs, which may panic too.
    fn end(&mut self, floor: &Floor) {
        let runs = std::mem::replace(&mut self.runs, Runs::Ended);
        guarded(floor.own_address(), || drop(runs)).ok();
    }

    /// The place, once its run has ended; none where it is not used again.
    pub(super) fn into_run(self) -> Option<Box<dyn Run>> {
        match self.runs {
            Runs::Bare(run) => Some(run),
            Runs::Layered(_) | Runs::Ended => None,
        }
    }

    /// Whether its time is over; looked at only when it has to wait.
    fn is_over(&mut self, floor: &Floor, task: &mut Context<'_>) -> bool {
        let Some(longest) = floor.route.policy.timeout else {
            return false;
        };
        let limit = self.limit.get_or_insert_with(|| Box::pin(sleep(longest)));
        limit.as_mut().poll(task).is_ready()
    }
}

/// The layers, and the handler within.
async fn layered(
    floor: Arc<Floor>,
    mut run: Box<dyn Run>,
    incoming: crate::transport::Incoming,
    attempt: u32,
) -> (Box<dyn Run>, Outcome) {
    let handling = floor.handling(&incoming, attempt);
    let layers: Layers = floor.layers.clone();
    let given = Given::new();
    let handler = async {
        run.give(given.take());
        let job = Job {
            address: &handling.address,
            message: &handling.message,
            attempt,
        };
        let mut begins = true;
        let ended = poll_fn(|task| match std::mem::take(&mut begins) {
            true => run.begin(&job, task),
            false => run.poll(task),
        });
        let ended = ended.await;
        made_ready(&floor, &handling.message, outcome_of(&mut run, ended))
    };
    let next = Next::new(&handling, &layers, &given, Box::pin(handler));
    let outcome = next.run().await;
    // A layer may have given it up.
    run.clear();
    (run, outcome)
}

/// What came of a run that has ended so.
fn outcome_of(run: &mut Box<dyn Run>, ended: Ended) -> Outcome {
    match ended {
        Ended::Done => Ok(Handled::default()),
        Ended::Told => run.outcome(),
    }
}

/// Gives what is to be sent its ids, and has the layers see it.
#[inline]
fn made_ready(floor: &Floor, cause: &Message, outcome: Outcome) -> Outcome {
    match outcome {
        Ok(handled) if !handled.is_empty() => identified(floor, cause, handled),
        outcome => outcome,
    }
}

fn identified(floor: &Floor, cause: &Message, mut handled: Handled) -> Outcome {
    if !handled.sent.is_empty() {
        identify_sent(floor, cause, &mut handled.sent)?;
    }
    // Whoever asked wants one, be it another than before.
    if let Some(Reply { channel, message }) = &mut handled.reply {
        let message = Arc::make_mut(message);
        message.id = floor.replies.id(&cause.id);
        floor.layers.outgoing_message(channel, message)?;
    }
    Ok(handled)
}

fn identify_sent(
    floor: &Floor,
    cause: &Message,
    sent: &mut [Outgoing],
) -> Result<(), HandlerError> {
    let mut ids = Ids::of(&cause.id, &floor.route.consumer);
    for outgoing in sent {
        ids.give(outgoing);
        floor.layers.outgoing(outgoing)?;
    }
    Ok(())
}
