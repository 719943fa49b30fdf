//! From a document's server to this transport.
use crate::{
    address::Address, dial::Dial, settings::RabbitSettings, tls, transport::RabbitTransport,
};
use lapin::auth::AuthProvider;
use std::sync::Arc;
use tidings::{
    BoxFuture, Connector, DynTransport, Error, ErrorKind, Result, Security, Server, Str,
};

/// Makes [`RabbitTransport`]s of the servers of a document whose protocol is `amqp` or `amqps`.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct RabbitConnector {
    /// The settings of all of them.
    pub settings: RabbitSettings,
}

impl RabbitConnector {
    /// With those settings.
    #[must_use]
    pub fn new(settings: RabbitSettings) -> Self {
        Self { settings }
    }

    /// How to reach a server: by the first of its credentials that this transport knows, else by those of its address.
    fn dial(&self, server: &Server) -> Result<Dial> {
        let mut address = Address::parse(&in_full(server))?;
        let mut own = None;
        let known = server.security.iter().find(|known| {
            matches!(
                known,
                Security::Password { .. } | Security::Token(_) | Security::Certificate { .. }
            )
        });
        match known {
            Some(Security::Password { user, password }) => {
                address.user = Some(user.to_string());
                address.password = Some(password.to_string());
            }
            // As RabbitMQ takes tokens: in place of the password.
            Some(Security::Token(token)) => {
                address.user = Some(String::new());
                address.password = Some(token.to_string());
            }
            Some(Security::Certificate { .. }) if !address.is_secure => {
                let reason = "a certificate needs TLS; write `amqps:`";
                return Err(
                    Error::new(ErrorKind::Invalid, "connect", reason).with("server", &address)
                );
            }
            Some(Security::Certificate { chain, key }) => own = Some((chain, key)),
            _ => check_credentials(server, &address)?,
        }
        let name = server
            .instance
            .clone()
            .unwrap_or_else(|| Str::from("tidings"));
        Ok(Dial {
            tls: tls::config(&self.settings, own)?,
            auth: own.map(|_| Arc::new(External) as Arc<dyn AuthProvider>),
            address,
            settings: self.settings.clone(),
            name: name.to_string(),
        })
    }
}

/// Identifies by the certificate of the connection.
struct External;

impl AuthProvider for External {}

/// The address with its protocol: documents write both.
fn in_full(server: &Server) -> String {
    match server.url.contains("://") {
        true => server.url.to_string(),
        false => format!("{}://{}", server.protocol, server.url),
    }
}

/// Says what the document asks for where nothing was given.
fn check_credentials(server: &Server, address: &Address) -> Result<()> {
    if address.user.is_some() || server.schemes.is_empty() {
        return Ok(());
    }
    let schemes = server
        .schemes
        .iter()
        .map(|scheme| format!("`{}` ({})", scheme.name, scheme.kind));
    let schemes = schemes.collect::<Vec<_>>().join(" or ");
    let reason = format!(
        "the document asks for {schemes}; give it by `Server::with_security` or the environment"
    );
    Err(Error::new(ErrorKind::PermissionDenied, "connect", reason).with("server", address))
}

impl Connector for RabbitConnector {
    fn protocols(&self) -> &'static [&'static str] {
        &["amqp", "amqps"]
    }

    fn connect<'a>(&'a self, server: &'a Server) -> BoxFuture<'a, Result<Arc<dyn DynTransport>>> {
        Box::pin(async move {
            let transport = RabbitTransport::dial(self.dial(server)?).await?;
            Ok(Arc::new(transport) as Arc<dyn DynTransport>)
        })
    }
}
