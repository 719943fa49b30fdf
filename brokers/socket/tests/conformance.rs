//! The socket transport under the suite: Unix and TCP, every end at every other.
use std::{process::ExitCode, sync::Arc, time::Duration};
use tidings::{BoxError, Capabilities, Channel, DynTransport, ErrorKind, Memory};
use tidings_conformance::{Harness, Offer, Restart, Setup, run};
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
            let harness = harness.offering([Offer::Full]);
            harnesses.push(if ends == Ends::BothConnecting {
                harness.with_restart()
            } else {
                harness
            });
        }
    }
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
    let memory = Memory::with_settings(SocketSettings::default().memory);
    let listening =
        SocketTransport::host(address, SocketSettings::default(), memory.clone()).await?;
    let address = listening.address().clone();
    let connecting = || async {
        let transport = SocketTransport::connect(address.clone()).await?;
        Ok::<Arc<dyn DynTransport>, BoxError>(Arc::new(transport))
    };
    let mut setup = match ends {
        Ends::ToListening => Setup::pair(connecting().await?, Arc::new(listening)),
        Ends::FromListening => Setup::pair(Arc::new(listening), connecting().await?),
        Ends::BothConnecting => {
            let mut setup = Setup::pair(connecting().await?, connecting().await?);
            setup.restart = Some(restart(listening, memory));
            setup
        }
    };
    setup.keep = Box::new(folder);
    Ok(setup)
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
