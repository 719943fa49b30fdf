//! Connections that end, and what is under way meanwhile.
use crate::common::{Check, Outcome, address, bound, checks, connect, fresh, holds, publish};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tidings::{
    DynTransport, Error, ErrorKind, Message, SubscribeSpec,
    transport::{Ensure, Event, State, Wanted},
};
use tidings_conformance::faults::{Forwarder, Passing};
use tidings_rabbitmq::{RabbitSettings, RabbitTransport};
use tokio::{
    join,
    time::{Instant, sleep, timeout, timeout_at},
};

pub(crate) fn checks() -> Vec<(&'static str, Check)> {
    checks![
        calls_that_are_dropped_hold_up_no_recovery,
        a_batch_that_is_cut_has_an_outcome_for_each,
        a_publish_that_waits_ends_with_the_transport,
        a_broker_that_is_being_started_is_waited_for,
        a_broker_that_stays_away_is_told_in_time,
        an_exclusive_queue_that_another_has_is_waited_for,
    ]
}

/// A link to the broker, and its URL by that.
async fn linked() -> Outcome<(Arc<Forwarder>, String)> {
    Ok(Forwarder::before(&address(), |_| true).await?)
}

async fn through_a_link() -> Outcome<(Arc<Forwarder>, RabbitTransport)> {
    let (link, url) = linked().await?;
    Ok((link, RabbitTransport::connect(&url).await?))
}

async fn calls_that_are_dropped_hold_up_no_recovery() -> Outcome {
    let (link, transport) = through_a_link().await?;
    let channel = fresh();
    let spec = SubscribeSpec::new(channel.clone());
    let mut subscription = DynTransport::subscribe(&transport, &spec).await?;
    link.restart();
    publish(&connect().await?, &channel, &[Message::new("a")]).await?;
    let end = Instant::now() + Duration::from_secs(20);
    while Instant::now() < end {
        let next = timeout(Duration::from_millis(2), subscription.next(1)).await;
        if let Ok(Ok(Event::Deliveries(_))) = next {
            return Ok(());
        }
    }
    Err("the subscription never came back".into())
}

async fn a_batch_that_is_cut_has_an_outcome_for_each() -> Outcome {
    let (link, transport) = through_a_link().await?;
    let channel = fresh();
    drop(DynTransport::subscribe(&transport, &SubscribeSpec::new(channel.clone())).await?);
    let batch: Vec<Message> = (0..5_000).map(|_| Message::new(vec![0; 2_000])).collect();
    let deadline = Instant::now() + Duration::from_secs(20);
    let cutting = async {
        sleep(Duration::from_millis(30)).await;
        link.pass(Passing::Cut);
    };
    let (outcomes, ()) = tokio::join!(
        DynTransport::publish(&transport, &channel, &batch, deadline),
        cutting
    );
    holds(outcomes.len() == batch.len(), "an outcome each")?;
    let is_told =
        |outcome: &Result<(), Error>| outcome.as_ref().err().is_none_or(Error::is_retryable);
    holds(outcomes.iter().all(is_told), "each can be sent again")?;
    holds(
        outcomes.iter().any(Result::is_err),
        "all was over before the cut",
    )
}

async fn a_publish_that_waits_ends_with_the_transport() -> Outcome {
    let (link, transport) = through_a_link().await?;
    let mut state = DynTransport::state(&transport);
    link.pass(Passing::Cut);
    state
        .wait_for(|state| matches!(state, State::Reconnecting { .. }))
        .await?;
    // The other connection of the two, too.
    sleep(Duration::from_secs(1)).await;
    let deadline = Instant::now() + Duration::from_secs(30);
    let batch = [Message::new("a")];
    let channel = fresh();
    let closing = async {
        sleep(Duration::from_millis(200)).await;
        DynTransport::close(&transport, Duration::from_secs(1)).await
    };
    let (outcomes, closed) = tokio::join!(
        DynTransport::publish(&transport, &channel, &batch, deadline),
        closing
    );
    closed?;
    let kinds: Vec<_> = outcomes
        .iter()
        .map(|one| one.as_ref().err().map(Error::kind))
        .collect();
    let is_closed = kinds == [Some(ErrorKind::Closed)];
    holds(
        is_closed && Instant::now() < deadline,
        &format!("{kinds:?}"),
    )
}

