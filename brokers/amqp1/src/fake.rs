//! A broker for tests, on a port of this machine: it says what Artemis says of itself, takes every link, and gives those who test what
//! its own end of a link is.
use crate::{address::Address, core::Core, dial::Dial, settings::Amqp1Settings};
use fe2o3_amqp::{
    Receiver, Sender,
    acceptor::{
        ConnectionAcceptor, LinkAcceptor, LinkEndpoint, ListenerSessionHandle,
        SaslAnonymousMechanism, SessionAcceptor,
    },
    types::{
        definitions::LinkError,
        messaging::Body,
        primitives::{Symbol, Value},
    },
};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::sleep,
};

/// Who is connected to it, and its ends of the links that are received by.
pub(crate) async fn connected() -> (Arc<Core>, mpsc::UnboundedReceiver<Sender>) {
    let (dial, links) = listening(128 << 10).await;
    (Arc::new(Core::open(dial).await.unwrap()), links)
}

/// How to connect to one that takes frames of that size.
pub(crate) async fn listening(frame: u32) -> (Dial, mpsc::UnboundedReceiver<Sender>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (link, links) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(socket, frame, link.clone()));
        }
    });
    let dial = Dial {
        address: Address::parse(&format!("amqp://127.0.0.1:{port}")).unwrap(),
        settings: Amqp1Settings::default(),
        tls: None,
        is_certified: false,
        name: "test".to_owned(),
        first: OnceLock::new(),
    };
    (dial, links)
}

async fn serve(socket: TcpStream, frame: u32, link: mpsc::UnboundedSender<Sender>) {
    let product = (Symbol::from("product"), Value::from("artemis".to_owned()));
    let acceptor = ConnectionAcceptor::builder()
        .container_id("fake")
        .max_frame_size(frame)
        .properties([product].into_iter().collect())
        .add_offered_capabilities("SHARED-SUBS")
        .sasl_acceptor(SaslAnonymousMechanism {})
        .build();
    let mut connection = acceptor.accept(socket).await.unwrap();
    while let Ok(session) = SessionAcceptor::new().accept(&mut connection).await {
        tokio::spawn(attach(session, link.clone()));
    }
}

/// The address of a queue that takes 200 messages and confirms none.
pub(crate) const FULL: &str = "full";
/// That of one that ends a link by which 200 messages came; those that are `a` it does not confirm.
pub(crate) const PICKY: &str = "picky";

async fn attach(mut session: ListenerSessionHandle, link: mpsc::UnboundedSender<Sender>) {
    let mut full = Vec::new();
    while let Ok(end) = LinkAcceptor::new().accept(&mut session).await {
        match end {
            // Whoever tests may be done.
            LinkEndpoint::Sender(sender) => drop(link.send(sender)),
            LinkEndpoint::Receiver(receiver) => match address(&receiver) {
                Some(FULL) => full.push(receiver),
                Some(PICKY) => drop(tokio::spawn(pick(receiver))),
                _ => drop(tokio::spawn(accept_all(receiver))),
            },
        }
    }
}

fn address(receiver: &Receiver) -> Option<&str> {
    receiver.target().as_ref()?.address.as_deref()
}

async fn pick(mut receiver: Receiver) {
    for _ in 0..200 {
        let Ok(delivery) = receiver.recv::<Body<Value>>().await else {
            return;
        };
        let is_refused = match delivery.body() {
            Body::Data(data) => data.iter().any(|data| data.0.as_ref() == b"a"),
            _ => false,
        };
        if !is_refused && receiver.accept(&delivery).await.is_err() {
            return;
        }
    }
    // Others wait for room by now.
    sleep(Duration::from_millis(200)).await;
    drop(
        receiver
            .close_with_error(LinkError::MessageSizeExceeded)
            .await,
    );
}

async fn accept_all(mut receiver: Receiver) {
    while let Ok(delivery) = receiver.recv::<Body<Value>>().await {
        if receiver.accept(&delivery).await.is_err() {
            return;
        }
    }
}
