//! The Kafka transport under the suite, on the cluster that `dev/services` starts, by both protocols of groups.
mod capabilities;
mod proxy;

use capabilities::capabilities;
use proxy::Proxy;
use rdkafka::{
    ClientConfig,
    message::{Header, OwnedHeaders},
    producer::{FutureProducer, FutureRecord},
};
use std::{
    env,
    process::ExitCode,
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};
use tidings::{BoxError, Channel, DynTransport, Registry, Server};
use tidings_conformance::{
    Action, Another, Foreign, Harness, Offer, Raw, Setup,
    faults::{killable, restart, stop_and_start, variable},
    run_then_alone,
};
use tidings_kafka::{GroupProtocol, KafkaConnector, KafkaSettings};

/// Where the cluster is, as `dev/services env` says.
const VARIABLE: &str = "TIDINGS_TEST_KAFKA";
/// What `dev/services` calls it.
const SERVICE: &str = "kafka";
/// The cases that the broker's process is ended for, and how long each may take.
const RESTARTED: [&str; 3] = [
    "confirmed-outlives-the-broker",
    "queued-outlives-a-restart",
    "unsettled-survives-reconnect",
];
const RESTARTING: Duration = Duration::from_secs(180);
/// What the protocol calls a publish.
const PRODUCE: i16 = 0;

fn main() -> Result<ExitCode, BoxError> {
    let url = env::var(VARIABLE).ok();
    let (mut harnesses, mut alone) = (Vec::new(), Vec::new());
    for protocol in [GroupProtocol::Classic, GroupProtocol::Consumer] {
        let name = format!("{protocol:?}");
        alone.push(restarted(&name, protocol));
        let harness = match url.clone() {
            Some(url) => {
                let open = move || open(url.clone(), protocol);
                Harness::new(&name, capabilities(), open).offering(offers(protocol))
            }
            None => {
                let open = || async { Err("there is no cluster".into()) };
                let reason = format!("{VARIABLE} is not set; see `dev/services`");
                Harness::new(&name, capabilities(), open).absent(&reason)
            }
        };
        harnesses.extend([harness.clone().layered()?, harness]);
    }
    Ok(run_then_alone(harnesses, alone))
}

/// The broker itself is stopped or killed, and started again.
fn restarted(name: &str, protocol: GroupProtocol) -> Harness {
    let url = variable(VARIABLE, SERVICE);
    let address = url.clone().unwrap_or_default();
    let open = move || open_directly(address.clone(), protocol);
    let name = format!("{name}-restarted");
    let harness = Harness::new(&name, capabilities(), open).only(&RESTARTED, RESTARTING);
    match url.and_then(|url| killable(&url, SERVICE)) {
        Ok(()) => harness.offering([Offer::Restart, Offer::Kill]),
        Err(reason) => harness.absent(&reason),
    }
}

async fn open_directly(url: String, protocol: GroupProtocol) -> Result<Setup, BoxError> {
    let connect = || connect(url.clone(), protocol);
    let mut setup = Setup::pair(connect().await?, connect().await?);
    setup.restart = Some(Box::new(|| Box::pin(stop_and_start(SERVICE))));
    setup.kill = Some(Box::new(|| Box::pin(restart(SERVICE, Duration::ZERO))));
    Ok(setup)
}

/// What can be done to the cluster. A consumer of the newer protocol learns from the cluster that it was given up, so only once the
/// link is back, and not while it is cut.
fn offers(protocol: GroupProtocol) -> Vec<Offer> {
    let all = [
        Offer::Restart,
        Offer::Another,
        Offer::Foreign,
        Offer::Identity,
        Offer::Cut,
        Offer::Stall,
        Offer::Deafen,
    ];
    let is_classic = protocol == GroupProtocol::Classic;
    all.into_iter()
        .filter(|offer| is_classic || *offer != Offer::Cut)
        .collect()
}

async fn connect(url: String, protocol: GroupProtocol) -> Result<Arc<dyn DynTransport>, BoxError> {
    let settings = KafkaSettings {
        protocol,
        wait: Duration::from_secs(10),
        transaction: Duration::from_secs(5),
        drain: Duration::from_secs(2),
        session: Duration::from_secs(6),
        heartbeat: Duration::from_millis(100),
        ..KafkaSettings::default()
    };
    let registry = Registry::new().with(KafkaConnector::new(settings));
    Ok(tidings::connect(&Server::new("kafka", url), &registry).await?)
}

async fn open(url: String, protocol: GroupProtocol) -> Result<Setup, BoxError> {
    let proxy = Arc::new(Proxy::start(&url).await?);
    let connect = || connect(proxy.url(), protocol);
    let mut setup = Setup::pair(connect().await?, connect().await?);
    setup.restart = Some(action(&proxy, Proxy::restart));
    setup.cut = Some(action(&proxy, Proxy::cut));
    setup.stall = Some(action(&proxy, Proxy::stall));
    setup.deafen = Some(action(&proxy, Proxy::deafen));
    setup.mend = Some(action(&proxy, Proxy::mend));
    setup.foreign = Some(foreign(&url)?);
    setup.another = Some(another(url, protocol));
    setup.keep = Box::new(proxy);
    Ok(setup)
}

impl Proxy {
    /// Lets nothing pass, though connections stay open.
    fn stall(&self) {
        self.does.is_stalled.store(true, SeqCst);
    }

    /// Loses the answers to what is published.
    fn deafen(&self) {
        self.does.is_deaf_to.store(PRODUCE, SeqCst);
    }
}

fn action(proxy: &Arc<Proxy>, act: fn(&Proxy)) -> Action {
    let proxy = proxy.clone();
    Box::new(move || {
        act(&proxy);
        Box::pin(async { Ok(()) })
    })
}

fn another(url: String, protocol: GroupProtocol) -> Another {
    Box::new(move || {
        let url = url.clone();
        Box::pin(async move { connect(url, protocol).await })
    })
}

/// A producer that knows nothing of the transport.
fn foreign(url: &str) -> Result<Foreign, BoxError> {
    let servers = url.trim_start_matches("kafka://");
    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", servers)
        .create()?;
    Ok(Box::new(move |channel: Channel, raw: Raw| {
        let producer = producer.clone();
        Box::pin(async move {
            let add = |all: OwnedHeaders, (key, value): &(String, Vec<u8>)| {
                let value = Some(value);
                all.insert(Header { key, value })
            };
            let headers = raw.headers.iter().fold(OwnedHeaders::new(), add);
            let record: FutureRecord<'_, (), _> = FutureRecord::to(&channel.address)
                .payload(&raw.body)
                .headers(headers);
            let sent = producer.send(record, Duration::from_secs(10)).await;
            sent.map_err(|(error, _)| error)?;
            Ok(())
        })
    }))
}
