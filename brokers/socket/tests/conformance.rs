//! The socket transport under the suite: Unix, TCP and TLS, every end at every other, and TCP over a link that fails, with TLS and
//! without.
mod certificates;

use certificates::Authority;
use std::{
    process::ExitCode,
    sync::{Arc, LazyLock},
    time::Duration,
};
use tidings::{BoxError, Capabilities, Channel, DynTransport, ErrorKind, Memory};
use tidings_conformance::{Another, Harness, Offer, Restart, Setup, faults::Forwarder, run};
use tidings_socket::{Address, InstancesTransport, SocketSettings, SocketTransport};
use tokio::sync::Mutex;

fn main() -> Result<ExitCode, BoxError> {
    let capabilities = capabilities()?;
    let mut harnesses = Vec::new();
    for kind in Kind::all() {
        for ends in [Ends::ToListening, Ends::FromListening, Ends::BothConnecting] {
            let name = format!("{kind:?}::{ends:?}");
            let mut capabilities = capabilities.clone();
            // The end that listens for messages must be the one that has the queues.
            capabilities.delays_keys = ends == Ends::ToListening;
            let harness = Harness::new(&name, capabilities, move || open(kind, ends));
            let harness = harness.offering([Offer::Full, Offer::Another]);
            harnesses.push(harness.clone().layered()?);
            harnesses.push(if ends == Ends::BothConnecting {
                harness.with_restart()
            } else {
                harness
            });
        }
    }
    let mut capabilities = capabilities;
    capabilities.delays_keys = false;
    for kind in Kind::all().filter(|kind| *kind != Kind::Unix) {
        let name = format!("{kind:?}::Linked");
        let harness = Harness::new(&name, capabilities.clone(), move || open_linked(kind));
        let offers = [Offer::Cut, Offer::Stall, Offer::Deafen, Offer::Another];
        harnesses.push(harness.with_restart().offering(offers));
    }
    harnesses.push(instances()?);
    Ok(run(harnesses))
}

/// Two instances of a service, and everybody at both.
fn instances() -> Result<Harness, BoxError> {
    let runtime = tokio::runtime::Runtime::new()?;
    let capabilities = runtime.block_on(async {
        let listening = SocketTransport::listen("tcp:127.0.0.1:0".parse()?).await?;
        let all = vec![listening.address().clone()];
        let transport = InstancesTransport::connect(all).await?;
        let channel = Channel::point_to_point("any");
        Ok::<_, BoxError>(DynTransport::capabilities(&transport, &channel))
    })?;
    let harness = Harness::new("Instances", capabilities, open_instances);
    Ok(harness.offering([Offer::Another]))
}

async fn open_instances() -> Result<Setup, BoxError> {
    let mut listening = Vec::new();
    for _ in 0..2 {
        listening.push(host("tcp:127.0.0.1:0".parse()?).await?.0);
    }
    let all: Vec<_> = listening.iter().map(|one| one.address().clone()).collect();
    let sender = connect_all(all.clone()).await?;
    let mut setup = Setup::pair(sender, connect_all(all.clone()).await?);
    setup.another = Some(Box::new(move || Box::pin(connect_all(all.clone()))));
    setup.keep = Box::new(listening);
    Ok(setup)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unix,
    Tcp,
    Tcps,
}

impl Kind {
    /// Those that the crate is built with.
    fn all() -> impl Iterator<Item = Self> {
        let has_tls = |kind: &Self| *kind != Self::Tcps || cfg!(feature = "tls");
        [Self::Unix, Self::Tcp, Self::Tcps]
            .into_iter()
            .filter(has_tls)
    }
}

/// Both ends show a certificate, where there is TLS.
fn settings() -> SocketSettings {
    static SETTINGS: LazyLock<Option<SocketSettings>> = LazyLock::new(|| {
        let authority = Authority::named("the suite").ok()?;
        let settings = SocketSettings::default()
            .with_authorities(authority.pem())
            .with_client_authorities(authority.pem())
            .with_certificate(authority.sign("127.0.0.1").ok()?);
        Some(settings)
    });
    SETTINGS.clone().unwrap_or_default()
}

