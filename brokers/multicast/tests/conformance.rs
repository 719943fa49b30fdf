//! The transport under the suite, by the loopback interface.
use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering::Relaxed},
    },
};
use tidings::{BoxError, Channel, DynTransport};
use tidings_conformance::{Harness, Offer, Setup, run};
use tidings_multicast::MulticastTransport;

fn main() -> Result<ExitCode, BoxError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let capabilities = runtime.block_on(async {
        let transport = MulticastTransport::open(&group())?;
        let channel = Channel::publish_subscribe("any");
        Ok::<_, tidings::Error>(DynTransport::capabilities(&transport, &channel))
    })?;
    let harness = Harness::new("multicast", capabilities, open).offering([Offer::Another]);
    Ok(run(vec![harness.clone().layered()?, harness]))
}

/// A group of this process's own.
fn group() -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let number = NEXT.fetch_add(1, Relaxed);
    let [high, low] = number.to_be_bytes();
    let process = std::process::id().to_be_bytes();
    let port = 20_000 + (u16::from(process[2]) << 8 | u16::from(process[3])) % 10_000;
    format!("udp://239.255.{high}.{low}:{port}?interface=127.0.0.1&hops=0")
}

async fn open() -> Result<Setup, BoxError> {
    let group = group();
    let transport = || MulticastTransport::open(&group).map(Arc::new);
    let mut setup = Setup::pair(transport()?, transport()?);
    setup.another = Some(Box::new(move || {
        let another = MulticastTransport::open(&group);
        Box::pin(async { Ok(Arc::new(another?) as _) })
    }));
    Ok(setup)
}
