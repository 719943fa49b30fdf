//! A running service: one worker a channel, until it is stopped.
mod health;

pub use health::{Health, Probe};

use crate::{
    ChannelKind, DynTransport, Error, ErrorKind, Result,
    requirement::of_server,
    router::{Limits, Plan, Router},
    transport::Affinity,
    worker::{Bounds, Places, Worker},
};
use health::Board;
use std::{fmt, sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::watch, task::JoinSet};

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
        let bytes = limits.prefetch_bytes.div_ceil(workers);
        let spec = plan.spec.clone().prefetch_bytes(bytes);
        for (number, places) in places.into_iter().enumerate() {
            let subscription = transport.subscribe(&spec).await?;
            let bounds = Bounds {
                places,
                messages: limits.prefetch_of(number, workers),
                bytes,
            };
            subscribed.push((plan.clone(), bounds, subscription));
        }
    }
    let (stop, stopped) = watch::channel(false);
    let board = Board::new();
    let mut service = Service {
        stop,
        probe: board.probe(transport.state()),
        told: 0,
        workers: JoinSet::new(),
    };
    for (plan, bounds, subscription) in subscribed {
        let Plan {
            route,
            capabilities,
            ..
        } = plan;
        let (transport, stopped) = (transport.clone(), stopped.clone());
        let post = board.post(route.channel.address.clone());
        let worker = Worker::new(
            transport,
            route,
            subscription,
            &capabilities,
            bounds,
            layers.clone(),
            stopped,
        );
        service.workers.spawn(async move {
            worker.run(|error| post.fail(error)).await;
            post.end();
        });
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
    workers: JoinSet<()>,
    probe: Probe,
    /// How many failures were told.
    told: usize,
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

    /// How it is doing, for whoever asks: a page of status, say. Never waits.
    #[must_use]
    pub fn health(&self) -> Health {
        self.probe.health()
    }

    /// What tells that to others, such as whoever answers probes, while the service is waited for here.
    #[must_use]
    pub fn probe(&self) -> Probe {
        self.probe.clone()
    }

    /// Waits until a channel has failed for good while the others go on, and gives why, with its address; none when all have
    /// ended. What was at work on it may still come to its end. Cancel-safe.
    pub async fn failed(&mut self) -> Option<Error> {
        let error = self.probe.failure(self.told).await?;
        self.told += 1;
        Some(error)
    }

    async fn ended(&mut self) -> Result<()> {
        while self.workers.join_next().await.is_some() {}
        self.probe.untold(self.told).map_or(Ok(()), Err)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("workers", &self.workers.len())
            .finish_non_exhaustive()
    }
}
