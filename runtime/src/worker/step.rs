//! What is done with one message: its handler runs, then what that made is sent.
use super::guarded::Guarded;
use crate::{
    ChannelKind, DynTransport, Error, ErrorKind, HandlerError, Message, Outgoing, clock,
    context::Ids,
    dead_letter::{Cause, dead_letter},
    policy::{DeadLetters, Policy},
    router::{Handler, Job, Made, Route, Unroutable},
    transport::{Incoming, Verdict, deadline},
};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// How long the transport may take to confirm what a handler sent, before it is sent again.
const CONFIRM: Duration = Duration::from_secs(30);

/// What all steps of a channel share.
pub(super) struct Floor {
    pub(super) transport: Arc<dyn DynTransport>,
    pub(super) route: Route,
    pub(super) policy: Policy,
    /// Whether the broker keeps rejected messages itself.
    pub(super) native_dead_letter: bool,
}

/// A message at work.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) incoming: Incoming,
    /// Attempts that this worker made before.
    pub(super) tried: u32,
    step: Step,
}

#[derive(Debug)]
enum Step {
    Handle,
    /// The handler has done its part: this is still to be sent, then the verdict told.
    Send {
        parcels: Vec<Parcel>,
        verdict: Verdict,
        failures: u32,
    },
}

/// Something to send.
#[derive(Debug)]
struct Parcel {
    outgoing: Outgoing,
    purpose: Purpose,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// A handler wants it sent.
    Message,
    /// Somebody waits for it, or has gone.
    Reply,
    /// The last that is left of a message.
    DeadLetter,
}

/// What is to be done about a message next.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is done with.
    Verdict(Verdict),
    /// Its handler is to run again.
    Retry(Duration),
    /// What its handler made is to be sent again.
    Resend(Duration),
}

impl Work {
    pub(super) fn new(incoming: Incoming) -> Self {
        Self {
            incoming,
            tried: 0,
            step: Step::Handle,
        }
    }

    fn attempt(&self) -> u32 {
        self.incoming.attempt.saturating_add(self.tried)
    }

    /// Whether its handler has run, so that giving it back would run that again.
    pub(super) fn is_handled(&self) -> bool {
        matches!(self.step, Step::Send { .. })
    }
}

/// Does what is next for a message.
pub(super) async fn step(floor: Arc<Floor>, mut work: Work) -> (Work, Outcome) {
    if let Step::Handle = work.step
        && let Some(pause) = handle(&floor, &mut work).await
    {
        work.tried = work.tried.saturating_add(1);
        return (work, Outcome::Retry(pause));
    }
    let outcome = send(&floor, &mut work).await;
    (work, outcome)
}

/// Runs the handler, and notes what is to be sent; or gives the pause before it is to run again.
async fn handle(floor: &Floor, work: &mut Work) -> Option<Duration> {
    let message = &work.incoming.message;
    if is_expired(message) {
        return give_up(floor, work, None, "expired", "nobody wants it any more");
    }
    let handler = match floor.route.find(message) {
        Ok(handler) => handler,
        // A topic may carry messages that are for others, which their names say.
        Err(Unroutable::UnknownName)
            if floor.route.channel.kind == ChannelKind::PublishSubscribe =>
        {
            tracing::debug!(id = %message.id, name = ?message.name, "message is for others");
            work.step = done();
            return None;
        }
        // Nobody else would ever take it.
        Err(why) => return give_up(floor, work, None, "no handler takes it", why.text()),
    };
    match run(floor, handler, work).await {
        Ok(made) => {
            work.step = made_ready(floor, work, made);
            None
        }
        Err(HandlerError::Reject(source)) => {
            give_up(floor, work, Some(handler), "rejected", &source.to_string())
        }
        Err(HandlerError::Retry { source, .. }) if work.attempt() >= floor.policy.attempts => {
            let error = source.to_string();
            give_up(floor, work, Some(handler), "attempts exhausted", &error)
        }
        Err(HandlerError::Retry { after, source }) => {
            let (id, name) = (&work.incoming.message.id, &work.incoming.message.name);
            let (address, attempt) = (&floor.route.channel.address, work.attempt());
            tracing::info!(%id, ?name, %address, attempt, error = %source, "handling failed, trying again");
            Some(after.unwrap_or_else(|| floor.policy.backoff.pause(attempt)))
        }
    }
}

fn is_expired(message: &Message) -> bool {
    message
        .expires
        .is_some_and(|expires| expires <= clock::now())
}

/// Runs the handler: one that panics or takes too long has failed.
async fn run(floor: &Floor, handler: &Handler, work: &Work) -> Result<Made, HandlerError> {
    let job = Job {
        address: work
            .incoming
            .address
            .clone()
            .unwrap_or_else(|| floor.route.channel.address.clone()),
        incoming: work.incoming.clone(),
        attempt: work.attempt(),
    };
    let Ok(running) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (handler.run)(job)))
    else {
        return Err(HandlerError::retry("the handler panicked before it began"));
    };
    let running = Guarded(running);
    let ended = match floor.policy.timeout {
        None => running.await,
        Some(longest) => match timeout(longest, running).await {
            Ok(ended) => ended,
            Err(_) => {
                return Err(HandlerError::retry(format!(
                    "the handler took longer than {longest:?}"
                )));
            }
        },
    };
    ended.unwrap_or_else(|panic| {
        tracing::error!(address = %floor.route.channel.address, %panic, "handler panicked");
        Err(HandlerError::retry(format!(
            "the handler panicked: {panic}"
        )))
    })
}

