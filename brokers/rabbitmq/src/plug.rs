//! The other hand on a connection, beside the client's.
use std::time::Duration;
use tokio::time::sleep;

/// The other hand on a connection: of one that ends while it is being made, the client may never tell.
pub(crate) struct Plug(pub(crate) std::net::TcpStream);

/// How long the client may take to tell why a connection ended.
const LAST_WORDS: Duration = Duration::from_millis(200);

impl Plug {
    /// Waits until the other side has ended the connection, and a moment for the client to tell why.
    pub(crate) async fn pulled(&self, look: Duration) {
        while !self.is_pulled() {
            sleep(look).await;
        }
        sleep(LAST_WORDS).await;
    }

    fn is_pulled(&self) -> bool {
        match self.0.peek(&mut [0]) {
            Ok(0) => true,
            Ok(_) => false,
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }
}

impl Drop for Plug {
    /// Else the client's thread might wait on.
    fn drop(&mut self) {
        // One that is closed already is as good.
        drop(self.0.shutdown(std::net::Shutdown::Both));
    }
}
