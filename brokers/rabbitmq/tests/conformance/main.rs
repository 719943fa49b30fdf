//! The transport under the suite, at the broker that `dev/services env` tells of.
mod foreign;
mod over;

use over::Over;
use std::{env, process::ExitCode, sync::Arc, time::Duration};
use tidings::{BoxError, Capabilities, Channel, DynTransport};
use tidings_conformance::{
    Harness, Offer, Setup,
    faults::{Forwarder, killable, restart, stop_and_start, variable},
    run_then_alone,
};
use tidings_rabbitmq::{QueueType, RabbitSettings, RabbitTransport};
use tokio::time::sleep;

/// Where the broker is.
const ADDRESS: &str = "TIDINGS_TEST_RABBITMQ";
/// What `dev/services` calls it.
const SERVICE: &str = "rabbitmq";
/// The cases that the broker's process is ended for, and how long each may take.
const RESTARTED: [&str; 3] = [
    "confirmed-outlives-the-broker",
    "queued-outlives-a-restart",
    "unsettled-survives-reconnect",
];
const RESTARTING: Duration = Duration::from_secs(180);
/// A queue that was made within seconds before the broker is killed may not be there again (RabbitMQ 3.10.8), whatever it had
/// confirmed: mostly where it is a quorum queue, seldom else.
const SETTLING: Duration = Duration::from_secs(10);
/// The class and the method of what says that a message has arrived.
const CONFIRMED: [u8; 4] = [0, 60, 0, 80];

fn main() -> Result<ExitCode, BoxError> {
    let (classic, quorum) = (QueueType::Default, QueueType::Quorum);
    let together = vec![
        harness("queues", settings(classic, 1), Over::queues)?,
        harness("topics", settings(classic, 1), Over::topics)?,
        harness("keyed", settings(classic, 1), Over::keyed)?,
        harness("quorum", settings(quorum, 1), Over::queues)?,
        harness("shards", settings(classic, 4), Over::keyed)?,
        harness("queues", settings(classic, 1), Over::queues)?.layered()?,
        harness("topics", settings(classic, 1), Over::topics)?.layered()?,
        harness("shards", settings(classic, 4), Over::keyed)?.layered()?,
    ];
    let alone = vec![
        restarted("queues", settings(classic, 1), Over::queues)?,
        restarted("topics", settings(classic, 1), Over::topics)?,
        restarted("quorum", settings(quorum, 1), Over::queues)?,
        restarted("shards", settings(classic, 4), Over::keyed)?,
    ];
    Ok(run_then_alone(together, alone))
}

fn address() -> String {
    env::var(ADDRESS).unwrap_or_default()
}

/// What a transport is shown as, so that another kind of channel is chosen for the cases.
type Shown = fn(RabbitTransport) -> Over;

fn harness(name: &str, settings: RabbitSettings, shown: Shown) -> Result<Harness, BoxError> {
    if address().is_empty() {
        let reason = format!("`{ADDRESS}` is not set; run `dev/services up rabbitmq`");
        return Ok(none(name, &reason));
    }
    let capabilities = capabilities(&settings, shown)?;
    let open = move || open(settings.clone(), shown);
    let harness = Harness::new(name, capabilities, open).with_restart();
    Ok(harness.offering([
        Offer::Cut,
        Offer::Stall,
        Offer::Deafen,
        Offer::Another,
        Offer::Foreign,
    ]))
}

/// The broker itself is stopped or killed, and started again.
fn restarted(name: &str, settings: RabbitSettings, shown: Shown) -> Result<Harness, BoxError> {
    let name = format!("{name}-restarted");
    if let Some(reason) = absent() {
        return Ok(none(&name, &reason).only(&RESTARTED, RESTARTING));
    }
    let capabilities = capabilities(&settings, shown)?;
    let open = move || open_directly(settings.clone(), shown);
    let harness = Harness::new(&name, capabilities, open).only(&RESTARTED, RESTARTING);
    Ok(harness.offering([Offer::Restart, Offer::Kill]))
}

/// Why there is no broker that may be stopped.
fn absent() -> Option<String> {
    let address = variable(ADDRESS, SERVICE);
    address
        .and_then(|address| killable(&address, SERVICE))
        .err()
}

fn none(name: &str, reason: &str) -> Harness {
    let open = || async { Err("there is no broker".into()) };
    Harness::new(name, Capabilities::none(0), open).absent(reason)
}

async fn open_directly(settings: RabbitSettings, shown: Shown) -> Result<Setup, BoxError> {
    let url = address();
    let (sender, receiver) = tokio::try_join!(connect(&url, &settings), connect(&url, &settings))?;
    let mut setup = Setup::pair(Arc::new(shown(sender)), Arc::new(shown(receiver)));
    setup.restart = Some(Box::new(|| Box::pin(stop_and_start(SERVICE))));
    setup.kill = Some(Box::new(|| {
        Box::pin(async {
            sleep(SETTLING).await;
            restart(SERVICE, Duration::ZERO).await
        })
    }));
    Ok(setup)
}

fn settings(queues: QueueType, shards: u16) -> RabbitSettings {
    let mut settings = RabbitSettings::default();
    settings.queues = queues;
    settings.shards = shards;
    settings
}

async fn connect(url: &str, settings: &RabbitSettings) -> Result<RabbitTransport, BoxError> {
    Ok(RabbitTransport::connect_with(url, settings.clone()).await?)
}

async fn open(settings: RabbitSettings, shown: Shown) -> Result<Setup, BoxError> {
    let confirms = |piece: &[u8]| piece.windows(4).any(|part| part == CONFIRMED);
    let (link, url) = Forwarder::before(&address(), confirms).await?;
    let (sender, receiver) = tokio::try_join!(connect(&url, &settings), connect(&url, &settings))?;
    let mut setup = Setup::pair(Arc::new(shown(sender)), Arc::new(shown(receiver)));
    link.offer(&mut setup);
    setup.foreign = Some(foreign::producer(address(), settings.shards > 1));
    setup.another = Some(Box::new(move || {
        let settings = settings.clone();
        Box::pin(async move {
            let another = shown(connect(&address(), &settings).await?);
            Ok(Arc::new(another) as Arc<dyn DynTransport>)
        })
    }));
    Ok(setup)
}

fn capabilities(settings: &RabbitSettings, shown: Shown) -> Result<Capabilities, BoxError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let transport = shown(runtime.block_on(connect(&address(), settings))?);
    let queue = DynTransport::capabilities(&transport, &Channel::point_to_point("any"));
    Ok(match queue.point_to_point {
        true => queue,
        false => DynTransport::capabilities(&transport, &Channel::publish_subscribe("any")),
    })
}
