//! Ways in for fuzzing, which hands over any bytes. Not for anybody else.
use crate::{
    Address, SocketSettings,
    client::Hearing,
    server::serve_bytes,
    wire::{Frame, VERSION},
};
use bytes::Bytes;
use std::time::Duration;
use tidings::transport::Subscription;
use tidings::{Channel, Memory, Message, SubscribeSpec, Transport, transport::Event};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

/// A frame, without its length, as it is written again; none where it is no frame.
#[must_use]
pub fn written_again(frame: Bytes) -> Option<Bytes> {
    let frame = Frame::decode(frame).ok()?;
    Some(frame.encode().slice(4..))
}

/// What a connection begins with.
fn greeting() -> Bytes {
    let hello = Frame::Hello {
        version: VERSION,
        session: Uuid::nil(),
        received: None,
        token: None,
    };
    hello.encode()
}

/// Has a listening end read those bytes after a greeting; whatever they are, it still serves others.
///
/// # Panics
/// Where it does not.
pub async fn listening_end(bytes: &[u8]) {
    let memory = Memory::new();
    let input = [&greeting()[..], bytes].concat();
    let serving = serve_bytes(&memory, input);
    // What waits for room or for its time keeps nobody from leaving.
    drop(timeout(Duration::from_millis(5), serving).await);
    let channel = Channel::point_to_point("still serves");
    let spec = SubscribeSpec::new(channel.clone());
    let Ok(mut subscription) = memory.subscribe(&spec).await else {
        panic!("nobody can subscribe any more")
    };
    let deadline = Instant::now() + Duration::from_secs(1);
    let outcomes = memory
        .publish(&channel, &[Message::new("x")], deadline)
        .await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let next = timeout(Duration::from_secs(1), subscription.next(1)).await;
    assert!(matches!(next, Ok(Ok(Event::Deliveries(_)))), "{next:?}");
}

/// Has a connecting end take in frames, with their lengths, until one is none.
pub fn connecting_end(mut bytes: Bytes) {
    let address = Address::Unix("nowhere".into());
    let mut hearing = Hearing::begin(address, SocketSettings::default());
    while let Some(length) = bytes.first_chunk() {
        let length = u32::from_be_bytes(*length) as usize;
        if bytes.len() - 4 < length || hearing.take_in(bytes.slice(4..4 + length)).is_none() {
            return;
        }
        bytes = bytes.slice(4 + length..);
    }
}
