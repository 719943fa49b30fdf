//! The listening end against bytes that no honest end would send, and ends that do not listen.
use super::*;
use crate::{
    Address, SocketTransport,
    wire::{MAX_FRAME, MAX_GREETING},
};
use bytes::Bytes;
use tempfile::TempDir;
use tidings::DynTransport;
use tidings::{Channel, Message, SubscribeSpec, Verdict, transport::Event};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    time::Instant,
};

async fn listen() -> (SocketTransport, TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sock");
    let listening = SocketTransport::listen(Address::Unix(path.clone()))
        .await
        .unwrap();
    (listening, folder, path)
}

/// What the listening end answers to those bytes until it closes the connection.
async fn answer(path: &std::path::Path, bytes: &[u8]) -> Vec<u8> {
    let mut stream = UnixStream::connect(path).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A connection closed with something unread is reset, which is closed too.
    drop(
        timeout(Duration::from_secs(5), stream.read_to_end(&mut answer))
            .await
            .unwrap(),
    );
    answer
}

fn greeting(version: u16) -> Vec<u8> {
    let session = uuid::Uuid::new_v4();
    let hello = Frame::Hello {
        version,
        session,
        received: None,
        token: None,
    };
    hello.encode().to_vec()
}

fn hello() -> Vec<u8> {
    greeting(VERSION)
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(5)
}

async fn still_serves(path: &std::path::Path) {
    let client = SocketTransport::connect(Address::Unix(path.to_owned()))
        .await
        .unwrap();
    let channel = Channel::point_to_point("alive");
    let outcomes = DynTransport::publish(&client, &channel, &[Message::new("x")], soon()).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
}

#[tokio::test]
async fn hostile_bytes_end_their_connection_and_nothing_else() {
    let (_listening, _folder, path) = listen().await;
    let oversized = u32::try_from(MAX_FRAME + 1).unwrap().to_be_bytes();
    let greeting = u32::try_from(MAX_GREETING + 1).unwrap().to_be_bytes();
    let after_hello = |bytes: &[u8]| [&hello(), bytes].concat();
    let subscribe = Frame::Subscribe {
        subscription: 1,
        channel: Channel::point_to_point("twice"),
        group: None,
        prefetch: 0,
        prefetch_bytes: 0,
        per_key: None,
        private: false,
    };
    for bytes in [
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        oversized.to_vec(),
        greeting.to_vec(),
        vec![0; 64],
        Frame::Ping { received: 0 }.encode().to_vec(),
        after_hello(&oversized),
        after_hello(&[0, 0, 0, 1, 77]),
        after_hello(&[0, 0, 0, 0]),
        after_hello(&Frame::Farewell.encode()),
        after_hello(&[subscribe.encode(), subscribe.encode()].concat()),
        after_hello(&[
            0, 0, 0, 13, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff,
        ]),
    ] {
        answer(&path, &bytes).await;
    }
    still_serves(&path).await;
}

/// The reason that an end is given whose bytes were those.
async fn refused(path: &std::path::Path, bytes: &[u8]) -> String {
    let mut answer = Bytes::from(answer(path, bytes).await);
    while answer.len() > 4 {
        let length = answer.split_to(4);
        let length = u32::from_be_bytes(length[..].try_into().unwrap()) as usize;
        if let Ok(Frame::Refused { fault }) = Frame::decode(answer.split_to(length)) {
            return fault.reason;
        }
    }
    panic!("not refused")
}

#[tokio::test]
async fn whoever_sends_something_wrong_is_told_what() {
    let (_listening, _folder, path) = listen().await;
    let after_hello = |bytes: &[u8]| [&hello(), bytes].concat();
    let oversized = u32::try_from(MAX_FRAME + 1).unwrap().to_be_bytes();
    for (bytes, reason) in [
        (
            b"GET / HTTP/1.1\r\n\r\n".to_vec(),
            "a frame of 1195725856 bytes is larger than 65536",
        ),
        (vec![0, 0, 0, 1, 77], "unknown kind of frame"),
        (
            Frame::Goodbye.encode().to_vec(),
            "a connection begins with Hello",
        ),
        (
            after_hello(&oversized),
            "a frame of 16777217 bytes is larger than 16777216",
        ),
        (after_hello(&[0, 0, 0, 1, 77]), "unknown kind of frame"),
        (
            after_hello(&[0, 0, 0, 2, 7, 7]),
            "bytes after the end of the frame",
        ),
        (
            after_hello(&Frame::Farewell.encode()),
            "a frame of the wrong end",
        ),
        (
            after_hello(&hello()),
            "a frame that the connecting end does not send",
        ),
        (
            after_hello(&Frame::Ping { received: 3 }.encode()),
            "more was received than was sent",
        ),
    ] {
        assert_eq!(refused(&path, &bytes).await, reason);
    }
    still_serves(&path).await;
}

#[tokio::test]
async fn whoever_goes_amid_its_greeting_is_told_nothing() {
    let (_listening, _folder, path) = listen().await;
    let mut stream = UnixStream::connect(&path).await.unwrap();
    stream.write_all(&hello()[..9]).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.is_empty());
}

