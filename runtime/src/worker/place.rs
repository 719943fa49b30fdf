//! Where a handler runs, with the layers around it: one that panics or takes too long has failed.
use super::{floor::Floor, work::Work};
use crate::{
    BoxFuture, Handled, HandlerError, Layers, Message,
    ids::Ids,
    layer::Next,
    run::{Job, Run},
    unseen,
};
use std::{
    any::Any,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::time::{Sleep, sleep};

pub(super) type Outcome = Result<Handled, HandlerError>;

pub(super) struct Place {
    pub(super) handler: usize,
    runs: Runs,
    message: Arc<Message>,
    /// When it is given up; from when it had to wait.
    limit: Option<Pin<Box<Sleep>>>,
}

enum Runs {
    Bare(Box<dyn Run>),
    Layered(BoxFuture<'static, (Box<dyn Run>, Outcome)>),
    Ended,
}

impl Place {
    pub(super) fn begin(
        floor: &Arc<Floor>,
        handler: usize,
        work: &Work,
    ) -> Result<Self, HandlerError> {
        let gone = || HandlerError::retry("there is no such handler");
        let mut run = floor.place(handler).ok_or_else(gone)?;
        let runs = if floor.layers.is_empty() {
            let job = Job {
                address: floor.address(&work.incoming),
                message: &work.incoming.message,
                attempt: work.attempt(),
                timeout: floor.route.policy.timeout,
            };
            guarded(floor, || run.begin(&job)).unwrap_or_else(Err)?;
            Runs::Bare(run)
        } else {
            Runs::Layered(Box::pin(layered(
                floor.clone(),
                run,
                work.incoming.clone(),
                work.attempt(),
            )))
        };
        Ok(Self {
            handler,
            runs,
            message: work.incoming.message.clone(),
            limit: None,
        })
    }

    pub(super) fn poll(&mut self, floor: &Floor, task: &mut Context<'_>) -> Poll<Outcome> {
        let polled = match &mut self.runs {
            Runs::Bare(run) => guarded(floor, || run.poll(task)),
            Runs::Layered(future) => guarded(floor, || {
                future.as_mut().poll(task).map(|(run, outcome)| {
                    floor.give_back(self.handler, run);
                    outcome
                })
            }),
            Runs::Ended => return Poll::Pending,
        };
        let outcome = match polled {
            Ok(Poll::Pending) if !self.is_over(floor, task) => return Poll::Pending,
            Ok(Poll::Pending) => {
                let longest = floor.route.policy.timeout.unwrap_or_default();
                Err(HandlerError::retry(format!(
                    "the handler took longer than {longest:?}"
                )))
            }
            Ok(Poll::Ready(outcome)) => {
                return Poll::Ready(self.ended(floor, outcome));
            }
            Err(panicked) => Err(panicked),
        };
        // What was cut off, or has panicked, is not used again.
        self.runs = Runs::Ended;
        Poll::Ready(outcome)
    }

    fn ended(&mut self, floor: &Floor, outcome: Outcome) -> Outcome {
        match std::mem::replace(&mut self.runs, Runs::Ended) {
            Runs::Bare(run) => {
                floor.give_back(self.handler, run);
                outcome.and_then(|handled| made_ready(floor, &self.message, handled))
            }
            Runs::Layered(_) | Runs::Ended => outcome,
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
    let handler = async {
        run.begin(&Job {
            address: &handling.address,
            message: &handling.message,
            attempt,
            timeout: floor.route.policy.timeout,
        })?;
        let handled = poll_fn(|task| run.poll(task)).await?;
        made_ready(&floor, &handling.message, handled)
    };
    let outcome = Next::new(&handling, &layers, Box::pin(handler)).run().await;
    (run, outcome)
}

/// Gives what is to be sent its ids, and has the layers see it.
fn made_ready(floor: &Floor, cause: &Message, mut handled: Handled) -> Outcome {
    let made = handled.sent.iter_mut().chain(&mut handled.reply);
    let ids = Ids::of(&cause.id, &floor.route.consumer);
    for (number, outgoing) in made.enumerate() {
        outgoing.message.id = ids.number(number);
        floor.layers.outgoing(outgoing)?;
    }
    Ok(handled)
}

/// Does something that may panic, which is a failure then. Sound: what has panicked is never looked at again.
fn guarded<T>(floor: &Floor, does: impl FnOnce() -> T) -> Result<T, HandlerError> {
    catch_unwind(AssertUnwindSafe(does)).map_err(|panic| {
        let panic = text(&*panic);
        unseen::tell();
        tracing::error!(address = %floor.route.channel.address, %panic, "handler panicked");
        HandlerError::retry(format!("the handler panicked: {panic}"))
    })
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no text").to_owned()
}
