//! Where the service and its clients meet, chosen at run time: the first argument, else `TIDINGS_URL`, else the server of the document.
use anyhow::Context;
use std::sync::Arc;
use tidings::{DynTransport, Registry, Server};
use tidings_socket::{SocketConnector, SocketTransport};

/// The brokers that this program knows.
fn registry() -> Registry {
    let registry = Registry::new().with(SocketConnector::default());
    #[cfg(feature = "rabbitmq")]
    let registry = registry.with(tidings_rabbitmq::RabbitConnector::default());
    registry
}

fn server() -> anyhow::Result<Server> {
    let mut server = orders_api::servers::main().with_environment("TIDINGS")?;
    if let Some(url) = std::env::args().nth(1) {
        server = server.with_url(url);
    }
    let scheme = server
        .url
        .split_once(':')
        .context("the address has no protocol, such as `unix:`")?;
    server.protocol = scheme.0.into();
    Ok(server)
}

/// Reaches the service, or the broker before it.
///
/// # Errors
/// When the address makes no sense, or nobody is there.
pub async fn connect() -> anyhow::Result<Arc<dyn DynTransport>> {
    Ok(tidings::connect(&server()?, &registry()).await?)
}

/// Makes the place that clients reach, which is a socket to listen on where there is no broker, and gives its address.
///
/// # Errors
/// When the address makes no sense, is in use, or nobody is there.
pub async fn host() -> anyhow::Result<(Arc<dyn DynTransport>, String)> {
    let server = server()?;
    match &*server.protocol {
        "unix" | "tcp" => {
            let listening = SocketTransport::listen(server.url.parse()?).await?;
            let address = listening.address().to_string();
            Ok((Arc::new(listening), address))
        }
        protocol => Ok((connect().await?, format!("the broker, by {protocol}"))),
    }
}
