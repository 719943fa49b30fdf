use super::*;
use std::sync::Arc;
use tidings::{ErrorKind, Message, transport::Event};

const PART: Part = Part::new(1, 0);

/// A subscription that the other end has confirmed, with so many deliveries that wait to be taken.
fn standing(waiting: u64) -> (Subscribers, Arrivals) {
    let mut subscribers = Subscribers::default();
    let (arrivals, _told) = subscribers.add(1, Bytes::new(), 9);
    assert_eq!(subscribers.frames().len(), 2, "it is subscribed, and asks");
    subscribers.confirm(1);
    let deliveries = (1..=waiting).map(|position| Delivery {
        position,
        attempt: 1,
        address: None,
        message: Arc::new(Message::new("")),
    });
    subscribers
        .deliver(1, PART, deliveries.collect())
        .expect("they were asked for");
    (subscribers, arrivals)
}

fn fault(retryable: bool) -> Fault {
    Fault {
        kind: ErrorKind::Busy,
        retryable,
        ambiguous: false,
        reason: String::new(),
    }
}

#[tokio::test]
async fn what_waits_is_forgotten_with_a_session_that_stood() {
    let (mut subscribers, arrivals) = standing(1);
    subscribers.gone(PART, true);
    let next = arrivals.next(9).await;
    assert!(matches!(next, Ok(Event::Gone { parts }) if parts == [PART]));
}

#[tokio::test]
async fn what_is_out_is_gone_once() {
    let (mut subscribers, arrivals) = standing(2);
    let Ok(Event::Deliveries(mut deliveries)) = arrivals.next(1).await else {
        panic!("no deliveries")
    };
    subscribers.hand_out(1, PART, &mut deliveries);
    assert!(!subscribers.is_idle());
    subscribers.gone(PART, false);
    assert!(subscribers.is_idle());
    let next = arrivals.next(9).await;
    assert!(matches!(next, Ok(Event::Gone { parts }) if parts == [PART]));
    subscribers.gone(Part::new(2, 0), false);
    subscribers.lost(1, Some(1));
    let next = arrivals.next(9).await;
    assert!(matches!(next, Ok(Event::Lost { count: Some(1) })));
}

#[tokio::test]
async fn one_that_stood_ends_for_good_only_for_what_does_not_pass() {
    let (mut subscribers, arrivals) = standing(0);
    assert!(subscribers.refuse(1, fault(true)).is_err());
    assert!(subscribers.refuse(1, fault(false)).is_ok());
    let ended = arrivals.next(9).await.expect_err("it was ended");
    assert_eq!(ended.kind(), ErrorKind::Busy);
}

#[tokio::test]
async fn one_that_never_stood_is_told_whatever_it_is() {
    let mut subscribers = Subscribers::default();
    let (_arrivals, told) = subscribers.add(1, Bytes::new(), 9);
    assert!(subscribers.refuse(1, fault(true)).is_ok());
    let refused = told.await.expect("it is told").expect_err("it was refused");
    assert!(refused.is_retryable());
}