#[tokio::test]
async fn many_connections_that_say_nothing_or_half_of_something_disturb_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sock");
    let settings = SocketSettings::default().with_heartbeat(Duration::from_millis(700));
    let _listening = SocketTransport::listen_with(Address::Unix(path.clone()), settings)
        .await
        .unwrap();
    let large = u32::try_from(MAX_FRAME).unwrap().to_be_bytes();
    let openings = [
        Vec::new(),
        vec![0, 0],
        hello()[..20].to_vec(),
        [&hello(), &large[..], &[2]].concat(),
    ];
    let mut silent = Vec::new();
    for number in 0..500 {
        let mut stream = UnixStream::connect(&path).await.unwrap();
        stream.write_all(&openings[number % 4]).await.unwrap();
        silent.push(stream);
    }
    let begun = Instant::now();
    still_serves(&path).await;
    // A greeting may take three heartbeats, and none of those before it was waited for.
    assert!(begun.elapsed() < Duration::from_secs(10));
    // All of them are given up after three heartbeats.
    for mut stream in silent {
        let ended = timeout(Duration::from_secs(30), stream.read_to_end(&mut Vec::new())).await;
        assert!(ended.is_ok());
    }
    still_serves(&path).await;
}

#[tokio::test]
async fn another_version_is_refused_with_the_reason() {
    let (_listening, _folder, path) = listen().await;
    let answer = answer(&path, &greeting(99)).await;
    let Ok(Frame::Refused { fault }) = Frame::decode(Bytes::from(answer).slice(4..)) else {
        panic!("not refused")
    };
    assert_eq!(
        fault.reason,
        "version 99 of the protocol is not spoken here, 5 is"
    );
}

#[tokio::test]
async fn settling_and_unsubscribing_what_is_not_there_is_harmless() {
    let (_listening, _folder, path) = listen().await;
    let settle = Frame::Settle {
        subscription: 5,
        verdicts: vec![(1, Verdict::Ack)],
    };
    let frames = [
        settle.encode(),
        Frame::Unsubscribe { subscription: 6 }.encode(),
        Frame::Goodbye.encode(),
    ];
    let answer = answer(&path, &[hello(), frames.concat()].concat()).await;
    let expected = [
        Frame::Welcome {
            version: VERSION,
            received: None,
        }
        .encode(),
        Frame::Farewell.encode(),
    ]
    .concat();
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn what_a_connection_does_not_take_goes_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sock");
    let settings = SocketSettings::default().with_heartbeat(Duration::from_millis(50));
    let listening = SocketTransport::listen_with(Address::Unix(path.clone()), settings)
        .await
        .unwrap();
    let channel = Channel::point_to_point("a");
    let subscribe = Frame::Subscribe {
        subscription: 1,
        channel: channel.clone(),
        group: None,
        prefetch: 10,
        prefetch_bytes: 1 << 20,
        per_key: None,
        private: false,
    };
    let mut deaf = UnixStream::connect(&path).await.unwrap();
    let demand = Frame::Demand {
        subscription: 1,
        deliveries: 4,
    };
    let words = [&hello()[..], &subscribe.encode(), &demand.encode()];
    deaf.write_all(&words.concat()).await.unwrap();
    // More than the system keeps on the way. It reads nothing, but shows that it is there.
    let batch: Vec<_> = (0..4).map(|_| Message::new(vec![0; 1 << 20])).collect();
    let outcomes = DynTransport::publish(&listening, &channel, &batch, soon()).await;
    assert!(outcomes.iter().all(Result::is_ok));
    let alive = tokio::spawn(async move {
        while deaf
            .write_all(&Frame::Ping { received: 0 }.encode())
            .await
            .is_ok()
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    timeout(Duration::from_secs(5), alive)
        .await
        .unwrap()
        .unwrap();
    let spec = SubscribeSpec::new(channel).prefetch(10);
    let mut other = DynTransport::subscribe(&listening, &spec).await.unwrap();
    let mut count = 0;
    while count < 4 {
        let next = timeout(Duration::from_secs(5), other.next(10)).await;
        let Ok(Event::Deliveries(deliveries)) = next.unwrap() else {
            panic!("no deliveries")
        };
        count += deliveries.len();
    }
}

#[tokio::test]
async fn a_silent_connection_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sock");
    let heartbeat = Duration::from_millis(20);
    let settings = SocketSettings::default().with_heartbeat(heartbeat);
    let _listening = SocketTransport::listen_with(Address::Unix(path.clone()), settings)
        .await
        .unwrap();
    answer(&path, &[]).await;
    answer(&path, &[hello(), vec![0, 0]].concat()).await;
}

#[tokio::test]
async fn who_does_not_know_the_token_is_told_so_and_not_let_in() {
    let folder = tempfile::tempdir().unwrap();
    let address = Address::Unix(folder.path().join("a.sock"));
    let knowing = |token| SocketSettings::default().with_token(token);
    let token = crate::Token::new("open sesame");
    let _listening = SocketTransport::listen_with(address.clone(), knowing(token.clone()))
        .await
        .unwrap();
    for wrong in [crate::Token::none(), crate::Token::new("x")] {
        let refused = SocketTransport::connect_with(address.clone(), knowing(wrong)).await;
        let error = refused.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (ErrorKind::PermissionDenied, false)
        );
    }
    SocketTransport::connect_with(address, knowing(token))
        .await
        .unwrap();
}
