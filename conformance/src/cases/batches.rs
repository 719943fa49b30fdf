//! What publishing promises: an outcome a message, order within a key, an end at the deadline.
use crate::{
    bench::{Bench, Outcome},
    case::{Case, cases},
    check::{bodies, holds, keyed, same, same_list, same_set},
    needs::Need,
};
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};
use tidings::{ErrorKind, Message, Outgoing, Verdict};

cases! {
    one_outcome_a_message: [Need::Bounded],
    an_empty_batch_has_no_outcomes: [],
    later_ones_of_a_failed_key_are_skipped: [Need::Bounded],
    those_of_other_keys_go_on: [Need::Bounded],
    what_was_skipped_can_be_sent_again: [Need::Bounded, Need::KeyOrder],
    a_deadline_that_is_over_ends_the_call: [],
    a_call_ends_at_its_deadline: [],
    commit_without_transactions_is_refused: [Need::NoTransactions, Need::Settled],
}

/// A message that no transport of these capabilities takes.
fn too_large(bench: &Bench, key: Option<&'static str>) -> Message {
    let mut message = Message::new(vec![0; bench.capabilities.max_bytes + 1]);
    message.key = key.map(Into::into);
    message
}

fn of_key(key: &'static str, body: &'static str) -> Message {
    let mut message = Message::new(body);
    message.key = Some(key.into());
    message
}

fn kinds(outcomes: Vec<tidings::Result<()>>) -> Vec<Option<ErrorKind>> {
    let kind = |outcome: tidings::Result<()>| outcome.err().map(|error| error.kind());
    outcomes.into_iter().map(kind).collect()
}

async fn one_outcome_a_message(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let batch = [
        Message::new("a"),
        too_large(&bench, None),
        Message::new("b"),
    ];
    let outcomes = kinds(bench.outcomes(&channel, &batch).await);
    same(
        "outcomes",
        &outcomes,
        &vec![None, Some(ErrorKind::TooLarge), None],
    )?;
    same_set(listener.drain(2).await?, &["a", "b"])?;
    listener.silent().await
}

async fn an_empty_batch_has_no_outcomes(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    same("outcomes", &bench.outcomes(&channel, &[]).await.len(), &0)
}

async fn later_ones_of_a_failed_key_are_skipped(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let batch = [
        of_key("k", "1"),
        too_large(&bench, Some("k")),
        of_key("k", "3"),
        of_key("k", "4"),
    ];
    let outcomes = bench.outcomes(&channel, &batch).await;
    let retryable = outcomes.iter().flat_map(|outcome| outcome.as_ref().err());
    let retryable: Vec<bool> = retryable.map(tidings::Error::is_retryable).collect();
    same(
        "whether trying again helps",
        &retryable,
        &vec![false, true, true],
    )?;
    let skipped = Some(ErrorKind::Skipped);
    let expected = vec![None, Some(ErrorKind::TooLarge), skipped, skipped];
    same("outcomes", &kinds(outcomes), &expected)?;
    same_set(listener.drain(1).await?, &["1"])?;
    listener.silent().await
}

async fn those_of_other_keys_go_on(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let batch = [
        too_large(&bench, Some("k")),
        of_key("other", "1"),
        Message::new("2"),
        of_key("k", "3"),
    ];
    let outcomes = kinds(bench.outcomes(&channel, &batch).await);
    let expected = vec![
        Some(ErrorKind::TooLarge),
        None,
        None,
        Some(ErrorKind::Skipped),
    ];
    same("outcomes", &outcomes, &expected)?;
    same_set(listener.drain(2).await?, &["1", "2"])?;
    listener.silent().await
}

async fn what_was_skipped_can_be_sent_again(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let batch = [
        of_key("k", "1"),
        too_large(&bench, Some("k")),
        of_key("k", "3"),
        of_key("k", "4"),
    ];
    bench.outcomes(&channel, &batch).await;
    bench.publish_all(&channel, &batch[2..]).await?;
    same_list(listener.drain(3).await?, &["1", "3", "4"])
}

/// What succeeded is there; what failed for certain is not.
async fn a_deadline_that_is_over_ends_the_call(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let batch: Vec<Message> = (0..300).map(|number| keyed(number % 7, number)).collect();
    let begun = Instant::now();
    let outcomes = bench
        .outcomes_within(&channel, &batch, Duration::ZERO)
        .await;
    holds(begun.elapsed() < Duration::from_secs(3), "the call went on")?;
    same("outcomes", &outcomes.len(), &batch.len())?;
    let came: HashSet<String> = bodies(&listener.rest().await?).into_iter().collect();
    for (message, outcome) in batch.iter().zip(outcomes) {
        let is_there = came.contains(&*String::from_utf8_lossy(&message.body));
        match outcome {
            Ok(()) => holds(is_there, "what was confirmed did not come")?,
            Err(error) if !error.is_ambiguous() => holds(!is_there, "what failed came")?,
            Err(_) => {}
        }
    }
    Ok(())
}

async fn a_call_ends_at_its_deadline(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    // Nobody reads: a transport with bounds may have no room for all of them.
    let batch: Vec<Message> = (0..200).map(|_| Message::new(vec![b'x'; 1000])).collect();
    let begun = Instant::now();
    for _ in 0..5 {
        let outcomes = bench
            .outcomes_within(&channel, &batch, Duration::from_millis(300))
            .await;
        same("outcomes", &outcomes.len(), &batch.len())?;
    }
    holds(
        begun.elapsed() < Duration::from_secs(4),
        "a call went on after its deadline",
    )
}

async fn commit_without_transactions_is_refused(bench: Bench) -> Outcome {
    let (input, output) = (bench.channel().await?, bench.channel().await?);
    let mut listener = bench.listen(&input).await?;
    let mut results = bench.listen(&output).await?;
    bench.publish(&input, &["a"]).await?;
    let held = listener.one().await?;
    let outgoing = [Outgoing::new(output, Message::new("b"))];
    let verdicts = [(held.token, Verdict::Ack)];
    let outcome = listener.settler.commit(&outgoing, &verdicts).await;
    let kind = outcome.err().map(|error| error.kind());
    same("commit", &kind, &Some(ErrorKind::Unsupported))?;
    results.silent().await
}
