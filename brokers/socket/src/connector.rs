//! The connecting end, made from a server of a document.
use crate::{
    Address, Certificate, Discovery, InstancesTransport, SocketSettings, SocketTransport, Token,
};
use std::{fmt, sync::Arc};
use tidings::{
    BoxFuture, Connector, DynTransport, Error, ErrorKind, Result, Security, Server,
    transport::Confirm,
};

/// Connects to a listening end at an address such as `tcp://localhost:4000`, `tcps://orders.example:4000` or
/// `unix:///run/orders.sock`. The first [`Security::Token`] of the server is what it shows there, and the first
/// [`Security::Certificate`] what it identifies with over TLS, in place of those of the settings. With `?confirm=settled` behind the address, publishes are confirmed
/// as [`SocketTransport::confirm_settled`] says: this is for publishers.
#[derive(Clone, Default)]
pub struct SocketConnector {
    settings: SocketSettings,
    discovery: Option<Arc<dyn Discovery>>,
}

impl SocketConnector {
    /// One that makes transports with those settings.
    #[must_use]
    pub fn new(settings: SocketSettings) -> Self {
        Self {
            settings,
            discovery: None,
        }
    }

    /// The same, which connects to all instances that are found, wherever the address of the server leads: see
    /// [`InstancesTransport`].
    #[must_use]
    pub fn with_discovery(self, discovery: impl Discovery) -> Self {
        let discovery: Option<Arc<dyn Discovery>> = Some(Arc::new(discovery));
        Self { discovery, ..self }
    }
}

impl Connector for SocketConnector {
    fn protocols(&self) -> &'static [&'static str] {
        &["tcp", "tcps", "unix"]
    }

    fn connect<'a>(&'a self, server: &'a Server) -> BoxFuture<'a, Result<Arc<dyn DynTransport>>> {
        Box::pin(async move {
            let (address, confirm) = address_and_confirm(&server.url)?;
            if let Some(discovery) = &self.discovery {
                let settings = identified(self.settings.clone(), server, None)?;
                let found = InstancesTransport::connect_with(discovery.clone(), settings).await?;
                return Ok(match confirm {
                    Confirm::Settled => Arc::new(found.confirm_settled()) as _,
                    _ => Arc::new(found) as _,
                });
            }
            let address = address.parse()?;
            let settings = identified(self.settings.clone(), server, Some(&address))?;
            let transport = SocketTransport::connect_with(address, settings).await?;
            Ok(match confirm {
                Confirm::Settled => Arc::new(transport.confirm_settled()) as _,
                _ => Arc::new(transport) as _,
            })
        })
    }
}

impl fmt::Debug for SocketConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketConnector")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// The settings, with what the server says to identify with.
fn identified(
    mut settings: SocketSettings,
    server: &Server,
    address: Option<&Address>,
) -> Result<SocketSettings> {
    let mut all = server.security.iter();
    let token = all.find_map(|known| match known {
        Security::Token(token) => Some(Token::new(token.clone())),
        _ => None,
    });
    let mut all = server.security.iter();
    let certificate = all.find_map(|known| match known {
        Security::Certificate { chain, key } => Some(Certificate::new(chain.clone(), key.clone())),
        _ => None,
    });
    let plain = address.filter(|address| !matches!(address, Address::Tcps(_)));
    if certificate.is_some()
        && token.is_none()
        && let Some(address) = plain
    {
        let reason = "a certificate identifies over TLS only; write `tcps:`";
        return Err(Error::new(ErrorKind::Invalid, "connect", reason).with("address", address));
    }
    settings.token = token.unwrap_or(settings.token);
    settings.certificate = certificate.or(settings.certificate);
    Ok(settings)
}

/// Takes the options from the end of an address.
fn address_and_confirm(url: &str) -> Result<(&str, Confirm)> {
    let Some((address, options)) = url.split_once('?') else {
        return Ok((url, Confirm::Broker));
    };
    match options {
        "confirm=settled" => Ok((address, Confirm::Settled)),
        _ => {
            let reason = "has an option that a socket has not; there is `?confirm=settled`";
            Err(Error::new(ErrorKind::Invalid, "address", reason).with("address", url))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tidings::{Channel, Client, ErrorKind, Message, Registry, connect};

    #[tokio::test]
    async fn publishers_are_told_when_it_is_settled() -> Result<()> {
        let listening = SocketTransport::listen("tcp://127.0.0.1:0".parse()?).await?;
        let url = listening.address();
        let registry = Registry::new().with(SocketConnector::default());
        let channel = Channel::point_to_point("a");
        for (options, confirm) in [
            ("", Confirm::Broker),
            ("?confirm=settled", Confirm::Settled),
        ] {
            let server = Server::new("tcp", format!("{url}{options}"));
            let transport = connect(&server, &registry).await?;
            assert_eq!(transport.capabilities(&channel).confirm, confirm);
            transport.close(Duration::from_secs(1)).await?;
        }
        for options in ["?", "?confirm=", "?confirm=all", "?confrim=settled", "?a=b"] {
            let server = Server::new("tcp", format!("{url}{options}"));
            let error = connect(&server, &registry)
                .await
                .err()
                .map(|error| error.to_string());
            let error = error.unwrap_or_default();
            assert!(error.contains("`?confirm=settled`"), "{options}: {error}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_server_of_a_document_is_reached_with_its_token() -> Result<()> {
        let settings = SocketSettings::default().with_token(Token::new("open sesame"));
        let listening =
            SocketTransport::listen_with("tcp://127.0.0.1:0".parse()?, settings).await?;
        let url = listening.address().to_string();
        let registry = Registry::new().with(SocketConnector::default());
        let server = Server::new("tcp", url).with_security(Security::Token("open sesame".into()));
        let transport = connect(&server, &registry).await?;
        let named = listening.address().to_string();
        assert_eq!(transport.server().as_deref(), Some(&*named));
        let client = Client::new(transport.clone());
        let channel = Channel::point_to_point("a");
        let mut subscription = client.subscribe::<Message>(&channel, None).await?;
        client.send(&channel, &Message::new("b")).await.ok();
        let message = subscription.next().await.and_then(std::result::Result::ok);
        assert!(message.is_some_and(|message| &message.body[..] == b"b"));
        drop(subscription);
        transport.close(Duration::from_secs(1)).await?;
        let wrong = server.with_url("tcp://nowhere");
        let error = connect(&wrong, &registry).await.err();
        assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Invalid));
        Ok(())
    }
}
