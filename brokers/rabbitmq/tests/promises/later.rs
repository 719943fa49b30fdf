//! Messages that are published for later.
use crate::common::{Check, Outcome, bound, checks, connect, fresh, holds, publish};
use serde_json::json;
use std::time::{Duration, SystemTime};
use tidings::{
    Channel, DynTransport, ErrorKind, Message, SubscribeSpec,
    transport::{DynSubscription, Event, Incoming},
};
use tidings_rabbitmq::RabbitTransport;
use tokio::time::{Instant, timeout};

pub(crate) fn checks() -> Vec<(&'static str, Check)> {
    checks![
        each_comes_when_its_time_has,
        what_is_for_much_later_comes_after_what_was_for_soon,
        exchanges_of_their_own_get_them_too,
        what_expires_earlier_comes_no_earlier,
        a_queue_that_is_not_there_is_told_at_once,
    ]
}

fn later(milliseconds: u64) -> Message {
    let mut message = Message::new(milliseconds.to_string());
    message.not_before = SystemTime::now().checked_add(Duration::from_millis(milliseconds));
    message
}

/// So many, none of which comes before its time.
async fn come(subscription: &mut dyn DynSubscription, count: usize) -> Outcome<Vec<Incoming>> {
    let mut all = Vec::new();
    while all.len() < count {
        let next = timeout(Duration::from_secs(20), subscription.next(1)).await;
        if let Event::Deliveries(came) = next?? {
            let now = SystemTime::now();
            let is_due = |one: &Incoming| one.message.not_before.is_some_and(|at| at <= now);
            holds(came.iter().all(is_due), &format!("too early: {came:?}"))?;
            all.extend(came);
        }
    }
    Ok(all)
}

async fn all_come_in_time(transport: &RabbitTransport, channel: &Channel) -> Outcome {
    let spec = SubscribeSpec::new(channel.clone());
    let mut subscription = DynTransport::subscribe(transport, &spec).await?;
    let waits = [1_700, 50, 900, 3_100, 400, 2_000, 130];
    publish(transport, channel, &waits.map(later)).await?;
    let came = come(&mut *subscription, waits.len()).await?;
    let mut bodies: Vec<_> = came.iter().map(|one| one.message.body.clone()).collect();
    let mut expected = waits.map(|wait| wait.to_string().into_bytes());
    bodies.sort();
    expected.sort();
    holds(bodies == expected, &format!("{bodies:?}"))?;
    let is_clean = |one: &Incoming| one.message.headers.is_empty();
    holds(came.iter().all(is_clean), "they came with headers")
}

async fn each_comes_when_its_time_has() -> Outcome {
    all_come_in_time(&connect().await?, &fresh()).await
}

/// By itself, so that what holds it back was not there for the others.
async fn what_is_for_much_later_comes_after_what_was_for_soon() -> Outcome {
    let transport = connect().await?;
    let address = fresh().address;
    let exchange =
        json!({ "exchange": { "name": format!("{address}.exchange"), "type": "direct" } });
    let channel = bound(&Channel::publish_subscribe(address), exchange);
    let spec = SubscribeSpec::new(channel.clone());
    let mut subscription = DynTransport::subscribe(&transport, &spec).await?;
    for wait in [150, 1_500] {
        publish(&transport, &channel, &[later(wait)]).await?;
    }
    come(&mut *subscription, 2).await.map(drop)
}

async fn exchanges_of_their_own_get_them_too() -> Outcome {
    let address = fresh().address;
    let exchange =
        json!({ "exchange": { "name": format!("{address}.exchange"), "type": "direct" } });
    let topic = bound(&Channel::publish_subscribe(address), exchange);
    all_come_in_time(&connect().await?, &topic).await
}

async fn what_expires_earlier_comes_no_earlier() -> Outcome {
    let (transport, channel) = (connect().await?, fresh());
    let spec = SubscribeSpec::new(channel.clone());
    let mut subscription = DynTransport::subscribe(&transport, &spec).await?;
    let mut message = later(1_500);
    message.expires = SystemTime::now().checked_add(Duration::from_millis(200));
    publish(&transport, &channel, &[message]).await?;
    let came = come(&mut *subscription, 1).await?;
    holds(
        came[0].message.expires.is_some(),
        "it tells when it expired",
    )
}

async fn a_queue_that_is_not_there_is_told_at_once() -> Outcome {
    let transport = connect().await?;
    let deadline = Instant::now() + Duration::from_secs(20);
    let batch = [later(60_000)];
    let outcomes = DynTransport::publish(&transport, &fresh(), &batch, deadline).await;
    let kinds: Vec<_> = outcomes
        .into_iter()
        .map(|one| one.map_err(|error| error.kind()))
        .collect();
    holds(kinds == [Err(ErrorKind::NotFound)], &format!("{kinds:?}"))
}