/// To connect, to ensure and to subscribe.
async fn a_broker_that_is_being_started_is_waited_for() -> Outcome {
    let (link, url) = linked().await?;
    let back = async || {
        sleep(Duration::from_secs(1)).await;
        link.pass(Passing::All);
    };
    link.pass(Passing::Cut);
    let (connected, ()) = join!(RabbitTransport::connect(&url), back());
    let transport = connected?;
    let channel = fresh();
    let wanted = [Wanted::channel(channel.clone())];
    link.pass(Passing::Cut);
    let ensuring = DynTransport::ensure(&transport, &wanted, Ensure::Create);
    let (ensured, ()) = join!(ensuring, back());
    ensured?;
    link.pass(Passing::Cut);
    let spec = SubscribeSpec::new(channel);
    let (subscribed, ()) = join!(DynTransport::subscribe(&transport, &spec), back());
    drop(subscribed?);
    Ok(())
}

async fn a_broker_that_stays_away_is_told_in_time() -> Outcome {
    let (link, url) = linked().await?;
    let wait = Duration::from_secs(1);
    let mut settings = RabbitSettings::default();
    settings.connect_within = wait;
    let transport = RabbitTransport::connect_with(&url, settings).await?;
    let channel = fresh();
    let wanted = [Wanted::channel(channel.clone())];
    link.pass(Passing::Cut);
    let begun = Instant::now();
    let spec = SubscribeSpec::new(channel.clone());
    let subscribed = DynTransport::subscribe(&transport, &spec).await.err();
    let ensured = DynTransport::ensure(&transport, &wanted, Ensure::Create).await;
    for error in [subscribed, ensured.err()] {
        let error = error.ok_or("somebody answered")?;
        let text = error.to_string();
        let is_clear = text.contains("not connected since") && text.contains("server `amqp");
        let is_lost = error.kind() == ErrorKind::ConnectionLost;
        holds(
            is_lost && is_clear && text.contains(&*channel.address),
            &text,
        )?;
    }
    let waited = begun.elapsed();
    let is_right = (wait..wait * 8).contains(&waited);
    holds(is_right, &format!("it waited {waited:?}"))
}

/// As the broker has the connection before for a while, where that is over for us only.
async fn an_exclusive_queue_that_another_has_is_waited_for() -> Outcome {
    let (link, transport) = through_a_link().await?;
    let channel = bound(&fresh(), json!({ "queue": { "exclusive": true } }));
    let spec = SubscribeSpec::new(channel.clone());
    let mut subscription = DynTransport::subscribe(&transport, &spec).await?;
    let refused = DynTransport::subscribe(&connect().await?, &spec).await;
    let error = refused.err().ok_or("it was taken")?;
    let says = error.to_string();
    holds(says.contains("leave `exclusive` out"), &says)?;
    link.pass(Passing::Cut);
    let others = connect().await?;
    let theirs = insist(|| DynTransport::subscribe(&others, &spec)).await?;
    link.pass(Passing::All);
    let mut state = DynTransport::state(&transport);
    state.wait_for(|state| *state == State::Connected).await?;
    let end = Instant::now() + Duration::from_secs(1);
    while let Ok(event) = timeout_at(end, subscription.next(1)).await {
        let event = event?;
        holds(matches!(event, Event::Gone { .. }), &format!("{event:?}"))?;
    }
    drop(theirs);
    DynTransport::close(&others, Duration::from_secs(1)).await?;
    let came = async {
        loop {
            match subscription.next(1).await? {
                Event::Deliveries(came) => return Outcome::Ok(came),
                other => drop(other),
            }
        }
    };
    let batch = [Message::new("a")];
    let sent = insist(|| publish(&transport, &channel, &batch));
    let (came, sent) = join!(timeout(Duration::from_secs(20), came), sent);
    sent?;
    holds(came??.len() == 1, "one came")
}

/// Does it again until it goes well.
async fn insist<T, E, F>(mut does: impl FnMut() -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        match does().await {
            Err(_) if Instant::now() < end => sleep(Duration::from_millis(100)).await,
            outcome => return outcome,
        }
    }
}
