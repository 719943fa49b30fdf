//! From a server to a connected transport, at run time.
use super::{BoxFuture, DynTransport, Server};
use crate::{Error, ErrorKind, Result};
use std::{fmt, sync::Arc};

/// Makes transports of one broker.
pub trait Connector: Send + Sync + 'static {
    /// The document's names of the protocols that it speaks.
    fn protocols(&self) -> &'static [&'static str];

    /// Connects to a server.
    fn connect<'a>(&'a self, server: &'a Server) -> BoxFuture<'a, Result<Arc<dyn DynTransport>>>;
}

/// The brokers that a program knows: filled by the program, so that it links those only.
#[derive(Clone, Default)]
pub struct Registry(Vec<Arc<dyn Connector>>);

impl Registry {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, and one more; of two that speak one protocol the later counts.
    #[must_use]
    pub fn with(mut self, connector: impl Connector) -> Self {
        self.0.push(Arc::new(connector));
        self
    }

    /// Connects to a server, by the connector of its protocol.
    ///
    /// # Errors
    /// When no connector speaks the protocol, naming those that are spoken; when a variable of the address has no value; or
    /// when connecting fails.
    pub async fn connect(&self, server: &Server) -> Result<Arc<dyn DynTransport>> {
        server.check()?;
        let speaks =
            |connector: &&Arc<dyn Connector>| connector.protocols().contains(&&*server.protocol);
        match self.0.iter().rev().find(speaks) {
            Some(connector) => connector.connect(server).await,
            None => Err(self.unknown(server)),
        }
    }

    fn unknown(&self, server: &Server) -> Error {
        let known: Vec<_> = self
            .0
            .iter()
            .flat_map(|connector| connector.protocols())
            .copied()
            .collect();
        let reason = match known.is_empty() {
            true => "the registry has no connectors; add one with `Registry::with`".to_owned(),
            false => format!(
                "no connector of the registry speaks it; there are: {}",
                known.join(", ")
            ),
        };
        Error::new(ErrorKind::Unsupported, "connect", reason)
            .with("protocol", &server.protocol)
            .with("server", server.shown())
    }
}

/// Connects to a server, by the connector of the registry that speaks its protocol.
///
/// # Errors
/// As of [`Registry::connect`].
pub async fn connect(server: &Server, registry: &Registry) -> Result<Arc<dyn DynTransport>> {
    registry.connect(server).await
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|connector| connector.protocols()))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Memory;

    #[tokio::test]
    async fn a_protocol_finds_its_connector_or_is_told_which_there_are() {
        let none = Registry::new();
        let server = Server::new("memory", "memory://here");
        let error = none
            .connect(&server)
            .await
            .err()
            .map(|error| error.to_string());
        let expected = "connect: not supported: the registry has no connectors; add one with `Registry::with`, protocol `memory`, server `memory://here`";
        assert_eq!(error.as_deref(), Some(expected));
        let registry = Registry::new().with(Memory::new());
        assert!(registry.connect(&server).await.is_ok());
        let error = registry.connect(&Server::new("kafka", "")).await.err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("there are: memory"), "{error}");
    }
}
