//! TLS at both ends: what is let in, what is refused by whom and in which words, and that nobody else notices.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]
mod certificates;

use certificates::Authority;
use std::time::Duration;
use tidings::{
    Channel, ErrorKind, Memory, Message, Registry, Result, Security, Server, SubscribeSpec,
    Transport, Verdict, connect,
    transport::{Event, Settler, Subscription},
};
use tidings_socket::{
    Address, Certificate, InstancesTransport, SocketConnector, SocketSettings, SocketTransport,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, timeout},
};

const PATIENCE: Duration = Duration::from_secs(10);

fn settings() -> SocketSettings {
    SocketSettings::default().with_connect_wait(Duration::from_secs(3))
}

fn own(authority: &Authority) -> SocketSettings {
    settings().with_certificate(authority.sign("localhost").unwrap())
}

async fn listen(settings: SocketSettings) -> SocketTransport {
    let address = "tcps:localhost:0".parse().unwrap();
    SocketTransport::listen_with(address, settings)
        .await
        .unwrap()
}

/// The same place by the name that certificates have.
fn address(listening: &SocketTransport) -> Address {
    let text = listening.address().to_string();
    let port = text.rsplit_once(':').unwrap().1;
    format!("tcps:localhost:{port}").parse().unwrap()
}

async fn join(listening: &SocketTransport, settings: SocketSettings) -> Result<SocketTransport> {
    SocketTransport::connect_with(address(listening), settings).await
}

/// What is told within a second: waiting mends none of it.
async fn refusal(joining: impl Future<Output = Result<SocketTransport>>) -> (ErrorKind, String) {
    let error = timeout(Duration::from_secs(1), joining).await.unwrap();
    let error = error.unwrap_err();
    assert!(!error.is_retryable(), "{error}");
    (error.kind(), error.to_string())
}

async fn passes(from: &SocketTransport, to: &SocketTransport, size: usize) {
    let channel = Channel::point_to_point("orders");
    let spec = SubscribeSpec::new(channel.clone());
    let mut subscription = to.subscribe(&spec).await.unwrap();
    let message = Message::new(vec![b'x'; size]);
    let deadline = Instant::now() + PATIENCE;
    let outcomes = from.publish(&channel, std::slice::from_ref(&message), deadline);
    assert!(outcomes.await.iter().all(Result::is_ok));
    let next = timeout(PATIENCE, subscription.next(1)).await.unwrap();
    let Ok(Event::Deliveries(all)) = next else {
        panic!("{next:?}")
    };
    assert_eq!(all[0].message.body.len(), size);
    let verdict = (all[0].token, Verdict::Ack);
    assert!(subscription.settler().settle(&[verdict]).await.is_empty());
}

