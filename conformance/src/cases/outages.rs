//! Links that are cut.
use crate::{
    bench::{Bench, Outcome, PATIENCE},
    case::{Case, cases},
    check::{bodies, body, holds, keyed, same, same_set},
    listener::Listener,
    needs::Need,
    offers::Offer,
};
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};
use tidings::{
    Message,
    transport::{Event, State},
};
use tokio::time::{sleep, timeout};

cases! {
    publish_fails_while_the_link_is_cut: [CUT],
    the_state_tells_that_the_link_is_cut: [CUT],
    a_subscription_comes_back_after_a_cut: [CUT, Need::Confirmed],
    what_was_out_when_the_link_was_cut_comes_again: [CUT, Need::Settled, Need::Kept],
    what_was_not_settled_comes_again: [CUT, Need::Settled, Need::Kept],
    close_ends_while_the_link_is_cut: [CUT],
    cuts_under_load_lose_nothing: [CUT, Need::Confirmed, Need::Settled, Need::Kept],
}

const CUT: Need = Need::Offer(Offer::Cut);

const MOMENT: Duration = Duration::from_millis(300);

async fn publish_fails_while_the_link_is_cut(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    bench.cut().await?;
    let begun = Instant::now();
    let batch = [Message::new("a"), Message::new("b")];
    for outcome in bench.outcomes_within(&channel, &batch, MOMENT).await {
        let error = outcome.err().ok_or("published without a link")?;
        holds(error.is_retryable(), "trying again would help")?;
    }
    holds(
        begun.elapsed() < MOMENT * 5,
        "the call went on after its deadline",
    )?;
    bench.mend().await?;
    bench.insist(&channel, &[Message::new("c")]).await?;
    hears(&mut listener, "c").await.map(drop)
}

async fn the_state_tells_that_the_link_is_cut(bench: Bench) -> Outcome {
    let mut state = bench.setup.receiver.state();
    same("state", &*state.borrow_and_update(), &State::Connected)?;
    bench.cut().await?;
    let is_cut = |state: &State| matches!(state, State::Reconnecting { .. });
    timeout(PATIENCE, state.wait_for(is_cut))
        .await
        .map_err(|_| "a cut was not told")??;
    bench.mend().await?;
    let back = |state: &State| *state == State::Connected;
    timeout(PATIENCE, state.wait_for(back))
        .await
        .map_err(|_| "it was not told to be back")??;
    Ok(())
}

async fn a_subscription_comes_back_after_a_cut(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    for round in ["a", "b", "c"] {
        bench.insist(&channel, &[Message::new(round)]).await?;
        hears(&mut listener, round).await?;
        bench.cut().await?;
        sleep(MOMENT / 10).await;
        bench.mend().await?;
    }
    bench.insist(&channel, &[Message::new("last")]).await?;
    hears(&mut listener, "last").await.map(drop)
}

/// Takes what comes until that does, and gives it. What could not be settled comes again.
async fn hears(listener: &mut Listener, last: &str) -> Outcome<Vec<String>> {
    let mut came = Vec::new();
    loop {
        if let Event::Deliveries(deliveries) = listener.next(1).await? {
            drop(listener.ack(&deliveries).await);
            came.extend(bodies(&deliveries));
            if came.contains(&last.into()) {
                return Ok(came);
            }
        }
    }
}

async fn what_was_out_when_the_link_was_cut_comes_again(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    bench.publish(&channel, &["a", "b"]).await?;
    let held = listener.receive(2).await?;
    bench.cut().await?;
    // It has to hear of it.
    while listener.left.is_empty() {
        listener.next(0).await?;
    }
    let told = held
        .iter()
        .all(|one| listener.left.contains(&one.token.part));
    holds(
        told,
        "what can no longer be settled was not told to be gone",
    )?;
    bench.mend().await?;
    same_set(listener.drain(2).await?, &["a", "b"])?;
    listener.silent().await
}

/// A settlement that is told to have failed has not been done: the message comes again.
async fn what_was_not_settled_comes_again(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    bench.publish(&channel, &["a"]).await?;
    let held = listener.one().await?;
    bench.cut().await?;
    let settled = timeout(PATIENCE, listener.ack(&[held])).await;
    let settled = settled.map_err(|_| "settling does not end while the link is cut")?;
    bench.mend().await?;
    bench.insist(&channel, &[Message::new("b")]).await?;
    // A consumer may need a moment until it is one again.
    let mut came = hears(&mut listener, "b").await?;
    came.extend(bodies(&listener.rest().await?));
    if settled.is_ok() {
        came.retain(|body| body != "a");
        return same_set(came, &["b"]);
    }
    same_set(came, &["a", "b"])
}

async fn close_ends_while_the_link_is_cut(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    bench.cut().await?;
    let begun = Instant::now();
    drop(bench.setup.receiver.close(MOMENT).await);
    holds(
        begun.elapsed() < Duration::from_secs(3),
        "close went on after its grace",
    )?;
    listener.end().await?;
    bench.mend().await
}

async fn cuts_under_load_lose_nothing(bench: Bench) -> Outcome {
    const COUNT: usize = 200;
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let sending = async {
        for number in 0..COUNT {
            bench.insist(&channel, &[keyed(number % 5, number)]).await?;
            sleep(Duration::from_millis(1)).await;
        }
        Outcome::Ok(())
    };
    let cutting = async {
        for _ in 0..4 {
            sleep(Duration::from_millis(40)).await;
            bench.cut().await?;
            sleep(Duration::from_millis(20)).await;
            bench.mend().await?;
        }
        Outcome::Ok(())
    };
    let receiving = async {
        let mut seen = HashSet::new();
        while seen.len() < COUNT {
            if let Event::Deliveries(deliveries) = listener.next(8).await? {
                // What cannot be settled comes again.
                drop(listener.ack(&deliveries).await);
                seen.extend(deliveries.iter().map(body));
            }
        }
        Outcome::Ok(())
    };
    tokio::try_join!(sending, cutting, receiving)?;
    Ok(())
}
