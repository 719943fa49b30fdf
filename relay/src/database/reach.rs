//! Whether a server is there.
use super::{CONNECT, unreached::unreached};
use sqlx::{ConnectOptions, Connection};
use std::io;
use tidings::Result;
use tokio::time::timeout;

/// Asks by a connection of its own, which says at once what a pool would try in silence, to say in the end that it has waited.
pub(super) async fn reach<C: Connection>(
    server: &impl ConnectOptions<Connection = C>,
) -> Result<()> {
    let connected = timeout(CONNECT, server.connect()).await;
    let connected = connected.unwrap_or_else(|_| {
        let reason = format!("nobody has answered for {CONNECT:?}");
        Err(io::Error::new(io::ErrorKind::TimedOut, reason).into())
    });
    // It has served, however it is taken leave of.
    drop(connected.map_err(unreached)?.close().await);
    Ok(())
}
