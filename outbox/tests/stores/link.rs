//! A way to a server that can go silent, as where its machine vanished.
use crate::Outcome;
use std::net::SocketAddr;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

pub(crate) struct Link {
    pub(crate) address: SocketAddr,
    /// How often the way was changed: connections of before are silent.
    changes: watch::Sender<u32>,
}

impl Link {
    pub(crate) async fn to(host: String, port: u16) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (changes, changed) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((here, _)) = listener.accept().await {
                let there = TcpStream::connect((host.clone(), port)).await;
                let Ok(there) = there else { return };
                tokio::spawn(pass(here, there, changed.clone()));
            }
        });
        Ok(Self { address, changes })
    }

    /// From now on only new connections say something; the others are not even closed.
    pub(crate) fn vanish(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }
}

async fn pass(mut here: TcpStream, mut there: TcpStream, mut changed: watch::Receiver<u32>) {
    changed.mark_unchanged();
    tokio::select! {
        _ = copy_bidirectional(&mut here, &mut there) => {}
        _ = changed.changed() => std::future::pending().await,
    }
}
