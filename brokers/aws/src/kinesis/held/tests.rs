//! What is held, and what becomes of it.
use super::*;
use tidings::{
    Channel, ErrorKind,
    transport::{Incoming, Part},
};

const LEASE: Duration = Duration::from_secs(10);

fn held(prefetch: usize) -> Held {
    let spec = SubscribeSpec::new(Channel::point_to_point("a")).prefetch(prefetch);
    Held::new(&spec, LEASE)
}

fn records(bodies: &[&'static str]) -> Vec<Record> {
    let one = |body: &&'static str| Record {
        message: Message::new(*body),
        sequence: (*body).into(),
    };
    bodies.iter().map(one).collect()
}

fn bodies(event: Option<Result<Event>>) -> Vec<(String, Token)> {
    let Some(Ok(Event::Deliveries(batch))) = event else {
        return Vec::new();
    };
    let one = |one: Incoming| {
        (
            String::from_utf8_lossy(&one.message.body).into_owned(),
            one.token,
        )
    };
    batch.into_iter().map(one).collect()
}

fn mark(held: &Held, part: Part) -> Option<String> {
    held.mark(part).map(|(_, sequence)| sequence.to_string())
}

#[tokio::test]
async fn an_ack_settles_all_before_it_and_a_lower_one_nothing() {
    let held = held(10);
    let part = held.hold("shardId-000000000007", false, Instant::now());
    assert_eq!(part.part, 7);
    held.add(part, records(&["a", "b", "c"]));
    let came = bodies(held.take(9));
    assert_eq!(came.len(), 3);
    held.settle(&[(came[1].1, Verdict::Ack)]);
    assert_eq!((mark(&held, part).as_deref(), held.out()), (Some("b"), 1));
    held.settle(&[(came[0].1, Verdict::Ack)]);
    assert_eq!(mark(&held, part).as_deref(), Some("b"));
    held.settle(&[(came[2].1, Verdict::Release)]);
    assert_eq!((mark(&held, part).as_deref(), held.out()), (Some("b"), 0));
    held.ended_at(part);
    assert!(
        held.finished().is_empty(),
        "`c` was released, and comes again"
    );
}

#[tokio::test]
async fn no_more_is_out_than_may_be_and_shards_have_turns() {
    let held = held(3);
    let one = held.hold("shardId-1", false, Instant::now());
    let other = held.hold("shardId-2", false, Instant::now());
    held.add(one, records(&["a", "b", "c"]));
    held.add(other, records(&["d"]));
    let came = bodies(held.take(9));
    let texts: Vec<_> = came.iter().map(|(body, _)| &**body).collect();
    assert_eq!(texts, ["a", "d", "b"]);
    assert!(held.take(9).is_none(), "three may be out");
    assert!(held.wants(other).await, "nothing of it waits");
    held.settle(&[(came[2].1, Verdict::Ack)]);
    assert_eq!(bodies(held.take(9)).len(), 1);
    held.settle(&[(came[1].1, Verdict::Ack)]);
    held.ended_at(other);
    assert_eq!(held.finished(), [other]);
}

#[tokio::test]
async fn what_leaves_is_delivered_no_more_and_can_be_settled() {
    let held = held(1);
    let part = held.hold("shardId-1", false, Instant::now());
    held.add(part, records(&["a", "b"]));
    let came = bodies(held.take(1));
    held.leave(vec![part], Instant::now() + LEASE);
    assert!(matches!(held.take(0), Some(Ok(Event::Leaving { .. }))));
    assert!(held.left().is_empty());
    held.settle(&[(came[0].1, Verdict::Ack)]);
    assert!(held.take(9).is_none(), "`b` is somebody else's");
    assert_eq!(held.left(), [part]);
    assert_eq!(mark(&held, part).as_deref(), Some("a"));
    assert_eq!(held.lose(part).as_deref(), Some("shardId-1"));
    assert!(matches!(held.take(0), Some(Ok(Event::Gone { .. }))));
    assert!(!held.wants(part).await);
}

#[tokio::test]
async fn what_leaves_is_not_done_with_though_its_end_was_read() {
    let held = held(2);
    let early = held.hold("shardId-1", false, Instant::now());
    let late = held.hold("shardId-2", false, Instant::now());
    held.add(early, records(&["a", "b"]));
    let came = bodies(held.take(1));
    held.ended_at(early);
    held.leave(vec![early, late], Instant::now() + LEASE);
    // Its last records came too late to be delivered.
    held.add(late, records(&["c"]));
    held.ended_at(late);
    held.settle(&[(came[0].1, Verdict::Ack)]);
    assert!(held.finished().is_empty(), "`b` and `c` were not delivered");
    assert_eq!(held.left(), [early, late]);
}

#[tokio::test]
async fn a_shard_whose_last_record_was_released_is_read_again() {
    let held = held(2);
    let part = held.hold("shardId-1", false, Instant::now());
    held.add(part, records(&["a", "b"]));
    let came = bodies(held.take(2));
    held.ended_at(part);
    held.settle(&[(came[0].1, Verdict::Ack)]);
    assert!(held.left().is_empty());
    held.settle(&[(came[1].1, Verdict::Release)]);
    assert!(held.finished().is_empty());
    assert_eq!(held.left(), [part]);
}

#[tokio::test]
async fn leases_are_looked_at_once_a_shard_is_settled_and_not_before() {
    let held = held(2);
    let part = held.hold("shardId-1", false, Instant::now());
    held.add(part, records(&["a", "b"]));
    let came = bodies(held.take(2));
    held.leave(vec![part], Instant::now() + LEASE);
    held.settle(&[(came[0].1, Verdict::Ack)]);
    assert!(!is_told(&held.wake).await);
    held.settle(&[(came[1].1, Verdict::Ack)]);
    assert!(is_told(&held.wake).await);
}

#[tokio::test]
async fn once_closing_nothing_is_handed_out_nor_read() {
    let held = held(2);
    let part = held.hold("shardId-1", false, Instant::now());
    let other = held.hold("shardId-2", false, Instant::now());
    held.add(part, records(&["a", "b"]));
    let came = bodies(held.take(1));
    held.close();
    assert!(held.take(1).is_none());
    let soon = Duration::from_millis(20);
    let wanted = tokio::time::timeout(soon, held.wants(other)).await;
    assert!(wanted.is_err(), "nothing is read");
    held.settle(&[(came[0].1, Verdict::Ack)]);
    assert_eq!(mark(&held, part).as_deref(), Some("a"));
}

async fn is_told(what: &Notify) -> bool {
    let soon = Duration::from_millis(20);
    tokio::time::timeout(soon, what.notified()).await.is_ok()
}

#[test]
fn after_the_end_nothing_is_settled() {
    let held = held(1);
    let part = held.hold("shardId-1", false, Instant::now());
    held.add(part, records(&["a"]));
    let came = bodies(held.take(1));
    held.end(Error::new(ErrorKind::Closed, "receive", ""));
    held.settle(&[(came[0].1, Verdict::Ack)]);
    assert_eq!(mark(&held, part), None);
    assert!(matches!(held.take(1), Some(Err(_))));
    assert_eq!(held.all(), [part]);
}
