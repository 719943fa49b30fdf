//! From a document's server to a connected transport, at run time.
use super::{BoxFuture, DynTransport};
use crate::{Bindings, Error, ErrorKind, Result, Str};
use bytes::Bytes;
use std::{collections::BTreeMap, fmt, sync::Arc};

/// Where and how to reach a broker: made from the document, changed by the caller.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Server {
    /// The document's name of the protocol, such as `amqp` or `kafka-secure`.
    pub protocol: Str,
    /// The address, with all variables filled in.
    pub url: Str,
    /// What to identify with; the first that the transport knows counts.
    pub security: Vec<Security>,
    /// What the document says of it for each protocol.
    pub bindings: Bindings,
    /// Names this process where brokers want a name: client id, container id, consumer name.
    pub instance: Option<Str>,
}

impl Server {
    /// A server without security and bindings.
    #[must_use]
    pub fn new(protocol: impl Into<Str>, url: impl Into<Str>) -> Self {
        Self {
            protocol: protocol.into(),
            url: url.into(),
            security: Vec::new(),
            bindings: Bindings::none(),
            instance: None,
        }
    }

    /// The same at another address.
    #[must_use]
    pub fn with_url(self, url: impl Into<Str>) -> Self {
        Self {
            url: url.into(),
            ..self
        }
    }

    /// The same with something more to identify with.
    #[must_use]
    pub fn with_security(mut self, security: Security) -> Self {
        self.security.push(security);
        self
    }

    /// The same with what the document says of it.
    #[must_use]
    pub fn with_bindings(self, bindings: Bindings) -> Self {
        Self { bindings, ..self }
    }

    /// The same under that name of this process.
    #[must_use]
    pub fn with_instance(self, instance: impl Into<Str>) -> Self {
        Self {
            instance: Some(instance.into()),
            ..self
        }
    }
}

/// What to identify with. Its `Debug` shows no secret.
#[derive(Clone)]
#[non_exhaustive]
pub enum Security {
    /// A user name and a password.
    Password {
        /// Who.
        user: Str,
        /// The secret.
        password: Str,
    },
    /// A token.
    Token(Str),
    /// A certificate of the client's own.
    Certificate {
        /// The chain, as PEM.
        chain: Bytes,
        /// The private key, as PEM.
        key: Bytes,
    },
    /// A scheme of the document that none of these is.
    Named {
        /// The scheme's name in the document.
        scheme: Str,
        /// What it needs.
        values: BTreeMap<Str, Str>,
    },
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { user, .. } => f
                .debug_struct("Password")
                .field("user", user)
                .finish_non_exhaustive(),
            Self::Token(_) => f.debug_struct("Token").finish_non_exhaustive(),
            Self::Certificate { .. } => f.debug_struct("Certificate").finish_non_exhaustive(),
            Self::Named { scheme, .. } => f
                .debug_struct("Named")
                .field("scheme", scheme)
                .finish_non_exhaustive(),
        }
    }
}

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
    /// When no connector speaks the protocol, naming those that are spoken; or when connecting fails.
    pub async fn connect(&self, server: &Server) -> Result<Arc<dyn DynTransport>> {
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
        Error::new(ErrorKind::Unsupported, "connect", reason).with("protocol", &server.protocol)
    }
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

    struct InProcess(Memory);

    impl Connector for InProcess {
        fn protocols(&self) -> &'static [&'static str] {
            &["memory", "inproc"]
        }

        fn connect<'a>(&'a self, _: &'a Server) -> BoxFuture<'a, Result<Arc<dyn DynTransport>>> {
            let transport: Arc<dyn DynTransport> = Arc::new(self.0.clone());
            Box::pin(async move { Ok(transport) })
        }
    }

    #[tokio::test]
    async fn a_protocol_finds_its_connector_or_is_told_which_there_are() {
        let none = Registry::new();
        let server = Server::new("inproc", "inproc://here");
        let error = none
            .connect(&server)
            .await
            .err()
            .map(|error| error.to_string());
        let expected = "connect: not supported: the registry has no connectors; add one with `Registry::with`, protocol `inproc`";
        assert_eq!(error.as_deref(), Some(expected));
        let registry = Registry::new().with(InProcess(Memory::new()));
        assert!(registry.connect(&server).await.is_ok());
        let error = registry.connect(&Server::new("kafka", "")).await.err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("there are: memory, inproc"), "{error}");
    }

    #[test]
    fn secrets_are_not_shown() {
        let server = Server::new("amqp", "amqp://here").with_security(Security::Password {
            user: "ann".into(),
            password: "s3cret".into(),
        });
        let shown = format!("{server:?}");
        assert!(
            shown.contains("ann") && !shown.contains("s3cret"),
            "{shown}"
        );
    }
}
