//! From a document's server to this transport.
use super::KinesisTransport;
use crate::AwsSettings;
use std::sync::Arc;
use tidings::{BoxFuture, Connector, DynTransport, Result, Server};

/// Makes [`KinesisTransport`]s of the servers of a document whose protocol is `kinesis`.
#[derive(Debug, Clone, Default)]
pub struct KinesisConnector {
    settings: AwsSettings,
}

impl KinesisConnector {
    /// One that makes transports with those settings.
    #[must_use]
    pub fn new(settings: AwsSettings) -> Self {
        Self { settings }
    }
}

impl Connector for KinesisConnector {
    fn protocols(&self) -> &'static [&'static str] {
        &["kinesis"]
    }

    fn connect<'a>(&'a self, server: &'a Server) -> BoxFuture<'a, Result<Arc<dyn DynTransport>>> {
        Box::pin(async move {
            let settings = self.settings.clone();
            let transport = KinesisTransport::open(&server.url, Some(server), settings).await?;
            Ok(Arc::new(transport) as _)
        })
    }
}
