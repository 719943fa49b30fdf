//! Who receives what, and how a subscription gives it.
use crate::{
    bench::{Bench, Outcome, PATIENCE},
    case::{Case, cases},
    check::{bodies, body, holds, keyed_batch, same, same_list, same_set},
    listener::Listener,
    needs::Need,
    offers::Offer,
};
use std::{
    ops::Range,
    sync::Arc,
    time::{Duration, Instant},
};
use tidings::{Channel, ChannelKind, Message, transport::Event};
use tokio::time::timeout;

cases! {
    queued_until_somebody_listens: [Need::Queues],
    competing_consumers_share: [Need::Queues, Need::Individual, Need::Sharing],
    each_message_of_a_queue_goes_to_one: [Need::Queues, Need::Settled],
    order_kept_on_one_channel: [Need::ChannelOrder],
    channels_are_apart: [],
    what_is_offered_is_taken_or_given_back: [],
    cancelled_next_loses_nothing: [],
    next_of_none_gives_no_deliveries: [],
    next_gives_no_more_than_it_is_asked_for: [],
    positions_grow: [],
    a_full_queue_makes_publishers_wait_and_loses_nothing: [Need::Queues, Need::Settled, Need::Confirmed, Need::Offer(Offer::Full)],
}

/// How long a publisher waits for room.
const PATIENT: Duration = Duration::from_millis(500);

/// Messages of about ten bytes.
fn numbered(numbers: Range<usize>) -> Vec<Message> {
    let message = |number| Message::new(format!("{number:010}"));
    numbers.map(message).collect()
}

/// Publishes until the queue takes no more; gives how many it has taken.
async fn fill(bench: &Bench, queue: &Channel) -> Outcome<usize> {
    let mut taken = 0;
    loop {
        let begin = Instant::now();
        let batch = numbered(taken..taken + 1000);
        let outcomes = bench.outcomes_within(queue, &batch, PATIENT).await;
        same("outcomes", &outcomes.len(), &batch.len())?;
        let more = outcomes.iter().take_while(|outcome| outcome.is_ok());
        let more = more.count();
        taken += more;
        holds(taken < 30_000, "the queue is never full")?;
        let Some(refused) = outcomes.get(more..).filter(|refused| !refused.is_empty()) else {
            continue;
        };
        holds(
            begin.elapsed() < PATIENT * 4,
            "the call does not end at its deadline",
        )?;
        for outcome in refused {
            let Err(error) = outcome else {
                return Err("a later message was taken where an earlier one was not".into());
            };
            holds(error.is_retryable(), "a full queue is no reason to give up")?;
        }
        return Ok(taken);
    }
}

async fn a_full_queue_makes_publishers_wait_and_loses_nothing(bench: Bench) -> Outcome {
    let (queue, other) = (bench.queue().await?, bench.queue().await?);
    let taken = fill(&bench, &queue).await?;
    bench.publish(&other, &["other"]).await?;
    // Room that comes before the deadline is taken.
    let last = Message::new("last");
    let waiting = bench.outcomes_within(&queue, std::slice::from_ref(&last), PATIENCE);
    let draining = async {
        tokio::time::sleep(PATIENT).await;
        let mut listener = bench.listen(&queue).await?;
        Outcome::Ok((listener.drain(taken + 1).await?, listener))
    };
    let (waited, drained) = tokio::join!(waiting, draining);
    waited.into_iter().collect::<tidings::Result<()>>()?;
    let (drained, mut listener) = drained?;
    let mut expected: Vec<_> = (0..taken).map(|number| format!("{number:010}")).collect();
    expected.push("last".to_owned());
    same_set(drained, &expected)?;
    listener.silent().await?;
    same_set(bench.listen(&other).await?.drain(1).await?, &["other"])
}

async fn queued_until_somebody_listens(bench: Bench) -> Outcome {
    let queue = bench.queue().await?;
    bench.publish(&queue, &["a", "b"]).await?;
    same_set(bench.listen(&queue).await?.drain(2).await?, &["a", "b"])
}

async fn competing_consumers_share(bench: Bench) -> Outcome {
    let queue = bench.queue().await?;
    let spec = bench.spec(&queue).prefetch(1);
    let mut first = bench.listen_as(&spec).await?;
    let mut second = bench.listen_as(&spec).await?;
    bench.publish(&queue, &["a", "b"]).await?;
    let (one, other) = (first.one().await?, second.one().await?);
    same_set(vec![body(&one), body(&other)], &["a", "b"])?;
    first.ack(&[one]).await?;
    second.ack(&[other]).await?;
    first.silent().await?;
    second.silent().await
}

