//! The connecting end, with and without somebody to connect to.
mod away;
mod bounds;

use super::*;
use crate::SocketTransport;
use std::path::PathBuf;
use tempfile::TempDir;
use tidings::{
    Memory, Transport, Verdict,
    memory::MemorySettings,
    transport::{Event, Incoming, Settler, Subscription},
};

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sock");
    (folder, path)
}

fn settings() -> SocketSettings {
    SocketSettings::default().with_answer_wait(Duration::from_secs(1))
}

/// Room for two messages.
fn tight() -> MemorySettings {
    let mut settings = MemorySettings::default();
    settings.queue_messages = 2;
    settings
}

async fn host(path: &std::path::Path, memory: &Memory) -> SocketTransport {
    SocketTransport::host(Address::Unix(path.to_owned()), settings(), memory.clone())
        .await
        .unwrap()
}

async fn publish(transport: &SocketTransport, channel: &Channel, body: &'static str) -> Result<()> {
    publish_within(transport, channel, body, Duration::from_secs(1)).await
}

async fn publish_within(
    transport: &impl Transport,
    channel: &Channel,
    body: &'static str,
    within: Duration,
) -> Result<()> {
    let deadline = Instant::now() + within;
    let mut outcomes =
        Transport::publish(transport, channel, &[Message::new(body)], deadline).await;
    outcomes.pop().unwrap()
}

async fn subscribe(transport: &SocketTransport, channel: &Channel) -> crate::SocketSubscription {
    let spec = SubscribeSpec::new(channel.clone()).prefetch(10);
    Transport::subscribe(transport, &spec).await.unwrap()
}

/// The next deliveries; what is gone before them is passed over.
async fn deliveries(subscription: &mut crate::SocketSubscription) -> Vec<Incoming> {
    loop {
        let next = timeout(Duration::from_secs(5), Subscription::next(subscription, 10)).await;
        if let Event::Deliveries(deliveries) = next.expect("something comes").unwrap() {
            return deliveries;
        }
    }
}

async fn bodies(subscription: &mut crate::SocketSubscription, count: usize) -> Vec<String> {
    let mut bodies = Vec::new();
    let settler = subscription.settler();
    while bodies.len() < count {
        for incoming in deliveries(subscription).await {
            bodies.push(String::from_utf8_lossy(&incoming.message.body).into_owned());
            let failed = settler.settle(&[(incoming.token, Verdict::Ack)]).await;
            assert!(failed.is_empty(), "{failed:?}");
        }
    }
    bodies
}

#[tokio::test]
async fn connecting_waits_for_the_listening_end() {
    let (_folder, path) = folder();
    let connecting = tokio::spawn(SocketTransport::connect(Address::Unix(path.clone())));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!connecting.is_finished());
    let _listening = host(&path, &Memory::new()).await;
    let client = connecting.await.unwrap().unwrap();
    publish(&client, &Channel::point_to_point("a"), "x")
        .await
        .unwrap();
}

#[tokio::test]
async fn connecting_gives_up_in_time_with_the_cause() {
    let (_folder, path) = folder();
    let settings = settings().with_connect_wait(Duration::from_millis(100));
    let error = SocketTransport::connect_with(Address::Unix(path), settings.clone())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::Timeout, true)
    );
    assert!(
        std::error::Error::source(&error)
            .unwrap()
            .to_string()
            .contains("No such file")
    );
    let told = error.to_string();
    assert!(
        told.contains("(No such file") && told.contains("start what listens there"),
        "{told}"
    );
    assert!(!told.contains("folder"), "{told}");
    let here = Address::Unix("no such file".into());
    let error = SocketTransport::connect_with(here, settings)
        .await
        .unwrap_err();
    let folder = std::env::current_dir().unwrap();
    let told = error.to_string();
    assert!(
        told.ends_with(&format!("folder `{}`", folder.display())),
        "{told}"
    );
}

#[tokio::test]
async fn publishing_without_a_connection_is_done_later_or_fails_retryably() {
    let (_folder, path) = folder();
    let memory = Memory::new();
    let channel = Channel::point_to_point("a");
    let listening = host(&path, &memory).await;
    let client = SocketTransport::connect_with(Address::Unix(path.clone()), settings())
        .await
        .unwrap();
    drop(listening);
    let error = publish(&client, &channel, "given up").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::Timeout, true)
    );
    let (published, _listening) = tokio::join!(publish(&client, &channel, "later"), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        host(&path, &memory).await
    });
    published.unwrap();
    let listened = channel.clone();
    let mut subscription = subscribe(&client, &listened).await;
    assert_eq!(bodies(&mut subscription, 1).await, ["later"]);
}

#[tokio::test]
async fn subscriber_without_a_group_misses_nothing_while_it_reconnects() {
    let (_folder, path) = folder();
    let memory = Memory::new();
    let channel = Channel::publish_subscribe("a");
    let listening = host(&path, &memory).await;
    let client = SocketTransport::connect_with(Address::Unix(path.clone()), settings())
        .await
        .unwrap();
    let listened = channel.clone();
    let mut subscription = subscribe(&client, &listened).await;
    drop(listening);
    publish_within(&memory, &channel, "meanwhile", Duration::from_secs(1))
        .await
        .unwrap();
    let _listening = host(&path, &memory).await;
    assert_eq!(bodies(&mut subscription, 1).await, ["meanwhile"]);
}

