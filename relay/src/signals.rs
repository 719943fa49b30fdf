//! What tells the program to stop.
use std::io;
use tokio::sync::oneshot;

/// Hears of signals, from its making on: SIGTERM and SIGINT.
pub(crate) struct Signals(Heard);

#[cfg(unix)]
type Heard = [tokio::signal::unix::Signal; 2];
#[cfg(not(unix))]
type Heard = ();

impl Signals {
    /// Begins to hear.
    ///
    /// # Errors
    /// When the system does not let the program.
    #[cfg(unix)]
    pub(crate) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self([terminate, interrupt]))
    }

    #[cfg(not(unix))]
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(()))
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        let [terminate, interrupt] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        drop(tokio::signal::ctrl_c().await);
    }

    /// Tells of the first, and ends at the second.
    pub(crate) async fn twice(mut self, first: oneshot::Sender<()>) {
        self.next().await;
        // Nobody waits for it any more: it ends by itself.
        let _ = first.send(());
        self.next().await;
    }
}
