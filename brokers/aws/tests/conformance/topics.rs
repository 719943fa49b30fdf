//! SNS with SQS beside it, and both as one transport, at moto, over a link that can fail.
use crate::{
    USUAL, address, foreign,
    link::{Link, Passing},
    over::Over,
    settings,
};
use std::sync::Arc;
use tidings::{BoxError, Capabilities, Channel, DynTransport};
use tidings_aws::{AwsTransport, SnsTransport};
use tidings_conformance::{Harness, Offer, Setup};

/// Where the server is.
const ADDRESS: &str = "TIDINGS_TEST_SNS";
/// What `dev/services` calls it.
const SERVICE: &str = "moto";
/// What a request has in it that publishes, to a topic or to a queue.
const PUBLISHES: [&str; 2] = ["Action=PublishBatch", "SendMessageBatch"];

/// Which transport, and whether its channels have keys.
#[derive(Debug, Clone, Copy)]
struct Kind {
    name: &'static str,
    both: bool,
    keyed: bool,
}

const KINDS: [Kind; 3] = [
    Kind {
        name: "topics",
        both: false,
        keyed: false,
    },
    Kind {
        name: "fifo-topics",
        both: false,
        keyed: true,
    },
    Kind {
        name: "both",
        both: true,
        keyed: false,
    },
];

pub(crate) fn harnesses() -> Result<Vec<Harness>, BoxError> {
    KINDS.into_iter().map(harness).collect()
}

fn harness(kind: Kind) -> Result<Harness, BoxError> {
    if address(ADDRESS).is_empty() {
        let reason = format!("`{ADDRESS}` is not set; run `dev/services up {SERVICE}`");
        let open = || async { Err("there is no server".into()) };
        return Ok(Harness::new(kind.name, Capabilities::none(0), open).absent(&reason));
    }
    let harness = Harness::new(kind.name, capabilities(kind)?, move || open(kind)).with_restart();
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

async fn connect(url: String, kind: Kind) -> Result<Arc<dyn DynTransport>, BoxError> {
    let keyed = kind.keyed;
    if kind.both {
        let url = url.replace("sns://", "aws://");
        let inner = AwsTransport::connect_with(&url, settings(USUAL)).await?;
        return Ok(Arc::new(Over { inner, keyed }));
    }
    let inner = SnsTransport::connect_with(&url, settings(USUAL)).await?;
    Ok(Arc::new(Over { inner, keyed }))
}

async fn open(kind: Kind) -> Result<Setup, BoxError> {
    let direct = address(ADDRESS);
    let (before, hosts) = direct.rsplit_once('@').ok_or("no credentials")?;
    let (host, options) = hosts.split_once('?').ok_or("no options")?;
    let link = Link::open(host.to_owned(), PUBLISHES[usize::from(kind.both)]).await?;
    let url = format!("{before}@{}?{options}", link.address());
    let linked = || connect(url.clone(), kind);
    let mut setup = Setup::pair(linked().await?, linked().await?);
    setup.cut = Some(link.action(Passing::Cut));
    setup.stall = Some(link.action(Passing::Stalled));
    setup.deafen = Some(link.action(Passing::Deaf));
    setup.mend = Some(link.action(Passing::All));
    setup.restart = Some(link.restart());
    let endpoint = format!("http://{host}");
    setup.foreign = Some(match kind.both {
        true => foreign::producer(endpoint, "eu-west-1", kind.keyed),
        false => foreign::publisher(endpoint, "eu-west-1", kind.keyed),
    });
    setup.another = Some(Box::new(move || Box::pin(connect(address(ADDRESS), kind))));
    setup.keep = Box::new(link);
    Ok(setup)
}

fn capabilities(kind: Kind) -> Result<Capabilities, BoxError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let transport = connect(address(ADDRESS), kind).await?;
        Ok(transport.capabilities(&match kind.both {
            true => Channel::point_to_point("any"),
            false => Channel::publish_subscribe("any"),
        }))
    })
}
