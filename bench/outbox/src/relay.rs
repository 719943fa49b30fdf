//! A relay that finds many events.
use crate::{
    database::{CHANNEL, Database},
    gate::Gate,
    sink::Sink,
    watch::{Figures, Watch},
};
use anyhow::{Context, ensure};
use std::{sync::Arc, time::Duration};
use tidings::{
    Channel, DynTransport, Registry, Server, connect,
    transport::{Ensure, Wanted},
};
use tidings_outbox::{Relay, RelayState, Running, Store};
use tidings_rabbitmq::RabbitConnector;
use tokio::time::{sleep, timeout};

const GRACE: Duration = Duration::from_secs(10);

/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(50);

/// What a relay that has begun to read the log does at first.
const SETTLING: Duration = Duration::from_millis(1500);

/// Whether nobody is behind with a slot: true where there is none.
pub(crate) const TAILS: &str = "select not exists (select from pg_replication_slots r where r.database = current_database() and not exists \
    (select from pg_stat_replication s where s.pid = r.active_pid and s.state = 'streaming'))";

pub(crate) async fn drain(
    database: &Database,
    store: Arc<dyn Store>,
    count: usize,
    rabbitmq: Option<&str>,
) -> anyhow::Result<Figures> {
    let broker = match rabbitmq {
        Some(url) => Some(rabbit(url).await?),
        None => None,
    };
    let (gate, sink) = (Gate::new(), Sink::new(broker.clone()));
    let relay = start(database, gate.before(store), &sink).await?;
    gate.open(false);
    database.fill(count).await?;
    let begun = relay.state().borrow().clone();
    ensure!(
        matches!(begun, RelayState::Leading),
        "the relay was held for too long, and lost the lead: {begun:?}; try with fewer events"
    );
    let watch = Watch::begin();
    gate.open(true);
    let took = timeout(PATIENCE, sink.took(count + 1)).await;
    took.context("not all events came in time")?;
    let figures = watch.stop(count, Vec::new());
    let end = relay.state().borrow().clone();
    ensure!(
        matches!(end, RelayState::Leading),
        "the relay lost the lead: {end:?}"
    );
    relay.stop(GRACE).await?;
    if let Some(broker) = broker {
        broker.close(GRACE).await?;
    }
    Ok(figures)
}

/// Begins a relay, and waits until it publishes by what it is for.
pub(crate) async fn start(
    database: &Database,
    store: Arc<dyn Store>,
    sink: &Sink,
) -> anyhow::Result<Running> {
    let relay = Relay::new(store, Arc::new(sink.clone())).start().await?;
    database.fill(1).await?;
    timeout(PATIENCE, sink.took(1))
        .await
        .context("the relay publishes nothing")?;
    sleep(SETTLING).await;
    database.until(TAILS).await?;
    Ok(relay)
}

/// Where the queue of all events is.
pub(crate) async fn rabbit(url: &str) -> anyhow::Result<Arc<dyn DynTransport>> {
    let registry = Registry::new().with(RabbitConnector::default());
    let transport = connect(&Server::new("amqp", url), &registry).await?;
    let wanted = [Wanted::channel(Channel::point_to_point(CHANNEL))];
    transport.ensure(&wanted, Ensure::Create).await?;
    Ok(transport)
}
