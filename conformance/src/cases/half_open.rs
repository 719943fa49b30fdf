//! Links that are half open, or lose answers.
use crate::{
    bench::{Bench, Outcome},
    case::{Case, cases},
    check::{bodies, holds, same_set},
    needs::Need,
    offers::Offer,
};
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};
use tidings::Message;
use tokio::time::sleep;

cases! {
    publish_over_a_half_open_link_ends_in_time: [STALL],
    what_failed_for_certain_is_not_published_later: [STALL],
    a_half_open_link_is_left: [STALL, Need::Confirmed, Need::Kept],
    a_lost_answer_is_ambiguous: [DEAFEN, Need::Confirmed],
    what_is_sent_again_keeps_its_id: [DEAFEN, Need::Confirmed],
}

const STALL: Need = Need::Offer(Offer::Stall);
const DEAFEN: Need = Need::Offer(Offer::Deafen);

const MOMENT: Duration = Duration::from_millis(300);

async fn publish_over_a_half_open_link_ends_in_time(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    bench.stall().await?;
    let begun = Instant::now();
    let batch = [Message::new("a"), Message::new("b")];
    for outcome in bench.outcomes_within(&channel, &batch, MOMENT).await {
        let is_told = outcome.is_err_and(|error| error.is_retryable());
        let confirms = Need::Confirmed.is_met(&bench.capabilities, &[]);
        holds(is_told || !confirms, "confirmed by nobody")?;
    }
    let took = begun.elapsed();
    bench.mend().await?;
    holds(took < MOMENT * 5, "the call went on after its deadline")
}

async fn what_failed_for_certain_is_not_published_later(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    bench.stall().await?;
    let mut certain = HashSet::new();
    for number in 0..5 {
        let batch = [Message::new(number.to_string())];
        let outcome = bench
            .outcomes_within(&channel, &batch, MOMENT / 5)
            .await
            .pop();
        if let Some(Err(error)) = outcome
            && !error.is_ambiguous()
        {
            certain.insert(number.to_string());
        }
    }
    bench.mend().await?;
    bench.insist(&channel, &[Message::new("last")]).await?;
    let came = bodies(&listener.rest().await?);
    let late = came.iter().any(|body| certain.contains(body));
    holds(!late, "what was told to have failed was published later")
}

async fn a_half_open_link_is_left(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    bench.stall().await?;
    sleep(MOMENT).await;
    bench.mend().await?;
    bench.insist(&channel, &[Message::new("a")]).await?;
    while !listener.drain(1).await?.contains(&"a".into()) {}
    Ok(())
}

async fn a_lost_answer_is_ambiguous(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    bench.deafen().await?;
    let outcome = bench
        .outcomes_within(&channel, &[Message::new("a")], MOMENT)
        .await
        .pop();
    let error = outcome
        .and_then(Result::err)
        .ok_or("confirmed without an answer")?;
    holds(
        error.is_ambiguous(),
        "it may have been published, and the error does not say so",
    )?;
    holds(error.is_retryable(), "trying again would help")?;
    bench.mend().await?;
    same_set(listener.drain(1).await?, &["a"])
}

async fn what_is_sent_again_keeps_its_id(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let message = Message::new("a");
    bench.deafen().await?;
    bench
        .outcomes_within(&channel, std::slice::from_ref(&message), MOMENT)
        .await;
    bench.mend().await?;
    bench
        .insist(&channel, std::slice::from_ref(&message))
        .await?;
    let came = listener.rest().await?;
    let same_id = came.iter().all(|one| one.message.id == message.id);
    holds(
        !came.is_empty() && same_id,
        "a message that was sent again has another id",
    )
}