fn done() -> Step {
    Step::Send {
        parcels: Vec::new(),
        verdict: Verdict::Ack,
        failures: 0,
    }
}

fn made_ready(floor: &Floor, work: &Work, made: Made) -> Step {
    let Made { sent, reply } = made;
    let mut parcels = Vec::with_capacity(sent.len() + usize::from(reply.is_some()));
    parcels.extend(sent.into_iter().map(|outgoing| Parcel {
        outgoing,
        purpose: Purpose::Message,
    }));
    parcels.extend(reply.map(|outgoing| Parcel {
        outgoing,
        purpose: Purpose::Reply,
    }));
    if !parcels.is_empty() {
        let ids = Ids::of(&work.incoming.message.id, &floor.route.consumer);
        for (number, parcel) in parcels.iter_mut().enumerate() {
            parcel.outgoing.message.id = ids.number(number);
        }
    }
    Step::Send {
        parcels,
        verdict: Verdict::Ack,
        failures: 0,
    }
}

/// Notes what is left to do for a message that is given up: it goes where it is found again, and its sender is told.
fn give_up(
    floor: &Floor,
    work: &mut Work,
    handler: Option<&Handler>,
    reason: &'static str,
    error: &str,
) -> Option<Duration> {
    let message = &work.incoming.message;
    let by = work.incoming.address.as_ref();
    let address = by.unwrap_or(&floor.route.channel.address);
    let attempts = work.attempt();
    tracing::warn!(id = %message.id, name = ?message.name, %address, attempts, reason, error, "message given up");
    let cause = Cause {
        reason: reason.into(),
        error: error.to_owned(),
        attempts,
    };
    let kept = &floor.policy.dead_letters;
    let native = floor.native_dead_letter && *kept == DeadLetters::Beside;
    let letter = match native {
        true => None,
        false => dead_letter(message, address, &cause, kept),
    };
    let verdict = match letter {
        Some(_) => Verdict::Ack,
        None => Verdict::reject(reason),
    };
    let refusal = floor
        .policy
        .refuse
        .then(|| floor.route.refuse(handler, message, &cause));
    let letter = letter.map(|outgoing| Parcel {
        outgoing,
        purpose: Purpose::DeadLetter,
    });
    let refusal = refusal.flatten().map(|mut outgoing| {
        outgoing.message.id = Ids::of(&message.id, &floor.route.consumer).named("refused");
        Parcel {
            outgoing,
            purpose: Purpose::Reply,
        }
    });
    work.step = Step::Send {
        parcels: letter.into_iter().chain(refusal).collect(),
        verdict,
        failures: 0,
    };
    None
}

/// Sends what is still to be sent, channel by channel.
async fn send(floor: &Floor, work: &mut Work) -> Outcome {
    let Step::Send {
        parcels,
        verdict,
        failures,
    } = &mut work.step
    else {
        return Outcome::Verdict(Verdict::RETRY_NOW);
    };
    let mut pause = None;
    let mut broken = None;
    for parcel in std::mem::take(parcels) {
        let Outgoing { channel, message } = &parcel.outgoing;
        // In their order: what comes after a failure waits too.
        if pause.is_some() {
            parcels.push(parcel);
            continue;
        }
        let batch = std::slice::from_ref(message);
        let outcome = floor
            .transport
            .publish(channel, batch, deadline(CONFIRM))
            .await;
        let Some(Err(error)) = outcome.into_iter().next() else {
            continue;
        };
        match after(parcel.purpose, &error) {
            After::Dropped if error.kind() == ErrorKind::NotFound => {
                tracing::debug!(id = %message.id, address = %channel.address, "whoever asked is gone; reply dropped");
            }
            After::Dropped => tracing::warn!(address = %channel.address, %error, "reply dropped"),
            After::Again => {
                *failures += 1;
                pause = Some(
                    error
                        .wait()
                        .unwrap_or_else(|| floor.policy.backoff.pause(*failures)),
                );
                tracing::warn!(address = %channel.address, %error, failures, "sending failed, trying again");
                parcels.push(parcel);
            }
            After::Never => broken = broken.or(Some(error)),
        }
    }
    match (pause, broken) {
        (Some(pause), _) => Outcome::Resend(pause),
        (None, None) => Outcome::Verdict(verdict.clone()),
        (None, Some(error)) => {
            give_up(
                floor,
                work,
                None,
                "what its handler sent cannot be sent",
                &error.to_string(),
            );
            Outcome::Resend(Duration::ZERO)
        }
    }
}

enum After {
    Dropped,
    Again,
    Never,
}

fn after(purpose: Purpose, error: &Error) -> After {
    let later = error.is_retryable() || error.kind() == ErrorKind::Closed;
    match purpose {
        Purpose::Reply if !later => After::Dropped,
        Purpose::Message if !later => After::Never,
        _ => After::Again,
    }
}
