//! Publishing and settling, all or nothing: by who settles, and by a service whose outcomes are to be there once.
use crate::{
    bench::{Bench, Outcome, PATIENCE},
    case::{Case, cases},
    check::{body, holds, in_order, keyed_batch, same, same_set},
    listener::Listener,
    needs::Need,
    offers::Offer,
};
use std::{collections::HashMap, time::Duration};
use tidings::{
    Backoff, Channel, DeadLetters, ErrorKind, HandlerError, Message, Outgoing, Policy, Received,
    Router, Service, Verdict,
};
use tokio::time::{Instant, sleep};

cases! {
    commit_publishes_and_settles: [Need::Transactions, Need::Kept],
    a_refused_commit_does_neither: [Need::Transactions, Need::Kept, Need::Bounded],
    a_commit_whose_answer_was_lost_is_done_once: [Need::Transactions, Need::Kept, Need::Offer(Offer::Deafen)],
    exactly_once_without_transactions_is_refused: [Need::NoTransactions],
    what_a_service_sends_is_there_once: [Need::Transactions, Need::Kept, Need::KeyOrder],
    what_a_service_sends_is_there_once_whatever_restarts: [Need::Transactions, Need::Kept, Need::Offer(Offer::Restart)],
    what_waits_to_be_tried_again_is_settled_by_nobody: [Need::Transactions, Need::Kept],
    what_cannot_be_sent_gives_up_its_message_alone: [Need::Transactions, Need::Kept, Need::Bounded],
}

const MOMENT: Duration = Duration::from_millis(300);

/// A listener that holds a message, where that may lead to, and who listens there.
async fn holding(bench: &Bench) -> Outcome<(Channel, Listener, tidings::Token, Channel, Listener)> {
    let (input, output) = (bench.channel().await?, bench.channel().await?);
    let mut listener = bench.listen(&input).await?;
    let results = bench.listen(&output).await?;
    bench.publish(&input, &["a"]).await?;
    let token = listener.one().await?.token;
    Ok((input, listener, token, output, results))
}

async fn commit_publishes_and_settles(bench: Bench) -> Outcome {
    let (input, listener, token, output, mut results) = holding(&bench).await?;
    let outgoing = [Outgoing::new(output, Message::new("b"))];
    listener
        .settler
        .commit(&outgoing, &[(token, Verdict::Ack)])
        .await?;
    same_set(results.drain(1).await?, &["b"])?;
    drop(listener);
    bench.listen(&input).await?.silent().await
}

/// A message that no transport of these capabilities takes.
fn too_large(bench: &Bench) -> Message {
    Message::new(vec![0; bench.capabilities.max_bytes + 1])
}

async fn a_refused_commit_does_neither(bench: Bench) -> Outcome {
    let (input, listener, token, output, mut results) = holding(&bench).await?;
    let outgoing = [Message::new("b"), too_large(&bench)];
    let outgoing = outgoing.map(|message| Outgoing::new(output.clone(), message));
    let outcome = listener
        .settler
        .commit(&outgoing, &[(token, Verdict::Ack)])
        .await;
    holds(outcome.is_err(), "it was taken")?;
    results.silent().await?;
    drop(listener);
    same_set(bench.listen(&input).await?.drain(1).await?, &["a"])
}

async fn a_commit_whose_answer_was_lost_is_done_once(bench: Bench) -> Outcome {
    let (input, listener, token, output, mut results) = holding(&bench).await?;
    let outgoing = [Outgoing::new(output, Message::new("b"))];
    let verdicts = [(token, Verdict::Ack)];
    bench.deafen().await?;
    let outcome = listener.settler.commit(&outgoing, &verdicts).await;
    let error = outcome.err().ok_or("done without an answer")?;
    holds(error.is_retryable(), "trying again would help")?;
    bench.mend().await?;
    if !error.is_ambiguous() {
        results.silent().await?;
    }
    let end = Instant::now() + PATIENCE;
    while let Err(error) = listener.settler.commit(&outgoing, &verdicts).await {
        let may_help = error.is_retryable() && Instant::now() < end;
        holds(may_help, &format!("it is not done again: {error}"))?;
        sleep(MOMENT / 10).await;
    }
    same_set(results.drain(1).await?, &["b"])?;
    results.silent().await?;
    drop(listener);
    bench.listen(&input).await?.silent().await
}

fn policy() -> Policy {
    let backoff = Backoff::new(Duration::from_millis(5), Duration::from_millis(50));
    Policy::new()
        .with_backoff(backoff)
        .with_attempts(3)
        .with_exactly_once(true)
}

async fn exactly_once_without_transactions_is_refused(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut router = bench.router();
    router.policy(policy());
    router.on(channel, async |_: Received<Message>| Ok(()));
    let served = tidings::serve(bench.setup.receiver.clone(), router).await;
    let error = served.err().ok_or("it is served")?;
    same("error", &error.kind(), &ErrorKind::Unsupported)
}

