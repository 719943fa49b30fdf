//! The service that receives: each message is applied in a transaction, with the note that it was received.
use crate::{
    Outcome,
    base::{Base, patiently},
    broker,
    orders::Orders,
};
use std::{sync::Arc, time::Duration};
use tidings::{
    Backoff, DynTransport, HandlerError, Layers, Message, Policy, Received, Result, Router,
    Service, serve,
};
use tidings_conformance::faults::{Deliveries, Log, numbered};
use tokio::sync::watch;

/// Handlers of a channel at a time.
const LANES: usize = 6;
/// How long what was begun may take at the end.
const GRACE: Duration = Duration::from_secs(10);

pub(crate) async fn consume(orders: &Orders, mut stopped: watch::Receiver<bool>) -> Outcome {
    let base = Base::reach(&orders.database, orders.pages).await?;
    let transport = patiently(|| broker::connect(&orders.broker)).await?;
    let log = orders.folder.join("delivered");
    let deliveries = Arc::new(Deliveries::to(Log::open(&log)?));
    let layers = Layers::new()
        .with_shared(deliveries)
        .with_shared(base.transactional());
    let begin = || apply(orders, base.clone(), transport.clone(), layers.clone());
    let mut service = patiently(begin).await?;
    tokio::select! {
        failed = service.failed() => {
            return Err(failed.map_or_else(|| "it has ended".into(), Into::into));
        }
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    service.stop(GRACE).await?;
    Ok(transport.close(GRACE).await?)
}

async fn apply(
    orders: &Orders,
    base: Base,
    transport: Arc<dyn DynTransport>,
    layers: Layers,
) -> Result<Service> {
    let backoff = Backoff::new(Duration::from_millis(10), Duration::from_secs(1));
    let policy = Policy::new().with_backoff(backoff);
    let policy = policy
        .with_attempts(u32::MAX)
        .with_timeout(Duration::from_secs(10));
    let mut router = Router::new();
    router.concurrency(LANES).policy(policy).layers(layers);
    for channel in orders.channels() {
        let base = base.clone();
        router.on(channel, move |received: Received<Message>| {
            let base = base.clone();
            async move {
                let number = numbered(&received.message.id);
                let number = number.ok_or_else(|| HandlerError::reject("an unknown message"))?;
                base.apply(&received.context, number).await
            }
        });
    }
    serve(transport, router).await
}