#[tokio::test]
async fn a_full_queue_holds_up_its_publishers_but_not_the_settlements() {
    let (_folder, path) = folder();
    let bounds = tight();
    let memory = Memory::with_settings(bounds);
    let _listening = host(&path, &memory).await;
    let client = SocketTransport::connect(Address::Unix(path)).await.unwrap();
    let channel = Channel::point_to_point("a");
    publish(&client, &channel, "1").await.unwrap();
    publish(&client, &channel, "2").await.unwrap();
    let full = publish_within(&client, &channel, "refused", Duration::from_millis(200))
        .await
        .unwrap_err();
    assert!(
        matches!(full.kind(), ErrorKind::Busy | ErrorKind::Timeout) && full.is_retryable(),
        "{full}"
    );
    let listened = channel.clone();
    let mut subscription = subscribe(&client, &listened).await;
    let (published, received) = tokio::join!(
        publish(&client, &channel, "3"),
        bodies(&mut subscription, 3)
    );
    published.unwrap();
    assert_eq!(received, ["1", "2", "3"]);
}

#[tokio::test]
async fn reply_addresses_of_who_is_gone_are_not_found() {
    let (_folder, path) = folder();
    let listening = host(&path, &Memory::new()).await;
    let client = SocketTransport::connect(Address::Unix(path)).await.unwrap();
    let (address, inbox) = Transport::inbox(&client, None).await.unwrap();
    let channel = Channel::point_to_point(address);
    publish(&listening, &channel, "there").await.unwrap();
    drop(inbox);
    // A call after it on the same connection, so that the end of the inbox has arrived.
    Transport::ensure(&client, &[], Ensure::Create)
        .await
        .unwrap();
    let wanted = Wanted::channel(Channel::point_to_point("x"));
    Transport::ensure(&client, &[wanted], Ensure::Create)
        .await
        .unwrap();
    let mut gone = publish(&listening, &channel, "gone").await;
    while gone.is_ok() {
        tokio::task::yield_now().await;
        gone = publish(&listening, &channel, "gone").await;
    }
    assert_eq!(gone.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn names_that_are_too_long_are_invalid() {
    let (_folder, path) = folder();
    let _listening = host(&path, &Memory::new()).await;
    let client = SocketTransport::connect(Address::Unix(path)).await.unwrap();
    let channel = Channel::point_to_point("x".repeat(MAX_NAME + 1));
    assert_eq!(
        publish(&client, &channel, "x").await.unwrap_err().kind(),
        ErrorKind::Invalid
    );
    let listened = channel.clone();
    assert_eq!(
        Transport::subscribe(&client, &SubscribeSpec::new(listened))
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Invalid
    );
}

/// Greets the first who connects in those words, and gives the listener back to see who comes next.
async fn greet(
    path: &std::path::Path,
    words: Vec<u8>,
) -> tokio::task::JoinHandle<tokio::net::UnixListener> {
    use tokio::io::AsyncWriteExt;
    let listener = tokio::net::UnixListener::bind(path).unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(&words).await.unwrap();
        listener.accept().await.unwrap();
        listener
    })
}

#[tokio::test]
async fn connecting_to_something_else_fails_at_once() {
    for words in [
        Frame::Pong { received: 0 }.encode().to_vec(),
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
    ] {
        let (_folder, path) = folder();
        let _listener = greet(&path, words).await;
        let error = SocketTransport::connect(Address::Unix(path))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (ErrorKind::Invalid, false)
        );
    }
}

#[tokio::test]
async fn a_listening_end_of_another_version_says_so() {
    let reason = "version 3 of the protocol is not spoken here, 9 is".to_owned();
    let fault = Fault {
        kind: ErrorKind::Invalid,
        retryable: false,
        ambiguous: false,
        reason,
    };
    let (_folder, path) = folder();
    let _listener = greet(&path, Frame::Refused { fault }.encode().to_vec()).await;
    let error = SocketTransport::connect(Address::Unix(path))
        .await
        .unwrap_err();
    let expected = "connect: invalid: version 3 of the protocol is not spoken here, 9 is";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn an_oversized_message_fails_alone_and_with_its_size() {
    let (_folder, path) = folder();
    let _listening = host(&path, &Memory::new()).await;
    let client = SocketTransport::connect(Address::Unix(path)).await.unwrap();
    let channel = Channel::point_to_point("a");
    let batch = [
        Message::new("before"),
        Message::new(vec![0; crate::wire::MAX_MESSAGE + 1]),
        Message::new("after"),
    ];
    let deadline = Instant::now() + Duration::from_secs(5);
    let outcomes = Transport::publish(&client, &channel, &batch, deadline).await;
    assert!(outcomes[0].is_ok() && outcomes[2].is_ok(), "{outcomes:?}");
    let error = outcomes[1].as_ref().unwrap_err();
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::TooLarge, false)
    );
    assert!(
        error
            .to_string()
            .contains("16711681 bytes are more than 16711680"),
        "{error}"
    );
}

