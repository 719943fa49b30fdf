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
    let (classic, quorum) = (QueueType::Default, QueueType::Quorum);
    Ok(run(vec![
        harness("queues", settings(classic, 1), Over::queues)?,
        harness("topics", settings(classic, 1), Over::topics)?,
        harness("keyed", settings(classic, 1), Over::keyed)?,
        harness("quorum", settings(quorum, 1), Over::queues)?,
        harness("shards", settings(classic, 4), Over::keyed)?,
    ]))
}

fn address() -> String {
    env::var(ADDRESS).unwrap_or_default()
}

/// What a transport is shown as, so that another kind of channel is chosen for the cases.
type Shown = fn(RabbitTransport) -> Over;

fn harness(name: &str, settings: RabbitSettings, shown: Shown) -> Result<Harness, BoxError> {
    if address().is_empty() {
        let reason = format!("`{ADDRESS}` is not set; run `dev/services up rabbitmq`");
        let open = || async { Err("there is no broker".into()) };
        return Ok(Harness::new(name, Capabilities::none(0), open).absent(&reason));
    }
    let capabilities = capabilities(&settings, shown)?;
    // A producer that knows nothing of shards would publish to no queue.
    let foreign = (settings.shards == 1).then_some(Offer::Foreign);
    let open = move || open(settings.clone(), shown);
    let harness = Harness::new(name, capabilities, open).with_restart();
    let offers = [Offer::Cut, Offer::Stall, Offer::Deafen, Offer::Another];
    Ok(harness.offering(offers).offering(foreign))
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
    let proxy = Arc::new(Proxy::start(&address()).await?);
    let (sender, receiver) = tokio::try_join!(
        connect(proxy.url(), &settings),
        connect(proxy.url(), &settings)
    )?;
    let mut setup = Setup::pair(Arc::new(shown(sender)), Arc::new(shown(receiver)));
    setup.restart = Some(proxy.action(Proxy::restart));
    setup.cut = Some(proxy.action(Proxy::cut));
    setup.stall = Some(proxy.action(Proxy::stall));
    setup.deafen = Some(proxy.action(Proxy::deafen));
    setup.mend = Some(proxy.action(Proxy::mend));
    setup.another = Some(Box::new(move || {
        let settings = settings.clone();
        Box::pin(async move {
            let another = shown(connect(&address(), &settings).await?);
            Ok(Arc::new(another) as Arc<dyn DynTransport>)
        })
    }));
    setup.foreign = Some(foreign::producer(address()));
    setup.keep = Box::new(proxy);
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
