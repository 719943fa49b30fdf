//! The bounds of the in-process transport, just within and just beyond.
use crate::{deliveries, listen, nothing_comes, publish, published, settle};
use std::time::{Duration, SystemTime};
use tidings::{
    Channel, DynTransport, ErrorKind, Memory, Message, SubscribeSpec, Verdict,
    memory::MemorySettings, transport::PerKey,
};

fn channel() -> Channel {
    Channel::point_to_point("a")
}

fn bounded(change: impl FnOnce(&mut MemorySettings)) -> Memory {
    let mut settings = MemorySettings::default();
    change(&mut settings);
    Memory::with_settings(settings)
}

/// What became of a message that is published.
async fn outcome(memory: &Memory, channel: &Channel, body: &'static str) -> Option<ErrorKind> {
    let outcomes = published(memory, channel, &[Message::new(body)]).await;
    outcomes[0].as_ref().err().map(|error| error.kind())
}

#[tokio::test(start_paused = true)]
async fn a_queue_takes_its_bytes_and_not_one_more() {
    let memory = bounded(|settings| settings.queue_bytes = 5);
    assert_eq!(outcome(&memory, &channel(), "123").await, None);
    assert_eq!(outcome(&memory, &channel(), "45").await, None);
    let mut subscription = listen(&memory, &channel()).await;
    let first = deliveries(&mut *subscription, 1).await.remove(0);
    let full = Some(ErrorKind::Busy);
    assert_eq!(outcome(&memory, &channel(), "6").await, full);
    settle(&mut *subscription, &first, Verdict::Ack).await;
    assert_eq!(outcome(&memory, &channel(), "6789").await, full);
    assert_eq!(outcome(&memory, &channel(), "678").await, None);
}

#[tokio::test(start_paused = true)]
async fn a_message_has_at_most_the_bytes_of_one() {
    let memory = bounded(|settings| settings.message_bytes = 3);
    assert_eq!(outcome(&memory, &channel(), "123").await, None);
    let beyond = outcome(&memory, &channel(), "1234").await;
    assert_eq!(beyond, Some(ErrorKind::TooLarge));
}

#[tokio::test(start_paused = true)]
async fn a_listener_has_no_more_out_than_its_bytes_but_always_one() {
    let memory = Memory::new();
    for body in ["123", "45", "6", "7"] {
        publish(&memory, &channel(), Message::new(body)).await;
    }
    let listening = |bytes| {
        let spec = SubscribeSpec::new(channel()).prefetch_bytes(bytes);
        let memory = memory.clone();
        async move { DynTransport::subscribe(&memory, &spec).await.unwrap() }
    };
    // It stops at the first that reaches the bound.
    for (bytes, count) in [(0, 1), (3, 1), (4, 2), (5, 2), (6, 3), (7, 4)] {
        let mut subscription = listening(bytes).await;
        assert_eq!(deliveries(&mut *subscription, 9).await.len(), count);
        assert!(nothing_comes(&mut *subscription).await);
    }
    let mut subscription = listening(5).await;
    let out = deliveries(&mut *subscription, 9).await;
    settle(&mut *subscription, &out[1], Verdict::Ack).await;
    let more = deliveries(&mut *subscription, 9).await;
    assert_eq!(more.len(), 2, "3 bytes of 5 are out");
}

#[tokio::test(start_paused = true)]
async fn of_a_key_no_more_is_out_than_its_bytes_but_always_one() {
    let memory = Memory::new();
    for body in ["123", "45", "678", "9", "0"] {
        let mut message = Message::new(body);
        message.key = Some("k".into());
        publish(&memory, &channel(), message).await;
    }
    let spec = SubscribeSpec::new(channel()).per_key(PerKey::new(9, 6));
    let mut subscription = DynTransport::subscribe(&memory, &spec).await.unwrap();
    // Each time as many as reach the bound, with a byte of its key each: 4 + 3, 3 + 4, 4 + 2, 2 + 2.
    let mut out = deliveries(&mut *subscription, 9).await;
    for (count, more) in [(2, 1), (2, 1), (2, 1)] {
        assert_eq!(out.len(), count);
        assert!(nothing_comes(&mut *subscription).await);
        settle(&mut *subscription, &out.remove(0), Verdict::Ack).await;
        let next = deliveries(&mut *subscription, 9).await;
        assert_eq!(next.len(), more);
        out.extend(next);
    }
}

#[tokio::test(start_paused = true)]
async fn a_queue_with_nothing_in_it_and_nobody_at_it_gives_way() {
    let memory = bounded(|settings| settings.queues = 2);
    let [a, b, c] = ["a", "b", "c"].map(Channel::point_to_point);
    let mut heard = listen(&memory, &a).await;
    let mut other = listen(&memory, &b).await;
    assert_eq!(outcome(&memory, &c, "1").await, Some(ErrorKind::Busy));
    publish(&memory, &b, Message::new("2")).await;
    let last = deliveries(&mut *other, 1).await.remove(0);
    drop(other);
    assert_eq!(outcome(&memory, &c, "3").await, Some(ErrorKind::Busy));
    let mut other = listen(&memory, &b).await;
    let again = deliveries(&mut *other, 1).await.remove(0);
    assert_eq!(again.message, last.message);
    settle(&mut *other, &again, Verdict::Ack).await;
    drop(other);
    assert_eq!(outcome(&memory, &c, "4").await, None);
    publish(&memory, &a, Message::new("5")).await;
    assert_eq!(deliveries(&mut *heard, 1).await[0].message.body, "5");
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_time_has_come_keeps_its_place() {
    let memory = Memory::new();
    let mut due = Message::new("1");
    due.not_before = Some(SystemTime::now() - Duration::from_secs(60));
    publish(&memory, &channel(), due).await;
    publish(&memory, &channel(), Message::new("2")).await;
    let mut subscription = listen(&memory, &channel()).await;
    let all = deliveries(&mut *subscription, 9).await;
    let bodies: Vec<_> = all.iter().map(|it| it.message.body.clone()).collect();
    assert_eq!(bodies, ["1", "2"]);
}
