//! A running service: one worker a channel, until it is stopped.
use crate::{
    DynTransport, Error, ErrorKind, Result,
    router::Router,
    transport::Settle,
    worker::{Worker, WorkerSettings},
};
use std::{fmt, sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinSet};

/// Subscribes to every channel of the router and handles what comes. When it returns, all subscriptions stand.
///
/// # Errors
/// When the transport cannot do what the router needs, or cannot subscribe.
pub async fn serve(transport: Arc<dyn DynTransport>, router: Router) -> Result<Service> {
    let capabilities = transport.capabilities();
    let settles = capabilities.settle == Settle::Individual;
    let delay = capabilities.delay.filter(|_| settles);
    let settings = WorkerSettings {
        limits: router.settings(),
        settles,
        delay,
    };
    let mut subscribed = Vec::new();
    for (spec, route) in router.into_plan(&capabilities)? {
        let subscription = transport.subscribe(spec).await?;
        subscribed.push((route, subscription));
    }
    let (stop, stopped) = watch::channel(false);
    let mut workers = JoinSet::new();
    for (route, subscription) in subscribed {
        workers.spawn(
            Worker::new(
                transport.clone(),
                route,
                subscription,
                settings,
                stopped.clone(),
            )
            .run(),
        );
    }
    Ok(Service { stop, workers })
}

/// A running service. Dropped, it is aborted: what was being handled is delivered again.
#[must_use = "a service that is dropped is aborted"]
pub struct Service {
    stop: watch::Sender<bool>,
    workers: JoinSet<Result<()>>,
}

impl Service {
    /// Takes no new messages, waits for the running handlers, settles, and ends. Handlers that still run after `grace` are
    /// aborted and their messages delivered again.
    ///
    /// # Errors
    /// When handlers had to be aborted, or a worker failed.
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
    /// When a worker failed; a closed transport is no failure.
    pub async fn join(mut self) -> Result<()> {
        self.ended().await
    }

    async fn ended(&mut self) -> Result<()> {
        let mut outcome = Ok(());
        while let Some(worker) = self.workers.join_next().await {
            let failed = |error: tokio::task::JoinError| {
                Err(
                    Error::new(ErrorKind::Unexpected, "serve", "a worker ended early")
                        .because(error),
                )
            };
            outcome = outcome.and(worker.unwrap_or_else(failed));
        }
        outcome
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("workers", &self.workers.len())
            .finish_non_exhaustive()
    }
}
