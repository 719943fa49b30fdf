//! The connecting end, made from a server of a document.
use crate::{SocketSettings, SocketTransport, Token};
use std::sync::Arc;
use tidings::{BoxFuture, Connector, DynTransport, Result, Security, Server};

/// Connects to a listening end at an address such as `tcp://localhost:4000` or `unix:///run/orders.sock`. The first
/// [`Security::Token`] of the server is what it shows there.
#[derive(Debug, Clone, Default)]
pub struct SocketConnector {
    settings: SocketSettings,
}

impl SocketConnector {
    /// One that makes transports with those settings.
    #[must_use]
    pub fn new(settings: SocketSettings) -> Self {
        Self { settings }
    }
}

impl Connector for SocketConnector {
    fn protocols(&self) -> &'static [&'static str] {
        &["tcp", "unix"]
    }

    fn connect<'a>(&'a self, server: &'a Server) -> BoxFuture<'a, Result<Arc<dyn DynTransport>>> {
        let mut settings = self.settings.clone();
        let token = server.security.iter().find_map(|known| match known {
            Security::Token(token) => Some(Token::new(token.clone())),
            _ => None,
        });
        settings.token = token.unwrap_or(settings.token);
        Box::pin(async move {
            let transport = SocketTransport::connect_with(server.url.parse()?, settings).await?;
            Ok(Arc::new(transport) as Arc<dyn DynTransport>)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tidings::{Channel, Client, ErrorKind, Message, Registry, connect};

    #[tokio::test]
    async fn a_server_of_a_document_is_reached_with_its_token() -> Result<()> {
        let settings = SocketSettings {
            token: Token::new("open sesame"),
            ..SocketSettings::default()
        };
        let listening =
            SocketTransport::listen_with("tcp://127.0.0.1:0".parse()?, settings).await?;
        let url = listening.address().to_string();
        let registry = Registry::new().with(SocketConnector::default());
        let server = Server::new("tcp", url).with_security(Security::Token("open sesame".into()));
        let transport = connect(&server, &registry).await?;
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