#[tokio::test]
async fn who_trusts_the_authority_connects_and_messages_of_any_size_pass_both_ways() {
    let authority = Authority::named("ours").unwrap();
    let listening = listen(own(&authority)).await;
    let trusting = settings().with_authorities(authority.pem());
    let client = join(&listening, trusting.clone()).await.unwrap();
    for size in [0, 1000, 100_000, 10_000_000] {
        passes(&client, &listening, size).await;
        passes(&listening, &client, size).await;
    }
    let by_address = listening.address().clone();
    let named = trusting.with_server_name("localhost");
    SocketTransport::connect_with(by_address, named)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_certificate_that_does_not_fit_is_refused_by_the_connecting_end() {
    let (ours, theirs) = (
        Authority::named("ours").unwrap(),
        Authority::named("theirs").unwrap(),
    );
    let trusting = settings().with_authorities(ours.pem());
    let listening = listen(own(&theirs)).await;
    let (kind, error) = refusal(join(&listening, trusting.clone())).await;
    assert_eq!(kind, ErrorKind::Invalid);
    let begin = "connect: invalid: this end refuses the certificate of the listening end, which ";
    let expected = format!(
        "{begin}is signed by none whom this end trusts; add its authority to `authorities`, address `{}`",
        address(&listening)
    );
    assert_eq!(error, expected);
    let other = settings().with_certificate(ours.sign("other.example").unwrap());
    let (_, error) = refusal(join(&listen(other).await, trusting.clone())).await;
    assert!(error.contains("is for another name"), "{error}");
    assert!(
        error.contains("`SocketSettings::with_server_name`"),
        "{error}"
    );
    assert!(error.contains("other.example"), "{error}");
    let expired = settings().with_certificate(ours.sign_until("localhost", 2001).unwrap());
    let (_, error) = refusal(join(&listen(expired).await, trusting)).await;
    assert!(error.contains("has expired; renew it"), "{error}");
}

#[tokio::test]
async fn a_certificate_that_does_not_fit_is_refused_by_the_listening_end() {
    let (ours, theirs) = (
        Authority::named("ours").unwrap(),
        Authority::named("theirs").unwrap(),
    );
    let listening = listen(own(&ours).with_client_authorities(ours.pem())).await;
    let trusting = settings().with_authorities(ours.pem());
    let known = trusting
        .clone()
        .with_certificate(ours.sign("client").unwrap());
    let client = join(&listening, known).await.unwrap();
    for (certificate, says) in [
        (
            None,
            "it asks for a certificate; give this end one by `SocketSettings::with_certificate`",
        ),
        (
            Some(theirs.sign("client").unwrap()),
            "it trusts none who signed the certificate of this end; add the authority to its `client_authorities`",
        ),
        (
            Some(ours.sign_until("client", 2001).unwrap()),
            "the certificate of this end has expired; renew it",
        ),
    ] {
        let mut stranger = trusting.clone();
        stranger.certificate = certificate;
        let (kind, error) = refusal(join(&listening, stranger)).await;
        assert_eq!(kind, ErrorKind::PermissionDenied, "{error}");
        assert!(error.contains("the listening end refuses: "), "{error}");
        assert!(error.contains(says), "{error}");
    }
    passes(&client, &listening, 1000).await;
}

#[tokio::test]
async fn who_speaks_tls_to_one_that_does_not_is_told_and_the_other_way_round() {
    let authority = Authority::named("ours").unwrap();
    let listening = listen(own(&authority)).await;
    let text = address(&listening).to_string();
    let plain: Address = text.replacen("tcps", "tcp", 1).parse().unwrap();
    let (_, error) = refusal(SocketTransport::connect_with(plain, settings())).await;
    assert!(
        error.contains("the listening end wants TLS; write `tcps:`"),
        "{error}"
    );
    let listening = SocketTransport::listen("tcp:localhost:0".parse().unwrap());
    let listening = listening.await.unwrap();
    let trusting = settings().with_authorities(authority.pem());
    let (_, error) = refusal(join(&listening, trusting)).await;
    assert!(
        error.contains("does not speak TLS; write `tcp:`"),
        "{error}"
    );
    // Something else that speaks TLS says so by an alert.
    let foreign = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = Address::Tcp(foreign.local_addr().unwrap().to_string());
    tokio::spawn(async move {
        let (mut stream, _) = foreign.accept().await.unwrap();
        stream.read_u8().await.unwrap();
        stream.write_all(&[0x15, 3, 3, 0, 2, 2, 10]).await.unwrap();
        drop(stream.read_to_end(&mut Vec::new()).await);
    });
    let (_, error) = refusal(SocketTransport::connect_with(address, settings())).await;
    assert!(error.contains("it speaks TLS; write `tcps:`"), "{error}");
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_named_and_no_key_is_shown() {
    let authority = Authority::named("ours").unwrap();
    let other = authority.sign("other").unwrap();
    let swapped = Certificate::new("no PEM", "open sesame");
    for (settings, says) in [
        (settings(), "give it by `SocketSettings::with_certificate`"),
        (
            settings().with_certificate(swapped),
            "`certificate` is to be certificates as PEM",
        ),
        (
            own(&authority).with_client_authorities("x"),
            "`client_authorities` is to be certificates as PEM",
        ),
    ] {
        let shown = format!("{settings:?}");
        assert!(
            !shown.contains("sesame") && !shown.contains("PRIVATE"),
            "{shown}"
        );
        let address = "tcps:localhost:0".parse().unwrap();
        let error = SocketTransport::listen_with(address, settings).await;
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains(says) && error.contains("`tcps:localhost:0`"),
            "{error}"
        );
        assert!(!error.contains("sesame"), "{error}");
    }
    let listening = listen(settings().with_certificate(other)).await;
    let none = settings().with_authorities("-----BEGIN");
    let (_, error) = refusal(join(&listening, none)).await;
    assert!(
        error.contains("`authorities` is to be certificates as PEM"),
        "{error}"
    );
    let unnamed = settings()
        .with_authorities(authority.pem())
        .with_server_name("a b");
    let (_, error) = refusal(join(&listening, unnamed)).await;
    assert!(error.contains("`a b` is no name"), "{error}");
}

#[tokio::test]
async fn those_who_begin_no_handshake_or_half_of_one_go_in_time_and_disturb_nobody() {
    let authority = Authority::named("ours").unwrap();
    let few = own(&authority)
        .with_connections(20)
        .with_heartbeat(Duration::from_millis(200));
    let listening = listen(few).await;
    let text = address(&listening).to_string();
    let host = text.trim_start_matches("tcps:");
    let trusting = settings().with_authorities(authority.pem());
    let trusting = trusting.with_heartbeat(Duration::from_millis(100));
    let client = join(&listening, trusting.clone()).await.unwrap();
    let mut strangers = Vec::new();
    for number in 0..40 {
        let mut stranger = TcpStream::connect(host).await.unwrap();
        if number % 2 == 0 {
            stranger.write_all(&[0x16, 3, 1, 0, 200, 1]).await.unwrap();
        }
        strangers.push(stranger);
    }
    passes(&client, &listening, 1000).await;
    // They have three heartbeats, after which their places are free.
    let second = timeout(Duration::from_secs(3), join(&listening, trusting)).await;
    passes(&second.unwrap().unwrap(), &listening, 1000).await;
    for mut stranger in strangers {
        let mut rest = Vec::new();
        drop(
            timeout(PATIENCE, stranger.read_to_end(&mut rest))
                .await
                .unwrap(),
        );
    }
    passes(&client, &listening, 1000).await;
}

#[tokio::test]
async fn who_was_let_in_comes_back_when_what_does_not_fit_is_mended() {
    let authority = Authority::named("ours").unwrap();
    let memory = Memory::new();
    let host = |settings, address| SocketTransport::host(address, settings, memory.clone());
    let first = host(own(&authority), "tcps:localhost:0".parse().unwrap());
    let first = first.await.unwrap();
    let place = first.address().clone();
    let trusting = settings().with_authorities(authority.pem());
    let client = join(&first, trusting).await.unwrap();
    drop(first);
    let expired = settings().with_certificate(authority.sign_until("localhost", 2001).unwrap());
    let again = async |settings: SocketSettings| {
        loop {
            match host(settings.clone(), place.clone()).await {
                // The tasks of the former end take a moment to go.
                Err(error) if error.kind() == ErrorKind::InUse => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                outcome => return outcome.unwrap(),
            }
        }
    };
    let second = again(expired).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    drop(second);
    let third = again(own(&authority)).await;
    passes(&client, &third, 1000).await;
}

#[tokio::test]
async fn a_document_names_the_protocol_and_what_to_identify_with() {
    let authority = Authority::named("ours").unwrap();
    let listening = listen(own(&authority).with_client_authorities(authority.pem())).await;
    let trusting = settings().with_authorities(authority.pem());
    let registry = Registry::new().with(SocketConnector::new(trusting));
    let (chain, key) = authority.pair_until("client", 4096).unwrap();
    let security = Security::Certificate {
        chain: chain.into(),
        key: key.into(),
    };
    let url = address(&listening).to_string();
    let server = Server::new("tcps", url.replacen("tcps:", "tcps://", 1));
    let server = server.with_security(security.clone());
    connect(&server, &registry).await.unwrap();
    let plain = Server::new("tcp", "tcp://localhost:1").with_security(security);
    let error = connect(&plain, &registry).await.err().unwrap().to_string();
    assert!(error.contains("over TLS only; write `tcps:`"), "{error}");
}

#[tokio::test]
async fn instances_that_are_found_are_reached_by_tls_and_why_not_is_told() {
    let authority = Authority::named("ours").unwrap();
    let (one, other) = (listen(own(&authority)).await, listen(own(&authority)).await);
    let found = vec![address(&one), address(&other)];
    let trusting = settings().with_authorities(authority.pem());
    let client = InstancesTransport::connect_with(found.clone(), trusting);
    let client = client.await.unwrap().confirm_settled();
    let channel = Channel::publish_subscribe("events");
    let mut subscription = client
        .subscribe(&SubscribeSpec::new(channel.clone()))
        .await
        .unwrap();
    for from in [&one, &other] {
        let deadline = Instant::now() + PATIENCE;
        let event = [Message::new("x")];
        let outcomes = from.publish(&channel, &event, deadline);
        assert!(outcomes.await.iter().all(Result::is_ok));
        let next = timeout(PATIENCE, subscription.next(1)).await.unwrap();
        assert!(matches!(next, Ok(Event::Deliveries(_))), "{next:?}");
    }
    let theirs = Authority::named("theirs").unwrap();
    let stranger = settings()
        .with_authorities(theirs.pem())
        .with_connect_wait(Duration::from_secs(1));
    let error = InstancesTransport::connect_with(found, stranger).await;
    let error = error.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        cause.contains("add its authority to `authorities`"),
        "{cause}"
    );
}