#[tokio::test]
async fn connecting_to_a_path_that_can_never_be_fails_at_once() {
    let (folder, _) = folder();
    let path = folder.path().join("x".repeat(200));
    let connecting = SocketTransport::connect(Address::Unix(path));
    let outcome = timeout(Duration::from_secs(5), connecting).await.unwrap();
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn a_farewell_that_nobody_asked_for_is_a_lost_connection() {
    let (_folder, path) = folder();
    let version = crate::wire::VERSION;
    let words = [
        Frame::Welcome {
            version,
            received: None,
        }
        .encode(),
        Frame::Farewell.encode(),
    ]
    .concat();
    let again = greet(&path, words).await;
    let _client = SocketTransport::connect(Address::Unix(path)).await.unwrap();
    timeout(Duration::from_secs(5), again)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn publishes_that_wait_for_room_do_not_hold_up_what_makes_it() {
    static LARGE: [u8; 2 << 20] = [b'x'; 2 << 20];
    many_at_once(200, "x").await;
    many_at_once(150, str::from_utf8(&LARGE).unwrap()).await;
}

async fn many_at_once(count: usize, body: &'static str) {
    let (_folder, path) = folder();
    let memory = Memory::with_settings(tight());
    let _listening = host(&path, &memory).await;
    let client = SocketTransport::connect(Address::Unix(path)).await.unwrap();
    let client = Arc::new(client);
    let channel = Channel::point_to_point("a");
    let mut publishing = tokio::task::JoinSet::new();
    for _ in 0..count {
        let (client, channel) = (client.clone(), channel.clone());
        publishing.spawn(async move {
            publish_within(&*client, &channel, body, Duration::from_secs(60)).await
        });
    }
    // By the same connection, and after them.
    let wanted = Wanted::channel(channel.clone());
    Transport::ensure(&*client, &[wanted], Ensure::Create)
        .await
        .unwrap();
    let listened = channel.clone();
    let mut subscription = subscribe(&client, &listened).await;
    let received = timeout(Duration::from_secs(60), bodies(&mut subscription, count)).await;
    assert_eq!(received.unwrap().len(), count);
    assert!(publishing.join_all().await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn closing_tells_the_other_end_and_ends_subscriptions() {
    let (folder, path) = folder();
    let listening = host(&path, &Memory::new()).await;
    let client = SocketTransport::connect(Address::Unix(path)).await.unwrap();
    let listened = Channel::point_to_point("a");
    let mut subscription = subscribe(&client, &listened).await;
    let grace = Duration::from_secs(5);
    let begun = std::time::Instant::now();
    Transport::close(&client, grace).await.unwrap();
    Transport::close(&client, grace).await.unwrap();
    let ended = Subscription::next(&mut subscription, 1).await.unwrap_err();
    assert_eq!(ended.kind(), ErrorKind::Closed);
    Transport::close(&listening, grace).await.unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn what_came_over_an_earlier_connection_settles_nothing_of_this_one() {
    let (_folder, path) = folder();
    let channel = Channel::point_to_point("a");
    let listening = host(&path, &Memory::new()).await;
    let client = SocketTransport::connect(Address::Unix(path.clone()))
        .await
        .unwrap();
    let listened = channel.clone();
    let mut subscription = subscribe(&client, &listened).await;
    publish(&client, &channel, "lost with its queue")
        .await
        .unwrap();
    let stale = deliveries(&mut subscription).await.remove(0);
    drop(listening);
    // Other queues, which count their deliveries from the beginning.
    let memory = Memory::new();
    let _listening = host(&path, &memory).await;
    publish(&client, &channel, "new").await.unwrap();
    let new = deliveries(&mut subscription).await.remove(0);
    assert_eq!(
        (&new.message.body[..], new.token.position),
        (&b"new"[..], stale.token.position)
    );
    let settler = subscription.settler();
    let failed = settler
        .settle(&[(stale.token, Verdict::reject("no"))])
        .await;
    assert!(failed.is_empty());
    drop(subscription);
    let listened = channel.clone();
    let mut again = subscribe(&client, &listened).await;
    assert_eq!(bodies(&mut again, 1).await, ["new"]);
}

#[tokio::test]
async fn closing_waits_for_nothing_that_was_lost_with_its_connection() {
    let (_folder, path) = folder();
    let channel = Channel::point_to_point("a");
    let listening = host(&path, &Memory::new()).await;
    let client = SocketTransport::connect(Address::Unix(path)).await.unwrap();
    let listened = channel.clone();
    let mut subscription = subscribe(&client, &listened).await;
    publish(&client, &channel, "x").await.unwrap();
    Subscription::next(&mut subscription, 1).await.unwrap();
    drop(listening);
    timeout(
        Duration::from_secs(5),
        Transport::close(&client, Duration::from_secs(60)),
    )
    .await
    .unwrap()
    .unwrap();
}
