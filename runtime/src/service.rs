//! A running service: one worker a channel, until it is stopped.
use crate::{
    ChannelKind, DynTransport, Error, ErrorKind, Result, Str,
    requirement::of_server,
    router::{Limits, Plan, Router},
    transport::{Affinity, State},
    worker::{Places, Worker},
};
use std::{collections::HashMap, fmt, sync::Arc, time::Duration};
use tokio::{
    runtime::Handle,
    sync::watch,
    task::{Id, JoinError, JoinSet},
};

/// Subscribes to every channel of the router and handles what comes. When it returns, all subscriptions stand.
///
/// # Errors
/// When the transport cannot do what the router needs, or cannot subscribe.
pub async fn serve(transport: Arc<dyn DynTransport>, router: Router) -> Result<Service> {
    let (limits, layers) = (router.limits(), router.shared_layers());
    let mut subscribed = Vec::new();
    let plans = router.into_plan(|channel| transport.capabilities(channel));
    for plan in plans.map_err(|error| of_server(&*transport, error))? {
        let workers = workers(&plan, limits);
        let places = Places::of(limits.concurrency, workers);
        for (number, places) in places.into_iter().enumerate() {
            let subscription = transport.subscribe(&plan.spec).await?;
            let prefetch = limits.prefetch_of(number, workers);
            subscribed.push((plan.clone(), (places, prefetch), subscription));
        }
    }
    let (stop, stopped) = watch::channel(false);
    let mut service = Service {
        stop,
        state: transport.state(),
        failed: Vec::new(),
        told: 0,
        workers: JoinSet::new(),
        channels: HashMap::new(),
    };
    for (plan, limits, subscription) in subscribed {
        let Plan {
            route,
            capabilities,
            ..
        } = plan;
        let (transport, stopped) = (transport.clone(), stopped.clone());
        let address = route.channel.address.clone();
        let worker = Worker::new(
            transport,
            route,
            subscription,
            &capabilities,
            limits,
            layers.clone(),
            stopped,
        );
        let id = service.workers.spawn(worker.run()).id();
        service.channels.insert(id, address);
    }
    Ok(service)
}

/// How many workers compete for a channel: one a thread, where the transport keeps a key with one of them.
fn workers(plan: &Plan, limits: Limits) -> usize {
    let competes =
        plan.spec.channel.kind == ChannelKind::PointToPoint || plan.spec.group.name().is_some();
    if !competes || plan.capabilities.affinity != Affinity::Keys {
        return 1;
    }
    let threads = Handle::current().metrics().num_workers();
    threads.min(limits.concurrency).min(limits.prefetch)
}

/// A running service. Dropped, it is aborted: what was being handled is delivered again.
#[must_use = "a service that is dropped is aborted"]
pub struct Service {
    stop: watch::Sender<bool>,
    workers: JoinSet<Result<()>>,
    state: watch::Receiver<State>,
    /// Which channels are served no more, and why.
    failed: Vec<(Str, Error)>,
    /// How many of these were told.
    told: usize,
    /// The address that each worker works on.
    channels: HashMap<Id, Str>,
}

impl Service {
    /// Takes no new messages, waits for the running handlers, settles, and ends. Where the broker is told up to where all is done, what
    /// came before a message that is handled is handled too, since that would come again with it. Handlers that still run after
    /// `grace` are aborted and their messages delivered again.
    ///
    /// # Errors
    /// When handlers had to be aborted, or a channel has failed that [`failed`](Self::failed) did not tell.
    pub async fn stop(mut self, grace: Duration) -> Result<()> {
        self.stop.send_replace(true);
        match tokio::time::timeout(grace, self.ended()).await {
            Ok(outcome) => outcome,
            Err(_) => {
                // When this returns, their messages are given back.
                self.workers.shutdown().await;
                let reason = format!(
                    "handlers still ran after {grace:?} and were aborted; their messages come again"
                );
                Err(Error::new(ErrorKind::Timeout, "stop", reason))
            }
        }
    }

