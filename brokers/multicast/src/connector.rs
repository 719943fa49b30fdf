//! The transport, made from a server of a document.
use crate::{MulticastSettings, MulticastTransport, address::PROTOCOL};
use std::sync::Arc;
use tidings::{Binding, BoxFuture, Connector, DynTransport, Error, ErrorKind, Result, Server};

/// Sends to, and receives from, groups at addresses such as `udp://239.255.0.1:7400`. Nobody identifies there: a document that asks
/// for it is refused.
#[derive(Debug, Clone, Default)]
pub struct MulticastConnector {
    settings: MulticastSettings,
}

impl MulticastConnector {
    /// One that makes transports with those settings.
    #[must_use]
    pub fn new(settings: MulticastSettings) -> Self {
        Self { settings }
    }
}

impl Connector for MulticastConnector {
    fn protocols(&self) -> &'static [&'static str] {
        &[PROTOCOL]
    }

    fn connect<'a>(&'a self, server: &'a Server) -> BoxFuture<'a, Result<Arc<dyn DynTransport>>> {
        Box::pin(async move {
            Binding::of_server(server, PROTOCOL)?.known(&[])?;
            if let Some(scheme) = server.schemes.first() {
                let reason = format!(
                    "the document asks for `{}`, and a multicast group lets in everybody; use another broker, or leave the scheme out",
                    scheme.name
                );
                let error = Error::new(ErrorKind::Unsupported, "connect", reason);
                return Err(error.with("server", &server.url));
            }
            let transport = MulticastTransport::open_with(&server.url, self.settings.clone())?;
            Ok(Arc::new(transport) as _)
        })
    }
}
