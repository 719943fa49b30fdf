//! Publishing that is confirmed once the receivers have settled the message.
use crate::{deliveries, listen, published, settle};
use std::time::Duration;
use tidings::{
    Channel, Error, ErrorKind, Memory, Message, Result, SubscribeSpec, Verdict,
    memory::MemorySettings,
    transport::{DynSubscription, DynTransport, Group},
};
use tokio::time::{Instant, sleep, timeout};

const SECOND: Duration = Duration::from_secs(1);

async fn publish(memory: &Memory, channel: &Channel, body: &'static str) -> Result<()> {
    let batch = [Message::new(body)];
    let outcomes = memory.publish_settled(channel, &batch, Instant::now() + 5 * SECOND);
    outcomes.await.remove(0)
}

fn told(error: &Error) -> (ErrorKind, bool, bool) {
    (error.kind(), error.is_retryable(), error.is_ambiguous())
}

/// Settles what comes next, a second later.
async fn answer(subscription: &mut dyn DynSubscription, verdict: Verdict) {
    let incoming = deliveries(subscription, 1).await.remove(0);
    sleep(SECOND).await;
    settle(subscription, &incoming, verdict).await;
}

#[tokio::test(start_paused = true)]
async fn a_queue_confirms_what_one_receiver_has_done() {
    let memory = Memory::new();
    let channel = Channel::point_to_point("a");
    let mut subscription = listen(&memory, &channel).await;
    let begun = Instant::now();
    let (published, ()) = tokio::join!(publish(&memory, &channel, "1"), async {
        answer(&mut *subscription, Verdict::Release).await;
        answer(&mut *subscription, Verdict::RETRY_NOW).await;
        answer(&mut *subscription, Verdict::Ack).await;
    });
    published.unwrap();
    assert!(begun.elapsed() >= 3 * SECOND, "only the last one settles");
}

#[tokio::test(start_paused = true)]
async fn what_a_receiver_rejects_is_told_with_its_reason() {
    let memory = Memory::new();
    let channel = Channel::point_to_point("a");
    let mut subscription = listen(&memory, &channel).await;
    let reject = answer(&mut *subscription, Verdict::reject("it is blue"));
    let (published, ()) = tokio::join!(publish(&memory, &channel, "1"), reject);
    let error = published.unwrap_err();
    assert_eq!(told(&error), (ErrorKind::Rejected, false, false));
    assert_eq!(error.to_string(), "publish: rejected: it is blue");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_settled_in_time_stays_and_may_be_later() {
    let memory = Memory::new();
    let channel = Channel::point_to_point("a");
    let error = publish(&memory, &channel, "1").await.unwrap_err();
    assert_eq!(told(&error), (ErrorKind::Timeout, true, true));
    let mut subscription = listen(&memory, &channel).await;
    answer(&mut *subscription, Verdict::Ack).await;
}

#[tokio::test(start_paused = true)]
async fn a_topic_confirms_what_every_present_group_has_done() {
    let memory = Memory::new();
    let channel = Channel::publish_subscribe("a");
    publish(&memory, &channel, "nobody is there").await.unwrap();
    let group = |name| {
        let spec = SubscribeSpec::new(channel.clone()).group(Group::named(Some(name)));
        let memory = memory.clone();
        async move { DynTransport::subscribe(&memory, &spec).await.unwrap() }
    };
    drop(group("gone").await);
    let (mut one, mut other) = (group("one").await, group("other").await);
    let mut publishing = Box::pin(publish(&memory, &channel, "1"));
    tokio::select! {
        _ = &mut publishing => panic!("the other has it still"),
        () = async {
            answer(&mut *one, Verdict::Ack).await;
            sleep(SECOND).await;
        } => {}
    }
    let (published, ()) = tokio::join!(publishing, answer(&mut *other, Verdict::Ack));
    published.unwrap();
    // It is there for the group that was away.
    answer(&mut *group("gone").await, Verdict::Ack).await;
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_there_is_waited_for_however_long_it_does_nothing() {
    let settings = MemorySettings::default().with_idle_after(SECOND);
    let memory = Memory::with_settings(settings.with_queue_messages(2));
    let channel = Channel::publish_subscribe("a");
    let spec = SubscribeSpec::new(channel.clone()).group(Group::named(Some("one")));
    let mut silent = DynTransport::subscribe(&memory, &spec).await.unwrap();
    for body in ["1", "2"] {
        published(&memory, &channel, &[Message::new(body)])
            .await
            .remove(0)
            .unwrap();
    }
    sleep(2 * SECOND).await;
    let error = publish(&memory, &channel, "3").await.unwrap_err();
    assert_eq!(told(&error), (ErrorKind::Busy, true, false));
    let (outcome, ()) = tokio::join!(publish(&memory, &channel, "4"), async {
        for _ in 0..3 {
            answer(&mut *silent, Verdict::Ack).await;
        }
    });
    outcome.unwrap();
    // One that is gone is not waited for, and may go meanwhile.
    for body in ["5", "6"] {
        let outcomes = published(&memory, &channel, &[Message::new(body)]).await;
        assert!(outcomes[0].is_ok());
    }
    let begun = Instant::now();
    let (outcome, ()) = tokio::join!(publish(&memory, &channel, "7"), async {
        sleep(2 * SECOND).await;
        drop(silent);
    });
    outcome.unwrap();
    assert!(begun.elapsed() < 3 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn what_goes_with_its_queue_or_its_transport_is_told_at_once() {
    let channel = Channel::publish_subscribe("a");
    let spec = SubscribeSpec::new(channel.clone()).group(Group::named(Some("one")));
    let memory = Memory::new();
    let subscription = DynTransport::subscribe(&memory, &spec).await.unwrap();
    let (published, ()) = tokio::join!(publish(&memory, &channel, "1"), async {
        sleep(SECOND).await;
        drop(subscription);
        assert!(memory.delete_group(&channel, "one"));
    });
    let error = published.unwrap_err();
    assert_eq!(told(&error), (ErrorKind::Unexpected, true, true));
    let queue = Channel::point_to_point("b");
    let (published, closed) = tokio::join!(publish(&memory, &queue, "1"), async {
        sleep(SECOND).await;
        DynTransport::close(&memory, SECOND).await
    });
    let error = published.unwrap_err();
    assert_eq!(
        (error.kind(), error.is_ambiguous()),
        (ErrorKind::Closed, true)
    );
    assert!(closed.is_err(), "it was queued");
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_queued_as_a_whole_and_told_one_by_one() {
    let mut settings = MemorySettings::default();
    settings.queue_messages = 3;
    let memory = Memory::with_settings(settings);
    let channel = Channel::point_to_point("a");
    let batch: Vec<_> = ["1", "2", "3", "4"].map(Message::new).into();
    let mut subscription = listen(&memory, &channel).await;
    let publishing = memory.publish_settled(&channel, &batch, Instant::now() + 5 * SECOND);
    let receiving = async {
        let taken = deliveries(&mut *subscription, 3).await;
        for (incoming, verdict) in taken.iter().zip([Verdict::Ack, Verdict::reject("no")]) {
            settle(&mut *subscription, incoming, verdict).await;
        }
    };
    let (outcomes, ()) = timeout(9 * SECOND, async { tokio::join!(publishing, receiving) })
        .await
        .unwrap();
    let kinds: Vec<_> = outcomes
        .into_iter()
        .map(|outcome| outcome.err().map(|error| error.kind()))
        .collect();
    let late = Some(ErrorKind::Timeout);
    assert_eq!(kinds, [None, Some(ErrorKind::Rejected), late, late]);
}
