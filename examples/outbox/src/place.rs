//! Where the services meet: a socket of this program, or the broker at `TIDINGS_URL`.
use orders_api::{OrderCommandsChannel, OrderEventsChannel, Region};
use std::{env, path::Path, sync::Arc};
use tidings::{
    DynTransport, Registry, Result, Server,
    transport::{Ensure, Wanted},
};
use tidings_socket::{SocketConnector, SocketTransport};

/// Where this shop is.
pub const EUROPE: OrderEventsChannel = OrderEventsChannel { region: Region::Eu };

/// The brokers that this program knows.
fn registry() -> Registry {
    let registry = Registry::new().with(SocketConnector::default());
    #[cfg(feature = "rabbitmq")]
    let registry = registry.with(tidings_rabbitmq::RabbitConnector::default());
    #[cfg(feature = "kafka")]
    let registry = registry.with(tidings_kafka::KafkaConnector::default());
    registry
}

/// A place where services meet.
pub struct Place {
    url: String,
    /// Where there is no broker, a socket is served from here.
    _host: Option<SocketTransport>,
}

impl Place {
    /// At the broker, whose queues are made, or at a socket in that folder.
    pub async fn open(folder: &Path) -> Result<Self> {
        let socket = || format!("unix:{}", folder.join("shop.socket").display());
        let url = env::var("TIDINGS_URL").unwrap_or_else(|_| socket());
        let host = match url.starts_with("unix:") {
            true => Some(SocketTransport::listen(url.parse()?).await?),
            false => None,
        };
        let place = Self { url, _host: host };
        let wanted = [OrderCommandsChannel::channel(), EUROPE.channel()].map(Wanted::channel);
        place
            .connect()
            .await?
            .ensure(&wanted, Ensure::Create)
            .await?;
        Ok(place)
    }

    /// A connection.
    pub async fn connect(&self) -> Result<Arc<dyn DynTransport>> {
        self.connect_by(&self.url).await
    }

    /// A connection for a relay. What is at a socket dies with it, so that a message is confirmed when it has been handled.
    pub async fn connect_relay(&self) -> Result<Arc<dyn DynTransport>> {
        match self.url.starts_with("unix:") {
            true => {
                self.connect_by(&format!("{}?confirm=settled", self.url))
                    .await
            }
            false => self.connect().await,
        }
    }

    async fn connect_by(&self, url: &str) -> Result<Arc<dyn DynTransport>> {
        let protocol = url.split(':').next().unwrap_or_default().to_owned();
        tidings::connect(&Server::new(protocol, url), &registry()).await
    }
}
