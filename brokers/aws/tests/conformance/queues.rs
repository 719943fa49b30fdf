//! SQS at ElasticMQ: queues, and FIFO queues, over a link that can fail.
use crate::{
    USUAL, address, foreign,
    link::{Link, Passing},
    over::Over,
    settings,
};
use std::{sync::Arc, time::Duration};
use tidings::{BoxError, Capabilities, Channel, DynTransport};
use tidings_aws::SqsTransport;
use tidings_conformance::{
    Harness, Offer, Setup,
    faults::{killable, restart, stop_and_start, variable},
};

/// Where the server is.
const ADDRESS: &str = "TIDINGS_TEST_SQS";
/// Where the one is that keeps its queues.
const DURABLE: &str = "TIDINGS_TEST_SQS_DURABLE";
/// What `dev/services` calls them.
const SERVICE: &str = "elasticmq";
const REGION: &str = "elasticmq";
/// The cases that the server's process is ended for, and how long each may take.
const RESTARTED: [&str; 3] = [
    "confirmed-outlives-the-broker",
    "queued-outlives-a-restart",
    "unsettled-survives-reconnect",
];
const RESTARTING: Duration = Duration::from_secs(120);

/// The cases that are about leases, how many seconds these are there, and how many elsewhere: they are over while a case waits, and
/// not while one is at work.
const LEASES: [&str; 3] = [
    "an-expired-lease-gives-it-to-others",
    "an-extended-lease-keeps-it",
    "a-slow-handler-keeps-its-lease",
];
const SHORT: u64 = 2;
const LEASING: Duration = Duration::from_secs(30);
/// What a request has in it that publishes.
const PUBLISHES: &str = "SendMessageBatch";

pub(crate) fn harnesses() -> Result<Vec<Harness>, BoxError> {
    let mut all = Vec::new();
    for (name, keyed) in [("queues", false), ("fifo", true)] {
        all.push(harness(name, keyed, USUAL)?);
        let short = harness(&format!("{name}-leases"), keyed, SHORT)?;
        let short = short.only(&LEASES, LEASING);
        all.push(short.offering([Offer::ShortLease]));
    }
    Ok(all)
}

fn harness(name: &str, keyed: bool, lease: u64) -> Result<Harness, BoxError> {
    if address(ADDRESS).is_empty() {
        let reason = format!("`{ADDRESS}` is not set; run `dev/services up {SERVICE}`");
        return Ok(none(name, &reason));
    }
    let open = move || open(keyed, lease);
    let harness = Harness::new(name, capabilities(keyed)?, open).with_restart();
    let offers = [
        Offer::Another,
        Offer::Cut,
        Offer::Deafen,
        Offer::Foreign,
        Offer::Identity,
        Offer::Stall,
    ];
    Ok(harness.offering(offers))
}

/// The server itself is stopped or killed, and started again.
pub(crate) fn restarted() -> Result<Vec<Harness>, BoxError> {
    let told = variable(DURABLE, SERVICE);
    let reason = told.and_then(|url| killable(&url, SERVICE)).err();
    if let Some(reason) = reason {
        let absent = none("queues-restarted", &reason).only(&RESTARTED, RESTARTING);
        return Ok(vec![absent]);
    }
    let open = || async {
        let connect = || connect(address(DURABLE), false, USUAL);
        let mut setup = Setup::pair(connect().await?, connect().await?);
        setup.restart = Some(Box::new(|| Box::pin(stop_and_start(SERVICE))));
        setup.kill = Some(Box::new(|| Box::pin(restart(SERVICE, Duration::ZERO))));
        Ok(setup)
    };
    let harness = Harness::new("queues-restarted", capabilities(false)?, open);
    let harness = harness.only(&RESTARTED, RESTARTING);
    Ok(vec![harness.offering([Offer::Restart, Offer::Kill])])
}

fn none(name: &str, reason: &str) -> Harness {
    let open = || async { Err("there is no server".into()) };
    Harness::new(name, Capabilities::none(0), open).absent(reason)
}

async fn connect(url: String, keyed: bool, lease: u64) -> Result<Arc<dyn DynTransport>, BoxError> {
    let inner = SqsTransport::connect_with(&url, settings(lease)).await?;
    Ok(Arc::new(Over { inner, keyed }))
}

async fn open(keyed: bool, lease: u64) -> Result<Setup, BoxError> {
    let direct = address(ADDRESS);
    let (before, hosts) = direct.rsplit_once('@').ok_or("no credentials")?;
    let (host, options) = hosts.split_once('?').ok_or("no options")?;
    let link = Link::open(host.to_owned(), PUBLISHES).await?;
    let url = format!("{before}@{}?{options}", link.address());
    let linked = || connect(url.clone(), keyed, lease);
    let mut setup = Setup::pair(linked().await?, linked().await?);
    setup.cut = Some(link.action(Passing::Cut));
    setup.stall = Some(link.action(Passing::Stalled));
    setup.deafen = Some(link.action(Passing::Deaf));
    setup.mend = Some(link.action(Passing::All));
    setup.restart = Some(link.restart());
    setup.foreign = Some(foreign::producer(format!("http://{host}"), REGION, keyed));
    let another = move || connect(address(ADDRESS), keyed, lease);
    setup.another = Some(Box::new(move || Box::pin(another())));
    setup.keep = Box::new(link);
    Ok(setup)
}

fn capabilities(keyed: bool) -> Result<Capabilities, BoxError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let transport = connect(address(ADDRESS), keyed, USUAL).await?;
        Ok(transport.capabilities(&Channel::point_to_point("any")))
    })
}
