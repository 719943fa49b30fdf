//! The transport under the suite, at the broker that `dev/services env` tells of.
mod foreign;
mod over;
#[path = "../common/proxy.rs"]
mod proxy;

use over::Over;
use proxy::Proxy;
use std::{env, process::ExitCode, sync::Arc};
use tidings::{BoxError, Capabilities, Channel, DynTransport};
use tidings_conformance::{Harness, Offer, Setup, run};
use tidings_rabbitmq::{QueueType, RabbitSettings, RabbitTransport};

/// Where the broker is.
const ADDRESS: &str = "TIDINGS_TEST_RABBITMQ";

fn main() -> Result<ExitCode, BoxError> {
    Ok(run(vec![
        harness("queues", QueueType::Default, Over::queues)?,
        harness("topics", QueueType::Default, Over::topics)?,
        harness("keyed", QueueType::Default, Over::keyed)?,
        harness("quorum", QueueType::Quorum, Over::queues)?,
    ]))
}

fn address() -> String {
    env::var(ADDRESS).unwrap_or_default()
}

/// What a transport is shown as, so that another kind of channel is chosen for the cases.
type Shown = fn(RabbitTransport) -> Over;

fn harness(name: &str, queues: QueueType, shown: Shown) -> Result<Harness, BoxError> {
    if address().is_empty() {
        let reason = format!("`{ADDRESS}` is not set; run `dev/services up rabbitmq`");
        let open = || async { Err("there is no broker".into()) };
        return Ok(Harness::new(name, Capabilities::none(0), open).absent(&reason));
    }
    let open = move || open(queues, shown);
    let harness = Harness::new(name, capabilities(queues, shown)?, open);
    Ok(harness.with_restart().offering([
        Offer::Cut,
        Offer::Stall,
        Offer::Deafen,
        Offer::Another,
        Offer::Foreign,
    ]))
}

async fn connect(url: &str, queues: QueueType) -> Result<RabbitTransport, BoxError> {
    let mut settings = RabbitSettings::default();
    settings.queues = queues;
    Ok(RabbitTransport::connect_with(url, settings).await?)
}

async fn open(queues: QueueType, shown: Shown) -> Result<Setup, BoxError> {
    let proxy = Arc::new(Proxy::start(&address()).await?);
    let (sender, receiver) =
        tokio::try_join!(connect(proxy.url(), queues), connect(proxy.url(), queues))?;
    let mut setup = Setup::pair(Arc::new(shown(sender)), Arc::new(shown(receiver)));
    setup.restart = Some(proxy.action(Proxy::restart));
    setup.cut = Some(proxy.action(Proxy::cut));
    setup.stall = Some(proxy.action(Proxy::stall));
    setup.deafen = Some(proxy.action(Proxy::deafen));
    setup.mend = Some(proxy.action(Proxy::mend));
    setup.another = Some(Box::new(move || {
        Box::pin(async move {
            let another = shown(connect(&address(), queues).await?);
            Ok(Arc::new(another) as Arc<dyn DynTransport>)
        })
    }));
    setup.foreign = Some(foreign::producer(address()));
    setup.keep = Box::new(proxy);
    Ok(setup)
}

fn capabilities(queues: QueueType, shown: Shown) -> Result<Capabilities, BoxError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let transport = shown(runtime.block_on(connect(&address(), queues))?);
    let queue = DynTransport::capabilities(&transport, &Channel::point_to_point("any"));
    Ok(match queue.point_to_point {
        true => queue,
        false => DynTransport::capabilities(&transport, &Channel::publish_subscribe("any")),
    })
}