/// A service that sends on what comes.
async fn sending_on(bench: &Bench, from: &Channel, to: &Channel) -> Outcome<Service> {
    let mut router = bench.router();
    router.policy(policy());
    let to = to.clone();
    router.on(from.clone(), move |message: Received<Message>| {
        let to = to.clone();
        async move {
            sleep(Duration::from_millis(1)).await;
            Ok(message.context.send(&to, &message.message)?)
        }
    });
    bench.serve(router).await
}

const KEYS: usize = 10;
const EACH: usize = 40;

/// Everything is there once, in the order of its key.
async fn is_there_once(results: &mut Listener) -> Outcome {
    let bodies = results.drain(KEYS * EACH).await?;
    results.silent().await?;
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for body in &bodies {
        *counts.entry(body).or_default() += 1;
    }
    holds(counts.len() == bodies.len(), "something is there twice")?;
    in_order(&bodies, KEYS, EACH)
}

async fn what_a_service_sends_is_there_once(bench: Bench) -> Outcome {
    let (input, output) = (bench.channel().await?, bench.channel().await?);
    let mut results = bench.listen(&output).await?;
    bench.publish_all(&input, &keyed_batch(KEYS, EACH)).await?;
    for _ in 0..3 {
        // What it was at is cut off.
        let service = sending_on(&bench, &input, &output).await?;
        sleep(MOMENT / 10).await;
        drop(service);
    }
    let service = sending_on(&bench, &input, &output).await?;
    is_there_once(&mut results).await?;
    service.stop(PATIENCE).await?;
    bench.listen(&input).await?.silent().await
}

async fn what_a_service_sends_is_there_once_whatever_restarts(bench: Bench) -> Outcome {
    let (input, output) = (bench.channel().await?, bench.channel().await?);
    let mut results = bench
        .listen_at(&*bench.setup.sender, &bench.spec(&output))
        .await?;
    bench.publish_all(&input, &keyed_batch(KEYS, EACH)).await?;
    let service = sending_on(&bench, &input, &output).await?;
    for _ in 0..3 {
        sleep(MOMENT / 5).await;
        bench.restart().await?;
    }
    let mut counts: HashMap<String, usize> = HashMap::new();
    // Where the reader's own settlement was lost, its messages come again: those have the same id.
    let mut ids = std::collections::HashSet::new();
    let end = Instant::now() + PATIENCE;
    while counts.len() < KEYS * EACH && Instant::now() < end {
        for incoming in results.rest().await.unwrap_or_default() {
            if ids.insert(incoming.message.id.to_text()) {
                *counts.entry(body(&incoming)).or_default() += 1;
            }
        }
    }
    same("messages", &counts.len(), &(KEYS * EACH))?;
    Ok(service.stop(PATIENCE).await?)
}

/// What is done behind it waits with it.
async fn what_waits_to_be_tried_again_is_settled_by_nobody(bench: Bench) -> Outcome {
    let (input, output) = (bench.channel().await?, bench.channel().await?);
    let mut results = bench.listen(&output).await?;
    bench.publish(&input, &["slow", "a", "b"]).await?;
    let to = output.clone();
    let mut router = bench.router();
    router.policy(policy().with_attempts(1000));
    router.on(input.clone(), move |message: Received<Message>| {
        let to = to.clone();
        async move {
            if &message.message.body[..] == b"slow" {
                return Err(HandlerError::retry("not now"));
            }
            Ok(message.context.send(&to, &message.message)?)
        }
    });
    let service = bench.serve(router).await?;
    results.silent().await?;
    service.stop(PATIENCE).await?;
    results.silent().await?;
    let mut listener = bench.listen(&input).await?;
    same_set(listener.drain(3).await?, &["slow", "a", "b"])
}

async fn what_cannot_be_sent_gives_up_its_message_alone(bench: Bench) -> Outcome {
    let (input, output) = (bench.channel().await?, bench.channel().await?);
    let letters = bench.channel().await?;
    let mut results = bench.listen(&output).await?;
    let mut kept = bench.listen(&letters).await?;
    bench.publish(&input, &["a", "b", "c", "d"]).await?;
    let large = too_large(&bench);
    let mut router: Router = bench.router();
    router.policy(policy().with_dead_letters(DeadLetters::Channel(letters)));
    router.on(input.clone(), move |message: Received<Message>| {
        let (to, large) = (output.clone(), large.clone());
        async move {
            let sent = match &message.message.body[..] {
                b"c" => &large,
                _ => &message.message,
            };
            Ok(message.context.send(&to, sent)?)
        }
    });
    let service = bench.serve(router).await?;
    same_set(results.drain(3).await?, &["a", "b", "d"])?;
    same_set(kept.drain(1).await?, &["c"])?;
    results.silent().await?;
    service.stop(PATIENCE).await?;
    bench.listen(&input).await?.silent().await
}
