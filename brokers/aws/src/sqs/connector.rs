//! From a document's server to this transport.
use super::SqsTransport;
use crate::{AwsSettings, address::Address, bindings, client::Core, credentials};
use std::sync::Arc;
use tidings::{BoxFuture, Connector, DynTransport, Result, Server};

/// Makes [`SqsTransport`]s of the servers of a document whose protocol is `sqs`.
#[derive(Debug, Clone, Default)]
pub struct SqsConnector {
    settings: AwsSettings,
}

impl SqsConnector {
    /// One that makes transports with those settings.
    #[must_use]
    pub fn new(settings: AwsSettings) -> Self {
        Self { settings }
    }
}

impl Connector for SqsConnector {
    fn protocols(&self) -> &'static [&'static str] {
        &["sqs"]
    }

    fn connect<'a>(&'a self, server: &'a Server) -> BoxFuture<'a, Result<Arc<dyn DynTransport>>> {
        Box::pin(async move {
            bindings::server(Some(server))?;
            let address = Address::parse(&server.url, "sqs", None)?;
            let known = credentials::find(Some(server), &address, &self.settings)?;
            let core = Core::new(address, known, self.settings.clone());
            Ok(Arc::new(SqsTransport::open(core).await?) as _)
        })
    }
}
