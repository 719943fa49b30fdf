//! From a document's server to this transport.
use crate::{
    address::Address, bindings, dial::Dial, settings::RabbitSettings, tls,
    transport::RabbitTransport,
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
        bindings::server(server)?;
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
            _ => server.check_credentials(address.user.is_some())?,
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tidings::Bindings;

    #[test]
    fn what_the_binding_of_a_server_says_is_refused_by_name() {
        let bindings = Bindings::new([("amqp", json!({ "heartbeat": 10 }))]);
        let server = Server::new("amqp", "amqp://here").with_bindings(bindings);
        let error = RabbitConnector::default().dial(&server).err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(
            error.contains("`heartbeat` of the `amqp` binding"),
            "{error}"
        );
    }

    #[test]
    fn what_the_document_asks_for_is_named_where_nothing_is_known() {
        let connector = RabbitConnector::default();
        let dial = |server: &Server| {
            let dialled = connector.dial(server);
            dialled.map(|dial| dial.address.user)
        };
        let open = Server::new("amqp", "amqp://here");
        assert!(dial(&open).is_ok());
        let asking = open.with_scheme("login", "userPassword");
        let unknown = Security::Named {
            scheme: "other".into(),
            values: std::collections::BTreeMap::default(),
        };
        for server in [asking.clone(), asking.clone().with_security(unknown)] {
            let error = dial(&server).err().map(|error| error.to_string());
            let error = error.expect("nobody is known");
            let says = ["`login` (userPassword)", "server `amqp://here"];
            assert!(says.iter().all(|says| error.contains(says)), "{error}");
        }
        let told = asking.clone().with_url("amqp://ann:s3cret@here");
        assert_eq!(dial(&told).ok().flatten().as_deref(), Some("ann"));
        let token = asking.with_security(Security::Token("t".into()));
        assert!(dial(&token).is_ok());
    }
}
