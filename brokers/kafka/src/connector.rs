//! A transport made from a server of a document.
use crate::{KafkaSettings, KafkaTransport};
use std::sync::Arc;
use tidings::{BoxFuture, Connector, DynTransport, Result, Server};

/// Connects to clusters at addresses such as `kafka://localhost:9092`.
#[derive(Debug, Clone, Default)]
pub struct KafkaConnector {
    settings: KafkaSettings,
}

impl KafkaConnector {
    /// One that makes transports with those settings.
    #[must_use]
    pub fn new(settings: KafkaSettings) -> Self {
        Self { settings }
    }
}

impl Connector for KafkaConnector {
    fn protocols(&self) -> &'static [&'static str] {
        &["kafka", "kafka-secure"]
    }

    fn connect<'a>(&'a self, server: &'a Server) -> BoxFuture<'a, Result<Arc<dyn DynTransport>>> {
        let settings = self.settings.clone();
        Box::pin(async move {
            let transport = KafkaTransport::connect_to(server, settings).await?;
            Ok(Arc::new(transport) as Arc<dyn DynTransport>)
        })
    }
}
