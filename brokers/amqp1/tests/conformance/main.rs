//! The transport under the suite, at both brokers that `dev/services env` tells of.
mod foreign;
mod over;

use over::{Over, Shown};
use std::{env, process::ExitCode, sync::Arc, time::Duration};
use tidings::{BoxError, Capabilities, Channel, DynTransport};
use tidings_amqp1::{Amqp1Settings, Amqp1Transport};
use tidings_conformance::{
    Harness, Offer, Setup,
    faults::{Forwarder, killable, restart, stop_and_start, variable},
    run_then_alone,
};

/// The cases that a broker's process is ended for, and how long each may take.
const RESTARTED: [&str; 3] = [
    "confirmed-outlives-the-broker",
    "queued-outlives-a-restart",
    "unsettled-survives-reconnect",
];
const RESTARTING: Duration = Duration::from_secs(180);
/// What begins the frame that says what became of a delivery.
const DISPOSITION: [u8; 3] = [0x00, 0x53, 0x15];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broker {
    Artemis,
    Classic,
}

impl Broker {
    /// What `dev/services` calls it.
    fn service(self) -> &'static str {
        match self {
            Self::Artemis => "artemis",
            Self::Classic => "activemq",
        }
    }

    /// What says where it is.
    fn variable(self) -> &'static str {
        match self {
            Self::Artemis => "TIDINGS_TEST_ARTEMIS",
            Self::Classic => "TIDINGS_TEST_ACTIVEMQ",
        }
    }

    fn address(self) -> String {
        env::var(self.variable()).unwrap_or_default()
    }

    /// Why there is none that may be stopped.
    fn absent(self) -> Option<String> {
        let address = variable(self.variable(), self.service());
        address
            .and_then(|address| killable(&address, self.service()))
            .err()
    }
}

fn main() -> Result<ExitCode, BoxError> {
    let all = [Broker::Artemis, Broker::Classic]
        .map(|broker| [Shown::Queues, Shown::Topics].map(|shown| (broker, shown)));
    let all = all.concat();
    // Classic has other promises of keys where a channel says that it has some.
    let keyed = [(Broker::Classic, Shown::Keyed)];
    let together: Result<Vec<_>, _> = all
        .iter()
        .chain(&keyed)
        .map(|(broker, shown)| harness(*broker, *shown))
        .collect();
    let alone: Result<Vec<_>, _> = all
        .iter()
        .map(|(broker, shown)| restarted(*broker, *shown))
        .collect();
    Ok(run_then_alone(together?, alone?))
}

fn name(broker: Broker, shown: Shown) -> String {
    let shown = match shown {
        Shown::Queues => "queues",
        Shown::Topics => "topics",
        Shown::Keyed => "keyed",
    };
    format!("{}-{shown}", broker.service())
}

fn none(name: &str, reason: &str) -> Harness {
    let open = || async { Err("there is no broker".into()) };
    Harness::new(name, Capabilities::none(0), open).absent(reason)
}

fn harness(broker: Broker, shown: Shown) -> Result<Harness, BoxError> {
    let name = name(broker, shown);
    if broker.address().is_empty() {
        let reason = format!(
            "`{}` is not set; run `dev/services up {}`",
            broker.variable(),
            broker.service()
        );
        return Ok(none(&name, &reason));
    }
    let open = move || open(broker, shown);
    let harness = Harness::new(&name, capabilities(broker, shown)?, open).with_restart();
    Ok(harness.offering([
        Offer::Cut,
        Offer::Stall,
        Offer::Deafen,
        Offer::Another,
        Offer::Foreign,
    ]))
}

/// The broker itself is stopped or killed, and started again.
fn restarted(broker: Broker, shown: Shown) -> Result<Harness, BoxError> {
    let name = format!("{}-restarted", name(broker, shown));
    if let Some(reason) = broker.absent() {
        return Ok(none(&name, &reason).only(&RESTARTED, RESTARTING));
    }
    let open = move || open_directly(broker, shown);
    let harness =
        Harness::new(&name, capabilities(broker, shown)?, open).only(&RESTARTED, RESTARTING);
    Ok(harness.offering([Offer::Restart, Offer::Kill]))
}

async fn connect(url: &str, shown: Shown) -> Result<Over, BoxError> {
    let mut settings = Amqp1Settings::default();
    settings.connect_within = Duration::from_secs(20);
    let inner = Amqp1Transport::connect_with(url, settings).await?;
    Ok(Over { inner, shown })
}

async fn pair(url: &str, shown: Shown) -> Result<Setup, BoxError> {
    let (sender, receiver) = tokio::try_join!(connect(url, shown), connect(url, shown))?;
    Ok(Setup::pair(Arc::new(sender), Arc::new(receiver)))
}

async fn open_directly(broker: Broker, shown: Shown) -> Result<Setup, BoxError> {
    let mut setup = pair(&broker.address(), shown).await?;
    let service = broker.service();
    setup.restart = Some(Box::new(move || Box::pin(stop_and_start(service))));
    setup.kill = Some(Box::new(move || Box::pin(restart(service, Duration::ZERO))));
    Ok(setup)
}

async fn open(broker: Broker, shown: Shown) -> Result<Setup, BoxError> {
    let confirms = |piece: &[u8]| piece.windows(3).any(|part| part == DISPOSITION);
    let (link, url) = Forwarder::before(&broker.address(), confirms).await?;
    let mut setup = pair(&url, shown).await?;
    link.offer(&mut setup);
    setup.another = Some(Box::new(move || {
        Box::pin(async move {
            let another = connect(&broker.address(), shown).await?;
            Ok(Arc::new(another) as Arc<dyn DynTransport>)
        })
    }));
    setup.foreign = Some(foreign::producer(broker, broker.address()));
    Ok(setup)
}

fn capabilities(broker: Broker, shown: Shown) -> Result<Capabilities, BoxError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let transport = runtime.block_on(connect(&broker.address(), shown))?;
    Ok(DynTransport::capabilities(
        &transport,
        &match shown {
            Shown::Topics => Channel::publish_subscribe("any"),
            Shown::Queues | Shown::Keyed => Channel::point_to_point("any"),
        },
    ))
}