    /// Waits until the service has ended by itself, because its transport was closed or failed for good.
    ///
    /// # Errors
    /// When a channel has failed that [`failed`](Self::failed) did not tell; a closed transport is no failure.
    pub async fn join(mut self) -> Result<()> {
        self.ended().await
    }

    /// How it is doing, for whoever asks: a probe, a page of status. Never waits.
    pub fn health(&mut self) -> Health {
        while let Some(ended) = self.workers.try_join_next_with_id() {
            self.note(ended);
        }
        Health {
            transport: self.state.borrow().clone(),
            served: self.served(),
            failed: self.failed.iter().map(|(_, error)| error.clone()).collect(),
        }
    }

    fn served(&self) -> Vec<Str> {
        let mut served: Vec<_> = self.channels.values().cloned().collect();
        served.sort();
        served.dedup();
        served
    }

    /// Waits until a channel has failed for good while the others go on, and gives why, with its address; none when all have
    /// ended. Cancel-safe.
    pub async fn failed(&mut self) -> Option<Error> {
        loop {
            if let Some(error) = self.untold() {
                self.told += 1;
                return Some(error);
            }
            self.next_ended().await?;
        }
    }

    async fn ended(&mut self) -> Result<()> {
        while self.next_ended().await.is_some() {}
        self.untold().map_or(Ok(()), Err)
    }

    fn untold(&self) -> Option<Error> {
        let untold = self.failed.get(self.told);
        untold.map(|(_, error)| error.clone())
    }

    /// Waits for the next worker to end; none where all have.
    async fn next_ended(&mut self) -> Option<()> {
        let ended = self.workers.join_next_with_id().await?;
        self.note(ended);
        Some(())
    }

    fn note(&mut self, ended: Result<(Id, Result<()>), JoinError>) {
        let (id, outcome) = match ended {
            Ok(ended) => ended,
            Err(error) => (error.id(), Err(early(error))),
        };
        let address = self.channels.remove(&id).unwrap_or_default();
        // The workers of a channel fail together, which is one failure.
        let is_known = self.failed.iter().any(|(known, _)| *known == address);
        if let (Err(error), false) = (outcome, is_known) {
            let error = error.with("channel", &address);
            self.failed.push((address, error));
        }
    }
}

/// How a service is doing.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Health {
    /// How its transport is doing.
    pub transport: State,
    /// The addresses that it works on.
    pub served: Vec<Str>,
    /// Why channels are served no more.
    pub failed: Vec<Error>,
}

impl Health {
    /// Whether it works on all of its channels, or would as soon as the broker is reached: one that does not is to be started
    /// anew.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.failed.is_empty() && !self.served.is_empty() && self.transport != State::Closed
    }

    /// Whether messages come through now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.is_alive() && self.transport == State::Connected
    }
}

fn early(error: JoinError) -> Error {
    Error::new(ErrorKind::Unexpected, "serve", "a worker ended early").because(error)
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("workers", &self.workers.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_alive_while_all_is_served_and_ready_while_it_is_connected_too() {
        let reconnecting = State::Reconnecting {
            since: tokio::time::Instant::now(),
            reason: "cut".into(),
        };
        let failure = Error::new(ErrorKind::Unexpected, "receive", "");
        for (transport, served, failed, expected) in [
            (State::Connected, true, false, (true, true)),
            (reconnecting, true, false, (true, false)),
            (State::Closed, true, false, (false, false)),
            (State::Connected, true, true, (false, false)),
            (State::Connected, false, false, (false, false)),
        ] {
            let served = served.then(|| "a".into()).into_iter().collect();
            let failed = failed.then(|| failure.clone()).into_iter().collect();
            let health = Health {
                transport,
                served,
                failed,
            };
            let told = (health.is_alive(), health.is_ready());
            assert_eq!(told, expected, "{health:?}");
        }
    }
}
