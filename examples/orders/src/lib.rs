//! Where the service and its clients meet, chosen at run time: the first argument, else `TIDINGS_URL`, else the server of the document.
use anyhow::Context;
use orders_api::{OrderCommandsChannel, OrderEventsChannel, Region};
use std::sync::Arc;
use tidings::{
    DynTransport, Registry, Server,
    transport::{Ensure, Wanted},
};
use tidings_socket::{SocketConnector, SocketTransport};

/// The brokers that this program knows.
fn registry() -> Registry {
    let registry = Registry::new().with(SocketConnector::default());
    #[cfg(feature = "activemq")]
    let registry = registry.with(tidings_amqp1::Amqp1Connector::default());
    #[cfg(feature = "rabbitmq")]
    let registry = registry.with(tidings_rabbitmq::RabbitConnector::default());
    #[cfg(feature = "kafka")]
    let registry = registry.with(tidings_kafka::KafkaConnector::default());
    // `aws:` is commands by queues of SQS and events by topics of SNS, `kinesis:` both by streams.
    #[cfg(feature = "aws")]
    let registry = registry.with(tidings_aws::AwsConnector::default());
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

/// Makes the place that clients reach, which is a socket to listen on where there is no broker, and gives its address. What a broker
/// has not is created there: its queues or topics.
///
/// # Errors
/// When the address makes no sense, is in use, or nobody is there, or when nothing may be created.
pub async fn host() -> anyhow::Result<(Arc<dyn DynTransport>, String)> {
    let server = server()?;
    let (transport, address): (Arc<dyn DynTransport>, _) = match &*server.protocol {
        "unix" | "tcp" => {
            let listening = SocketTransport::listen(server.url.parse()?).await?;
            let address = listening.address().to_string();
            (Arc::new(listening), address)
        }
        protocol => (connect().await?, format!("the broker, by {protocol}")),
    };
    transport.ensure(&channels(), Ensure::Create).await?;
    Ok((transport, address))
}

/// Where this shop is asked, and what it tells.
fn channels() -> Vec<Wanted> {
    let regions = [Region::Eu, Region::Us].into_iter();
    let events = regions.map(|region| OrderEventsChannel { region }.channel());
    let commands = [OrderCommandsChannel::channel()].into_iter();
    commands.chain(events).map(Wanted::channel).collect()
}
