//! What a service does while its dead letters can be kept nowhere.
use crate::{
    numbers::{KEYLESS, Log, Num, comes_true, num, put},
    wrap::Wrap,
};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tidings::{
    Channel, ChannelKind, DynTransport, Error, ErrorKind, HandlerError, Memory, Message, Received,
    Router, SubscribeSpec, Verdict,
    memory::MemorySettings,
    serve,
    transport::{Attempts, Event},
};

const SECOND: Duration = Duration::from_secs(1);
/// What a queue takes.
const FULL: u32 = 10_000;
/// Of a message that is handled.
const GOOD: u32 = u32::MAX - 1;

fn channel() -> Channel {
    Channel::point_to_point("a")
}

fn topic() -> Channel {
    Channel::publish_subscribe("a")
}

fn letters() -> Channel {
    Channel::point_to_point("a.dead-letters")
}

/// Rejects all but the good one.
fn rejecting() -> (Router, Log) {
    rejecting_at(channel())
}

fn rejecting_at(channel: Channel) -> (Router, Log) {
    let (mut router, log) = (Router::new(), Log::default());
    let done = log.clone();
    router.on(channel, move |num: Received<Num>| {
        let is_good = num.number == GOOD;
        if is_good {
            done.push(num.message);
        }
        async move {
            match is_good {
                true => Ok(()),
                false => Err(HandlerError::reject("never")),
            }
        }
    });
    (router, log)
}

/// How many different messages come by a channel within that time.
async fn different(transport: &dyn DynTransport, channel: &Channel, within: Duration) -> usize {
    let spec = SubscribeSpec::new(channel.clone()).prefetch(1000);
    let mut subscription = transport.subscribe(&spec).await.unwrap();
    let mut seen = HashSet::new();
    let reading = async {
        while let Ok(Event::Deliveries(deliveries)) = subscription.next(1000).await {
            let verdicts = deliveries.iter().map(|it| (it.token, Verdict::Ack));
            let verdicts: Vec<_> = verdicts.collect();
            assert!(subscription.settler().settle(&verdicts).await.is_empty());
            seen.extend(deliveries.iter().map(|it| it.message.id.clone()));
        }
    };
    tokio::time::timeout(within, reading).await.ok();
    seen.len()
}

/// So many that are rejected hold up nobody while their letters find no room, and each has one once there is room.
async fn holds_up_nobody(wrap: Wrap, count: u32) {
    let transport: Arc<dyn DynTransport> = Arc::new(wrap);
    let full = (0..FULL).map(|_| Message::new("before"));
    put(&*transport, &letters(), full).await;
    let (router, log) = rejecting();
    let service = serve(transport.clone(), router).await.unwrap();
    for from in (0..count).step_by(1000) {
        put(
            &*transport,
            &channel(),
            (from..from + 1000).map(|at| num(at, at)),
        )
        .await;
        tokio::time::sleep(SECOND).await;
    }
    put(&*transport, &channel(), [num(GOOD, GOOD)]).await;
    assert!(
        comes_true(10 * SECOND, || log.total() == 1).await,
        "{count}"
    );
    let kept = different(&*transport, &letters(), 600 * SECOND).await;
    assert_eq!(kept, (FULL + count) as usize);
    service.stop(SECOND).await.unwrap();
    let left = different(&*transport, &channel(), SECOND).await;
    assert_eq!(left, 0);
}

#[tokio::test(start_paused = true)]
async fn dead_letters_without_room_hold_up_nobody() {
    holds_up_nobody(Wrap::new(), 1000).await;
}

#[tokio::test(start_paused = true)]
async fn dead_letters_without_room_are_not_all_held_by_the_service() {
    holds_up_nobody(Wrap::new(), 6000).await;
}

#[tokio::test(start_paused = true)]
async fn dead_letters_without_room_hold_up_nobody_where_the_service_holds_what_is_put_off() {
    let mut wrap = Wrap::new();
    wrap.capabilities.attempts = Attempts::Uncounted;
    holds_up_nobody(wrap, 3000).await;
}

