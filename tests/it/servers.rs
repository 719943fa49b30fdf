//! From the servers of a document to a connection.
use servers::{Note, ServersClient, ServersServer, ServersService};
use std::{sync::Arc, time::Duration};
use tidings::{HandlerError, Memory, Received, Registry, Router, connect};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

struct Notes(UnboundedSender<String>);

impl ServersService for Notes {
    async fn note(&self, note: Received<Note>) -> Result<(), HandlerError> {
        let text = note.message.payload;
        self.0.send(text).map_err(HandlerError::reject)
    }
}

#[test]
fn servers_are_filled_in_by_whoever_connects() {
    let server = servers::servers::production("live", "acme").unwrap();
    assert_eq!(&*server.url, "amqp://live.broker.example:5672/acme");
    let kinds: Vec<_> = server.schemes.iter().map(|scheme| &*scheme.kind).collect();
    assert_eq!(kinds, ["userPassword", "X509"]);
    assert!(servers::servers::production("prod", "acme").is_err());
    let told = server.with_environment_of("BROKER", |name| {
        (name == "BROKER_VAR_PORT").then(|| "1".into())
    });
    assert_eq!(&*told.unwrap().url, "amqp://live.broker.example:1/acme");
    assert!(servers::servers::local().bindings.of("mqtt").is_some());
}

#[tokio::test]
async fn a_server_is_reached_by_the_connector_of_its_protocol() {
    let registry = Registry::new().with(Memory::new());
    let transport = connect(&servers::servers::local(), &registry)
        .await
        .unwrap();
    let (sender, mut done) = unbounded_channel();
    let mut router = Router::new();
    ServersServer::new(Notes(sender)).register(&mut router);
    let service = tidings::serve(Arc::clone(&transport), router)
        .await
        .unwrap();
    ServersClient::new(transport)
        .note("hello".to_owned())
        .await
        .unwrap();
    assert_eq!(done.recv().await.as_deref(), Some("hello"));
    service.stop(Duration::from_secs(5)).await.unwrap();
    let other = servers::servers::production("live", "acme").unwrap();
    let error = connect(&other, &registry).await.err().unwrap();
    assert!(error.to_string().contains("`amqp`"), "{error}");
}
