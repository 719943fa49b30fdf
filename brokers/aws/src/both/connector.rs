//! From a document's server to this transport.
use super::AwsTransport;
use crate::AwsSettings;
use std::sync::Arc;
use tidings::{BoxFuture, Connector, DynTransport, Result, Server};

/// Makes [`AwsTransport`]s of servers whose protocol is `aws`: a name of our own, for programs that have both kinds of channels. With
/// the feature `kinesis`, servers of that protocol are streams.
#[derive(Debug, Clone, Default)]
pub struct AwsConnector {
    settings: AwsSettings,
}

impl AwsConnector {
    /// One that makes transports with those settings.
    #[must_use]
    pub fn new(settings: AwsSettings) -> Self {
        Self { settings }
    }
}

impl Connector for AwsConnector {
    fn protocols(&self) -> &'static [&'static str] {
        #[cfg(feature = "kinesis")]
        return &["aws", "kinesis"];
        #[cfg(not(feature = "kinesis"))]
        return &["aws"];
    }

    fn connect<'a>(&'a self, server: &'a Server) -> BoxFuture<'a, Result<Arc<dyn DynTransport>>> {
        Box::pin(async move {
            let settings = self.settings.clone();
            #[cfg(feature = "kinesis")]
            if &*server.protocol == "kinesis" {
                let transport = crate::KinesisTransport::open(&server.url, Some(server), settings);
                return Ok(Arc::new(transport.await?) as _);
            }
            let transport = AwsTransport::open(&server.url, Some(server), settings).await?;
            Ok(Arc::new(transport) as _)
        })
    }
}
