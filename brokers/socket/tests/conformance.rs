//! The socket transport under the suite: Unix and TCP, every end at every other, and TCP over a link that fails.
use std::{process::ExitCode, sync::Arc, time::Duration};
use tidings::{BoxError, Capabilities, Channel, DynTransport, ErrorKind, Memory};
use tidings_conformance::{
    Action, Another, Harness, Offer, Restart, Setup,
    faults::{Forwarder, Passing},
    run,
};
use tidings_socket::{Address, SocketSettings, SocketTransport};
use tokio::sync::Mutex;

fn main() -> Result<ExitCode, BoxError> {
    let capabilities = capabilities()?;
    let mut harnesses = Vec::new();
    for kind in [Kind::Unix, Kind::Tcp] {
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
    let harness = Harness::new("Tcp::Linked", capabilities, open_linked).with_restart();
    let offers = [Offer::Cut, Offer::Stall, Offer::Deafen, Offer::Another];
    harnesses.push(harness.offering(offers));
    Ok(run(harnesses))
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Unix,
    Tcp,
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

/// Both ends connect over a link, any other does without it.
async fn open_linked() -> Result<Setup, BoxError> {
    let (listening, memory) = host("tcp:127.0.0.1:0".parse()?).await?;
    let address = listening.address().clone();
    let target = address.to_string().trim_start_matches("tcp:").to_owned();
    let link = Arc::new(Forwarder::open(target).await?);
    let near = Address::Tcp(link.address().to_owned());
    let mut setup = Setup::pair(connect(near.clone()).await?, connect(near).await?);
    let passing = |passing| -> Option<Action> {
        let link = link.clone();
        Some(Box::new(move || {
            link.pass(passing);
            Box::pin(async { Ok(()) })
        }))
    };
    setup.cut = passing(Passing::Cut);
    setup.stall = passing(Passing::Stalled);
    setup.deafen = passing(Passing::Deaf);
    setup.mend = passing(Passing::All);
    setup.restart = Some(restart(listening, memory));
    setup.another = Some(another(address));
    setup.keep = Box::new(link);
    Ok(setup)
}

async fn host(address: Address) -> Result<(SocketTransport, Memory), BoxError> {
    let settings = SocketSettings::default();
    let memory = Memory::with_settings(settings.memory);
    let listening = SocketTransport::host(address, settings, memory.clone()).await?;
    Ok((listening, memory))
}

async fn connect(address: Address) -> Result<Arc<dyn DynTransport>, BoxError> {
    Ok(Arc::new(SocketTransport::connect(address).await?))
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
                match SocketTransport::host(
                    address.clone(),
                    SocketSettings::default(),
                    memory.clone(),
                )
                .await
                {
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
