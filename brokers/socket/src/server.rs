//! The listening end: hosts the in-process transport and serves every connection with it.
mod bind;
mod connection;
mod fault;
mod pump;
mod session;
mod sessions;
mod waiting;

use crate::{Address, SocketSettings, writer::Nowhere};
use bind::{Accepted, Listener, SocketFile};
use connection::Connection;
use sessions::Sessions;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tidings::{Memory, Result, Transport};
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

/// Most connections at a time that are told that there are enough.
const REFUSED: usize = 64;
/// Pause after a failure to accept, which is mostly a want of file descriptors.
const PAUSE: Duration = Duration::from_millis(50);
/// How long connections may take to say their last words.
const LAST_WORDS: Duration = Duration::from_secs(2);

pub(crate) struct Server {
    address: Address,
    memory: Memory,
    stop: watch::Sender<bool>,
    accepting: Mutex<Option<JoinHandle<()>>>,
    file: Mutex<Option<SocketFile>>,
}

impl Server {
    pub(crate) async fn start(
        address: Address,
        settings: SocketSettings,
        memory: Memory,
    ) -> Result<Self> {
        let (listener, address, file) = bind::bind(&address, &settings).await?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(listener, settings, memory.clone(), stopped));
        Ok(Self {
            address,
            memory,
            stop,
            accepting: Mutex::new(Some(task)),
            file: Mutex::new(file),
        })
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    pub(crate) async fn close(&self, grace: Duration) -> Result<()> {
        // Nobody new may come, while those who are here are served to the end.
        drop(
            self.file
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let outcome = self.memory.close(grace).await;
        self.stop.send_replace(true);
        let task = self
            .accepting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(mut task) = task
            && timeout(LAST_WORDS, &mut task).await.is_err()
        {
            task.abort();
        }
        outcome
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let task = self
            .accepting
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        task.inspect(JoinHandle::abort);
    }
}

/// Waits until this end is closed.
async fn told(stopped: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is the same.
    drop(stopped.wait_for(|stopped| *stopped).await);
}

async fn accept(
    listener: Listener,
    settings: SocketSettings,
    memory: Memory,
    mut stopped: watch::Receiver<bool>,
) {
    let (mut connections, mut refused) = (JoinSet::new(), JoinSet::new());
    let sessions: Arc<Sessions> = memory.kept();
    let stop = stopped.clone();
    loop {
        tokio::select! {
            () = told(&mut stopped) => break,
            Some(_) = connections.join_next() => {}
            Some(_) = refused.join_next() => {}
            accepted = listener.accept(), if refused.len() < REFUSED => match accepted {
                Ok(accepted) => {
                    let connection = Connection::new(memory.clone(), &settings, sessions.clone(), stop.clone());
                    match connections.len() < settings.connections {
                        true => drop(connections.spawn(connection.serve(accepted))),
                        false => drop(refused.spawn(connection.refuse(accepted, settings.connections))),
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "connection not accepted");
                    sleep(PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Serves one connection that sends these bytes and hears nothing.
pub(crate) async fn serve_bytes(memory: &Memory, bytes: Vec<u8>) {
    let (_stop, stopped) = watch::channel(false);
    let settings = SocketSettings::default();
    let connection = Connection::new(memory.clone(), &settings, memory.kept(), stopped);
    let input = Box::new(std::io::Cursor::new(bytes));
    let accepted = Accepted::Plain(input, Arc::new(Nowhere));
    connection.serve(accepted).await;
}
