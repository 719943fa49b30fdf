//! From a document's server to this transport.
use super::SnsTransport;
use crate::{AwsSettings, address::Address, bindings, client::Core, credentials};
use std::sync::Arc;
use tidings::{BoxFuture, Connector, DynTransport, Result, Server};

/// Makes [`SnsTransport`]s of the servers of a document whose protocol is `sns`.
#[derive(Debug, Clone, Default)]
pub struct SnsConnector {
    settings: AwsSettings,
}

impl SnsConnector {
    /// One that makes transports with those settings.
    #[must_use]
    pub fn new(settings: AwsSettings) -> Self {
        Self { settings }
    }
}

impl Connector for SnsConnector {
    fn protocols(&self) -> &'static [&'static str] {
        &["sns"]
    }

    fn connect<'a>(&'a self, server: &'a Server) -> BoxFuture<'a, Result<Arc<dyn DynTransport>>> {
        Box::pin(async move {
            bindings::server(Some(server))?;
            let address = Address::parse(&server.url, "sns", Some("sqs"))?;
            let known = credentials::find(Some(server), &address, &self.settings)?;
            let core = Core::new(address, known, self.settings.clone());
            Ok(Arc::new(SnsTransport::open(core).await?) as _)
        })
    }
}
