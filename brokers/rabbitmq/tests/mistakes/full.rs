//! A broker whose memory or disk is full: it says so, and takes nothing from publishers until it has room.
use crate::{
    common::{Check, Outcome, address, checks, fresh, holds, publish},
    error::is,
};
use std::time::Duration;
use tidings::{
    ErrorKind, Message, Transport,
    transport::{Ensure, Wanted},
};
use tidings_rabbitmq::RabbitTransport;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{Instant, sleep},
};

/// The methods by which a broker says that it has no room, and that it has again.
const BLOCKED: [u8; 17] = *b"\x01\0\0\0\0\0\x09\0\x0a\0\x3c\x04disk\xce";
const UNBLOCKED: [u8; 12] = *b"\x01\0\0\0\0\0\x04\0\x0a\0\x3d\xce";
/// How long what is said takes to be heard.
const HEARD: Duration = Duration::from_millis(200);

pub(crate) fn checks() -> Vec<(&'static str, Check)> {
    checks![a_broker_without_room_is_told_with_a_pause]
}

/// A way to the broker, which has no room while that is true.
async fn narrow() -> Outcome<(String, watch::Sender<bool>)> {
    let broker = address();
    let (credentials, rest) = broker.split_once('@').ok_or("no credentials")?;
    let (host, vhost) = rest.split_once('/').ok_or("no virtual host")?;
    let (host, listener) = (host.to_owned(), TcpListener::bind("127.0.0.1:0").await?);
    let url = format!("{credentials}@{}/{vhost}", listener.local_addr()?);
    let (is_full, fills) = watch::channel(false);
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            tokio::spawn(relay(near, host.clone(), fills.clone()));
        }
    });
    Ok((url, is_full))
}

async fn relay(near: TcpStream, broker: String, fills: watch::Receiver<bool>) {
    let Ok(far) = TcpStream::connect(&broker).await else {
        return;
    };
    let ((mut near_in, near_out), (far_in, mut far_out)) = (near.into_split(), far.into_split());
    tokio::select! {
        _ = copy(&mut near_in, &mut far_out) => {}
        () = says(far_in, near_out, fills) => {}
    }
}

/// Whatever the broker says, but for what it confirms while it is full.
async fn says(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut fills: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let is_full = *fills.borrow();
        let (count, changed) = tokio::select! {
            biased;
            Ok(()) = fills.changed() => (0, true),
            Ok(count @ 1..) = from.read(&mut buffer), if !is_full => (count, false),
            else => return,
        };
        let is_full = *fills.borrow();
        let said = match (changed, is_full) {
            (false, _) => &buffer[..count],
            (true, true) => &BLOCKED[..],
            (true, false) => &UNBLOCKED[..],
        };
        if to.write_all(said).await.is_err() {
            return;
        }
    }
}

async fn a_broker_without_room_is_told_with_a_pause() -> Outcome {
    let (url, is_full) = narrow().await?;
    let transport = RabbitTransport::connect(&url).await?;
    let channel = fresh();
    let wanted = [Wanted::channel(channel.clone())];
    Transport::ensure(&transport, &wanted, Ensure::Create).await?;
    publish(&transport, &channel, &[Message::new("a")]).await?;
    is_full.send_replace(true);
    sleep(HEARD).await;
    let (batch, deadline) = ([Message::new("b")], Instant::now() + Duration::from_secs(1));
    let mut sent = Transport::publish(&transport, &channel, &batch, deadline).await;
    let error = sent.pop().and_then(Result::err);
    let error = error.ok_or("it was taken")?;
    let says = ["memory or disk is full", "channel `tests.", "server `amqp:"];
    is(&error, ErrorKind::Busy, &says)?;
    let pause = error.wait().ok_or("nobody says when to try again")?;
    holds(error.is_ambiguous() && !pause.is_zero(), "it may be sent")?;
    // Room that comes before the deadline is taken.
    let batch = [Message::new("c")];
    let (sent, ()) = tokio::join!(publish(&transport, &channel, &batch), async {
        sleep(HEARD).await;
        is_full.send_replace(false);
    });
    sent
}
