//! Streams at kinesis-mock with their tables at moto, over links that can fail.
use crate::{
    at::{absent, address, by, connect, servers},
    foreign,
    link::{Link, Passing},
};
use std::sync::Arc;
use tidings::{BoxError, Capabilities, Channel};
use tidings_conformance::{Action, Harness, Offer, Setup};

/// What a request has in it that publishes.
const PUBLISHES: &str = "PutRecords";

pub(crate) fn harnesses() -> Result<Vec<Harness>, BoxError> {
    if address().is_empty() {
        let open = || async { Err("there is no server".into()) };
        let none = Harness::new("streams", Capabilities::none(0), open);
        return Ok(vec![none.absent(&absent())]);
    }
    let harness = Harness::new("streams", capabilities()?, open).with_restart();
    let offers = [
        Offer::Another,
        Offer::Cut,
        Offer::Deafen,
        Offer::Foreign,
        Offer::Identity,
        Offer::Stall,
    ];
    Ok(vec![harness.offering(offers)])
}

async fn open() -> Result<Setup, BoxError> {
    let [streams, tables] = servers()?;
    let links = [
        Link::open(streams, PUBLISHES).await?,
        Link::open(tables, PUBLISHES).await?,
    ];
    let url = by([links[0].address(), links[1].address()])?;
    let mut setup = Setup::pair(connect(url.clone()).await?, connect(url).await?);
    setup.cut = Some(both(&links, Passing::Cut));
    setup.stall = Some(both(&links, Passing::Stalled));
    setup.deafen = Some(links[0].action(Passing::Deaf));
    setup.mend = Some(both(&links, Passing::All));
    let restarts = [links[0].restart(), links[1].restart()];
    setup.restart = Some(Box::new(move || {
        let [one, other] = [restarts[0](), restarts[1]()];
        Box::pin(async move {
            let (one, other) = tokio::join!(one, other);
            one.and(other)
        })
    }));
    setup.foreign = Some(foreign::producer()?);
    setup.another = Some(Box::new(|| Box::pin(connect(address()))));
    setup.keep = Box::new(links);
    Ok(setup)
}

fn both(links: &[Arc<Link>; 2], passing: Passing) -> Action {
    let links = links.clone();
    Box::new(move || {
        for link in &links {
            link.pass(passing);
        }
        Box::pin(async { Ok(()) })
    })
}

fn capabilities() -> Result<Capabilities, BoxError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let transport = connect(address()).await?;
        Ok(transport.capabilities(&Channel::point_to_point("any")))
    })
}