/// So that the bytes that may be unsettled are not all theirs.
#[tokio::test(start_paused = true)]
async fn large_dead_letters_without_room_hold_up_nobody() {
    let settings = MemorySettings::default().with_queue_bytes(1 << 30);
    let transport: Arc<dyn DynTransport> = Arc::new(Memory::with_settings(settings));
    let full = (0..FULL).map(|_| Message::new("before"));
    put(&*transport, &letters(), full).await;
    let (router, log) = rejecting();
    let _service = serve(transport.clone(), router).await.unwrap();
    // Not what the document says, which is rejected.
    let large = bytes::Bytes::from(vec![b'a'; 100 << 10]);
    for _ in 0..10 {
        let large = (0..100).map(|_| Message::named("Num", "text/plain", large.clone()));
        put(&*transport, &channel(), large).await;
        tokio::time::sleep(SECOND).await;
    }
    put(&*transport, &channel(), [num(GOOD, GOOD)]).await;
    assert!(comes_true(10 * SECOND, || log.total() == 1).await);
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_without_room_is_not_lost_when_the_service_stops() {
    let transport: Arc<dyn DynTransport> = Arc::new(Wrap::new());
    let full = (0..FULL).map(|_| Message::new("before"));
    put(&*transport, &letters(), full).await;
    let service = serve(transport.clone(), rejecting().0).await.unwrap();
    put(&*transport, &channel(), (0..2000).map(|at| num(at, at))).await;
    tokio::time::sleep(10 * SECOND).await;
    service.stop(120 * SECOND).await.unwrap();
    assert_eq!(different(&*transport, &channel(), 120 * SECOND).await, 2000);
}

/// As by multicast: there are no queues, and everybody may send.
#[tokio::test(start_paused = true)]
async fn what_is_given_up_where_there_are_no_queues_holds_up_nobody() {
    let (mut wrap, settled) = Wrap::recording(Duration::ZERO);
    wrap.capabilities.point_to_point = false;
    wrap.capabilities.attempts = Attempts::Uncounted;
    wrap.on_publish = Box::new(|channel| {
        let is_none = channel.kind == ChannelKind::PointToPoint;
        is_none.then(|| Error::new(ErrorKind::Unsupported, "publish", "there are no queues"))
    });
    let transport = Arc::new(wrap);
    let (router, log) = rejecting_at(topic());
    let service = serve(transport.clone(), router).await.unwrap();
    put(
        &*transport,
        &topic(),
        (0..5000).map(|number| num(KEYLESS, number)),
    )
    .await;
    put(&*transport, &topic(), [num(KEYLESS, GOOD)]).await;
    assert!(comes_true(60 * SECOND, || log.total() == 1).await);
    service.stop(SECOND).await.unwrap();
    let rejected = settled.verdicts().into_iter();
    let rejected = rejected.filter(|verdict| *verdict == Verdict::reject("rejected"));
    assert_eq!(rejected.count(), 5000);
}

#[tokio::test(start_paused = true)]
async fn what_is_given_up_holds_back_its_key_until_it_is_kept() {
    let mut wrap = Wrap::new();
    let begun = tokio::time::Instant::now();
    wrap.on_publish = Box::new(move |channel| {
        let is_full = *channel == letters() && begun.elapsed() < 60 * SECOND;
        is_full.then(|| Error::new(ErrorKind::Busy, "publish", "no room"))
    });
    let transport = Arc::new(wrap);
    let (router, log) = rejecting();
    let service = serve(transport.clone(), router).await.unwrap();
    put(
        &*transport,
        &channel(),
        [num(1, 1), num(1, GOOD), num(2, GOOD)],
    )
    .await;
    tokio::time::sleep(59 * SECOND).await;
    assert_eq!((log.of(1).len(), log.of(2).len()), (0, 1));
    assert!(comes_true(60 * SECOND, || log.of(1).len() == 1).await);
    service.stop(SECOND).await.unwrap();
}
