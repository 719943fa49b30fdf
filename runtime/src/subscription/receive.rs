//! The task of a subscription: it owns the transport's, and keeps that, and the leases of what is out, until all is settled.
use super::{
    out::Out,
    source::{Source, log},
};
use crate::{
    ErrorKind,
    lease::Leases,
    transport::{DynSubscription, Event, Part, Verdict, deadline},
};
use std::{future::pending, sync::Arc, time::Duration};
use tokio::{
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::coop::consume_budget,
    time::{Instant, sleep_until},
};

/// Pause after a failure that may pass, where the transport says no other.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

pub(super) async fn run(subscription: Box<dyn DynSubscription>, source: Arc<Source>) {
    let leases = Leases::of(subscription.lease());
    tokio::select! {
        biased;
        () = receive(subscription, &source, &leases) => {}
        () = leases.keep(&*source.settler) => {}
    }
}

/// Puts deliveries where they are taken, as they are wanted; ends when all of them are settled.
async fn receive(
    mut subscription: Box<dyn DynSubscription>,
    source: &Arc<Source>,
    leases: &Leases,
) {
    let (alive, settled) = mpsc::unbounded_channel();
    let mut resume = None;
    while !source.shelf().is_closed() {
        // There may always be more to do, and others want to do something too.
        consume_budget().await;
        let (room, due) = source.shelf().asks();
        let asked = async {
            if let Some(resume) = resume {
                sleep_until(resume).await;
            }
            subscription.next(room).await
        };
        let next = tokio::select! {
            biased;
            () = source.changed.notified() => continue,
            () = at(due) => {
                source.shelf().resume();
                continue;
            }
            next = asked => next,
        };
        resume = None;
        let failed = match next {
            Ok(event) => {
                happened(source, event, (leases, &alive)).await;
                continue;
            }
            Err(error) if error.kind() == ErrorKind::Closed => break,
            Err(error) => error,
        };
        let (is_over, pause) = (!failed.is_retryable(), failed.wait());
        source.shelf().failed(failed);
        if is_over {
            break;
        }
        resume = Some(deadline(pause.unwrap_or(PAUSE)));
    }
    let left = source.shelf().end();
    release(source, left).await;
    drop(alive);
    finish(source, settled).await;
}

async fn happened(source: &Source, event: Event, (leases, alive): (&Leases, &UnboundedSender<()>)) {
    match event {
        Event::Deliveries(deliveries) => {
            let out = deliveries.into_iter().map(|incoming| Out {
                _leased: leases.lease(incoming.token),
                _alive: alive.clone(),
                incoming,
            });
            source.shelf().add(out);
        }
        Event::Leaving { parts, .. } => leave(source, &parts).await,
        Event::Gone { parts } => {
            let mut shelf = source.shelf();
            parts.into_iter().for_each(|part| shelf.gone(part));
        }
        Event::Lost { count } => {
            tracing::warn!(address = %source.channel.address, ?count, "messages were lost");
        }
    }
}

/// Gives back what nobody has taken; what is in hands may be settled as long as the transport waits.
async fn leave(source: &Source, parts: &[Part]) {
    let left = {
        let mut shelf = source.shelf();
        let left = parts.iter().flat_map(|part| shelf.leave(*part));
        left.collect()
    };
    release(source, left).await;
}

async fn release(source: &Source, left: Vec<Out>) {
    if left.is_empty() {
        return;
    }
    let released = left.iter().map(|out| (out.token(), Verdict::Release));
    let failed = source.settler.settle(&released.collect::<Vec<_>>()).await;
    if let Some((_, error)) = failed.first() {
        log(error);
    }
}

/// Waits until all that was taken is settled; what nobody takes any more is given back.
async fn finish(source: &Source, mut settled: UnboundedReceiver<()>) {
    loop {
        if source.shelf().is_closed() {
            let left = source.shelf().empty();
            release(source, left).await;
        }
        tokio::select! {
            // Nobody sends anything: it ends.
            _ = settled.recv() => return,
            () = source.changed.notified() => {}
        }
    }
}

/// Ends at that time, or never.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}