/// Which end sends to which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    ToListening,
    FromListening,
    BothConnecting,
}

fn capabilities() -> Result<Capabilities, BoxError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let transport = SocketTransport::listen("tcp:127.0.0.1:0".parse()?).await?;
            let channel = Channel::point_to_point("any");
            Ok(DynTransport::capabilities(&transport, &channel))
        })
}

async fn open(kind: Kind, ends: Ends) -> Result<Setup, BoxError> {
    let folder = tempfile::tempdir()?;
    let address = match kind {
        Kind::Unix => Address::Unix(folder.path().join("a.sock")),
        Kind::Tcp => "tcp:127.0.0.1:0".parse()?,
        Kind::Tcps => "tcps:127.0.0.1:0".parse()?,
    };
    let (listening, memory) = host(address).await?;
    let address = listening.address().clone();
    let connecting = || connect(address.clone());
    let mut setup = match ends {
        Ends::ToListening => Setup::pair(connecting().await?, Arc::new(listening)),
        Ends::FromListening => Setup::pair(Arc::new(listening), connecting().await?),
        Ends::BothConnecting => {
            let mut setup = Setup::pair(connecting().await?, connecting().await?);
            setup.restart = Some(restart(listening, memory));
            setup
        }
    };
    setup.another = Some(another(address));
    setup.keep = Box::new(folder);
    Ok(setup)
}

async fn connect_all(all: Vec<Address>) -> Result<Arc<dyn DynTransport>, BoxError> {
    Ok(Arc::new(InstancesTransport::connect(all).await?))
}

/// Both ends connect over a link, any other does without it.
async fn open_linked(kind: Kind) -> Result<Setup, BoxError> {
    let scheme = if kind == Kind::Tcps { "tcps" } else { "tcp" };
    let (listening, memory) = host(format!("{scheme}:127.0.0.1:0").parse()?).await?;
    let address = listening.address().clone();
    let text = address.to_string();
    let target = text.split_once(':').unwrap_or_default().1.to_owned();
    let link = Arc::new(Forwarder::open(target).await?);
    let near: Address = format!("{scheme}:{}", link.address()).parse()?;
    let mut setup = Setup::pair(connect(near.clone()).await?, connect(near).await?);
    link.offer(&mut setup);
    setup.restart = Some(restart(listening, memory));
    setup.another = Some(another(address));
    Ok(setup)
}

async fn host(address: Address) -> Result<(SocketTransport, Memory), BoxError> {
    let settings = settings();
    let memory = Memory::with_settings(settings.memory);
    let listening = SocketTransport::host(address, settings, memory.clone()).await?;
    Ok((listening, memory))
}

async fn connect(address: Address) -> Result<Arc<dyn DynTransport>, BoxError> {
    let transport = SocketTransport::connect_with(address, settings()).await?;
    Ok(Arc::new(transport))
}

fn another(address: Address) -> Another {
    Box::new(move || Box::pin(connect(address.clone())))
}

/// Drops the listening end, with all its connections, and listens again with the same queues.
fn restart(listening: SocketTransport, memory: Memory) -> Restart {
    let address = listening.address().clone();
    let listening = Arc::new(Mutex::new(Some(listening)));
    Box::new(move || {
        let (address, listening, memory) = (address.clone(), listening.clone(), memory.clone());
        Box::pin(async move {
            let mut listening = listening.lock().await;
            drop(listening.take());
            *listening = Some(loop {
                match SocketTransport::host(address.clone(), settings(), memory.clone()).await {
                    // The tasks of the former end take a moment to go.
                    Err(error) if error.kind() == ErrorKind::InUse => {
                        tokio::time::sleep(Duration::from_millis(5)).await
                    }
                    outcome => break outcome?,
                }
            });
            Ok(())
        })
    })
}