async fn each_message_of_a_queue_goes_to_one(bench: Bench) -> Outcome {
    let queue = bench.fresh(ChannelKind::PointToPoint, 3).await?;
    let mut listeners = Vec::new();
    for _ in 0..3 {
        listeners.push(bench.listen(&queue).await?);
    }
    // Shards settle with whom they are.
    for listener in &mut listeners {
        listener.silent().await?;
    }
    let batch = keyed_batch(9, 10);
    bench.publish_all(&queue, &batch).await?;
    let rests = listeners
        .into_iter()
        .map(|mut listener| tokio::spawn(async move { listener.rest().await }));
    let mut all = Vec::new();
    for rest in rests.collect::<Vec<_>>() {
        all.extend(bodies(&rest.await??));
    }
    let texts: Vec<_> = batch
        .iter()
        .map(|one| String::from_utf8_lossy(&one.body))
        .collect();
    same_set(all, &texts)
}

async fn order_kept_on_one_channel(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let expected: Vec<usize> = (0..500).collect();
    let sending = async {
        for chunk in expected.chunks(7) {
            bench.publish(&channel, chunk).await?;
        }
        Outcome::Ok(())
    };
    let (sent, received) = tokio::join!(sending, listener.drain(expected.len()));
    sent?;
    same_list(received?, &expected)
}

async fn channels_are_apart(bench: Bench) -> Outcome {
    let (left, right) = (bench.channel().await?, bench.channel().await?);
    let mut at_left = bench.listen(&left).await?;
    let mut at_right = bench.listen(&right).await?;
    for number in 0..20 {
        let channel = if number % 2 == 0 { &left } else { &right };
        bench.publish(channel, &[number]).await?;
    }
    let halves = |rest| {
        (0..20)
            .filter(|number| number % 2 == rest)
            .collect::<Vec<_>>()
    };
    same_set(at_left.drain(10).await?, &halves(0))?;
    same_set(at_right.drain(10).await?, &halves(1))?;
    at_left.silent().await?;
    at_right.silent().await
}

async fn what_is_offered_is_taken_or_given_back(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let message = Arc::new(Message::named("Offer", "text/plain", "offered"));
    match bench.setup.sender.offer(&channel, message.clone()) {
        None => {
            let incoming = listener.one().await?;
            same("message", &incoming.message, &message)?;
            listener.ack(&[incoming]).await
        }
        Some(back) => {
            same("what was given back", &back, &message)?;
            listener.silent().await
        }
    }
}

async fn cancelled_next_loses_nothing(bench: Bench) -> Outcome {
    const COUNT: usize = 150;
    let channel = bench.channel().await?;
    let mut listener = bench
        .listen_as(&bench.spec(&channel).prefetch(1000))
        .await?;
    let sending = async {
        for number in 0..COUNT {
            bench.publish(&channel, &[number]).await?;
        }
        Outcome::Ok(())
    };
    let (sent, received) =
        tokio::join!(sending, timeout(PATIENCE, cancelling(&mut listener, COUNT)));
    sent?;
    let expected: Vec<usize> = (0..COUNT).collect();
    same_set(received.map_err(|_| "messages were lost")??, &expected)
}

/// Most calls are cancelled before anything came.
async fn cancelling(listener: &mut Listener, count: usize) -> Outcome<Vec<String>> {
    let mut received = Vec::new();
    while received.len() < count {
        let next = listener.subscription.next(3);
        match timeout(Duration::from_micros(50), next).await {
            Ok(Ok(Event::Deliveries(deliveries))) => received.extend(bodies(&deliveries)),
            Ok(Err(error)) => return Err(error.into()),
            Ok(Ok(_)) | Err(_) => {}
        }
    }
    Ok(received)
}

async fn two_waiting(bench: &Bench) -> Outcome<(Channel, Listener)> {
    let channel = bench.channel().await?;
    let listener = bench.listen(&channel).await?;
    bench.publish(&channel, &["a", "b", "c", "d"]).await?;
    Ok((channel, listener))
}

async fn next_of_none_gives_no_deliveries(bench: Bench) -> Outcome {
    let (_, mut listener) = two_waiting(&bench).await?;
    let wait = Duration::from_millis(250);
    while let Ok(event) = timeout(wait, listener.subscription.next(0)).await {
        let is_delivery = matches!(event?, Event::Deliveries(_));
        holds(!is_delivery, "deliveries came that nobody asked for")?;
    }
    same_set(listener.drain(4).await?, &["a", "b", "c", "d"])
}

async fn next_gives_no_more_than_it_is_asked_for(bench: Bench) -> Outcome {
    let (_, mut listener) = two_waiting(&bench).await?;
    let mut all = Vec::new();
    while all.len() < 4 {
        if let Event::Deliveries(deliveries) = listener.next(2).await? {
            holds(!deliveries.is_empty(), "deliveries without any")?;
            holds(deliveries.len() <= 2, "more came than were asked for")?;
            all.extend(bodies(&deliveries));
        }
    }
    same_set(all, &["a", "b", "c", "d"])
}

async fn positions_grow(bench: Bench) -> Outcome {
    let (_, mut listener) = two_waiting(&bench).await?;
    let received = listener.receive(4).await?;
    for pair in received.windows(2) {
        let (one, next) = (pair[0].token, pair[1].token);
        let grows = one.part != next.part || one.position < next.position;
        holds(grows, "a later delivery of a part has no larger position")?;
    }
    listener.ack(&received).await
}
