//! A link to a server that can be cut, stalled, and made deaf to what is answered to one kind of requests.
use std::{io, sync::Arc};
use tidings::BoxError;
use tidings_conformance::Action;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::AbortHandle,
};

/// What passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passing {
    All,
    /// Nothing, and connections end.
    Cut,
    /// Nothing, either way.
    Stalled,
    /// All but the answers to requests that publish.
    Deaf,
}

pub(crate) struct Link {
    address: String,
    passing: watch::Sender<Passing>,
    task: AbortHandle,
}

impl Link {
    /// Forwards to that host and port; requests with that text in them publish.
    pub(crate) async fn open(
        target: String,
        publishes: &'static str,
    ) -> Result<Arc<Self>, BoxError> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let passing = watch::Sender::new(Passing::All);
        let told = passing.clone();
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(forward(near, target.clone(), publishes, told.subscribe()));
            }
        });
        Ok(Arc::new(Self {
            address,
            passing,
            task: task.abort_handle(),
        }))
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn pass(&self, passing: Passing) {
        self.passing.send_replace(passing);
    }

    /// What lets that pass from then on.
    pub(crate) fn action(self: &Arc<Self>, passing: Passing) -> Action {
        let link = self.clone();
        Box::new(move || {
            link.pass(passing);
            Box::pin(async { Ok(()) })
        })
    }

    /// What ends all connections and lets them come back.
    pub(crate) fn restart(self: &Arc<Self>) -> Action {
        let link = self.clone();
        Box::new(move || {
            let link = link.clone();
            link.pass(Passing::Cut);
            Box::pin(async move {
                // Until every connection has seen it.
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                link.pass(Passing::All);
                Ok(())
            })
        })
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(
    near: TcpStream,
    target: String,
    publishes: &'static str,
    mut passing: watch::Receiver<Passing>,
) {
    if *passing.borrow() == Passing::Cut {
        return;
    }
    let Ok(far) = TcpStream::connect(&target).await else {
        return;
    };
    drop((near.set_nodelay(true), far.set_nodelay(true)));
    let (from_near, to_near) = near.into_split();
    let (from_far, to_far) = far.into_split();
    let deaf = watch::Sender::new(false);
    let is_deaf = deaf.subscribe();
    let told = passing.clone();
    tokio::select! {
        // Whatever else may go on then.
        biased;
        _ = passing.wait_for(|now| *now == Passing::Cut) => {}
        _ = there(from_near, to_far, publishes, told.clone(), deaf) => {}
        _ = back(from_far, to_near, told.clone(), is_deaf) => {}
    }
}

async fn there(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    publishes: &str,
    mut passing: watch::Receiver<Passing>,
    deaf: watch::Sender<bool>,
) -> io::Result<()> {
    let mut piece = vec![0; 16 << 10];
    loop {
        let count = from.read(&mut piece).await?;
        let now = passing.wait_for(|now| *now != Passing::Stalled).await;
        let is_deaf = now.is_ok_and(|now| *now == Passing::Deaf);
        if count == 0 {
            return Ok(());
        }
        if is_deaf && String::from_utf8_lossy(&piece[..count]).contains(publishes) {
            deaf.send_replace(true);
        }
        to.write_all(&piece[..count]).await?;
    }
}

/// What is not to be heard is lost, and the connection ends once anything else passes.
async fn back(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut passing: watch::Receiver<Passing>,
    deaf: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut piece = vec![0; 16 << 10];
    loop {
        let count = from.read(&mut piece).await?;
        drop(passing.wait_for(|now| *now != Passing::Stalled).await);
        if count == 0 {
            return Ok(());
        }
        if *deaf.borrow() {
            drop(passing.wait_for(|now| *now != Passing::Deaf).await);
            return Ok(());
        }
        to.write_all(&piece[..count]).await?;
    }
}
