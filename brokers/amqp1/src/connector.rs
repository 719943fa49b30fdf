//! From a document's server to this transport.
use crate::{
    address::Address, bindings, dial::Dial, settings::Amqp1Settings, tls, transport::Amqp1Transport,
};
use std::sync::{Arc, OnceLock};
use tidings::{BoxFuture, Connector, DynTransport, Error, ErrorKind, Result, Security, Server};

/// Makes [`Amqp1Transport`]s of the servers of a document whose protocol is `amqp1` or `jms`.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Amqp1Connector {
    /// The settings of all of them.
    pub settings: Amqp1Settings,
}

impl Amqp1Connector {
    /// With those settings.
    #[must_use]
    pub fn new(settings: Amqp1Settings) -> Self {
        Self { settings }
    }

    /// How to reach a server: by the first of its credentials that this transport knows, else by those of its address.
    fn dial(&self, server: &Server) -> Result<Dial> {
        let mut address = Address::parse(&in_full(server))?;
        let named = |error: Error| error.with("server", server.shown());
        let identity = bindings::server(server)?;
        let mut own = None;
        for known in &server.security {
            match known {
                Security::Password { user, password } => {
                    address.user = Some(user.to_string());
                    address.password = Some(password.to_string());
                }
                // The broker maps it to a user.
                Security::Certificate { chain, key } if address.is_secure => {
                    own = Some((chain, key))
                }
                Security::Certificate { .. } => {
                    let reason = "a certificate needs TLS; write `amqps:`";
                    return Err(named(Error::new(ErrorKind::Invalid, "connect", reason)));
                }
                _ => continue,
            }
            break;
        }
        if address.user.is_none() && own.is_none() && !server.schemes.is_empty() {
            unknown_credentials(server).map_err(named)?;
        }
        let tls = address
            .is_secure
            .then(|| tls::config(&self.settings, own))
            .transpose()
            .map_err(named)?;
        let name = server
            .instance
            .as_deref()
            .map(str::to_owned)
            .or(identity.name);
        Ok(Dial {
            address,
            settings: self.settings.clone(),
            tls,
            is_certified: own.is_some(),
            name: name.unwrap_or_else(|| "tidings".to_owned()),
            first: OnceLock::new(),
        })
    }
}

/// Says what the document asks for where nothing was given that this transport knows.
fn unknown_credentials(server: &Server) -> Result<()> {
    server.check_credentials(!server.security.is_empty())?;
    let reason =
        "it identifies by a user and a password, or by a certificate, and none of those was given";
    Err(Error::new(ErrorKind::Unsupported, "connect", reason))
}

/// The address with its protocol: documents write both.
fn in_full(server: &Server) -> String {
    match server.url.contains("://") {
        true => server.url.to_string(),
        false => format!("{}://{}", server.protocol, server.url),
    }
}

impl Connector for Amqp1Connector {
    fn protocols(&self) -> &'static [&'static str] {
        &["amqp1", "jms"]
    }

    fn connect<'a>(&'a self, server: &'a Server) -> BoxFuture<'a, Result<Arc<dyn DynTransport>>> {
        Box::pin(async move {
            let transport = Amqp1Transport::dial(self.dial(server)?).await?;
            Ok(Arc::new(transport) as Arc<dyn DynTransport>)
        })
    }
}
