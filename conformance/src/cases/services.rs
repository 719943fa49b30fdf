//! Services on top of the transport: failing handlers, what they send, and how they stop.
use crate::{
    bench::{Bench, Outcome, PATIENCE},
    case::{Case, cases},
    check::{Number, holds, keyed, same, same_set},
    needs::Need,
};
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{Channel, HandlerError, Message, Received, Service, layers::Dedup};
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{sleep, timeout},
};

cases! {
    a_service_handles_what_is_sent: [],
    a_panic_in_a_handler_redelivers: [Need::Settled],
    a_handler_that_fails_is_run_again: [Need::Settled],
    what_a_handler_sends_goes_out: [Need::Settled],
    a_failed_handler_sends_nothing: [Need::Settled],
    duplicates_are_handled_once: [Need::Settled],
    a_slow_key_holds_up_no_other: [Need::HoldsKeys, Need::Settled, Need::Kept],
    stop_gives_back_what_waits: [Need::Settled, Need::Kept],
    stop_lets_handlers_end: [Need::Settled, Need::Kept],
    what_a_hard_stop_cuts_off_comes_again: [Need::Settled, Need::Kept],
}

/// How often a handler ran, and that it did.
#[derive(Clone, Default)]
struct Calls(Arc<(AtomicU32, Notify)>);

impl Calls {
    /// Which call this is, from 1.
    fn next(&self) -> u32 {
        self.0.0.fetch_add(1, SeqCst) + 1
    }

    fn done(&self) {
        self.0.1.notify_one();
    }

    async fn wait(&self) -> Outcome {
        let told = timeout(PATIENCE, self.0.1.notified()).await;
        Ok(told.map_err(|_| "the handler did not get that far")?)
    }

    fn count(&self) -> u32 {
        self.0.0.load(SeqCst)
    }
}

/// A service with one handler of messages, one at a time.
async fn serving<F, Fut>(bench: &Bench, channel: &Channel, handler: F) -> Outcome<(Calls, Service)>
where
    F: Fn(Received<Message>, Calls) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), HandlerError>> + Send + 'static,
{
    let calls = Calls::default();
    let mut router = bench.router();
    let given = calls.clone();
    router.layers(bench.layers.clone().with(Dedup::new(100)));
    router.concurrency(1);
    router.on(channel.clone(), move |message: Received<Message>| {
        handler(message, given.clone())
    });
    Ok((calls, bench.serve(router).await?))
}

async fn a_service_handles_what_is_sent(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let sum = Calls::default();
    let mut router = bench.router();
    let add = sum.clone();
    router.on(channel.clone(), move |number: Received<Number>| {
        let add = add.clone();
        async move {
            if add.0.0.fetch_add(number.0, SeqCst) + number.0 == 6 {
                add.done();
            }
            Ok(())
        }
    });
    let service = bench.serve(router).await?;
    for number in 1..=3 {
        bench.client().send(&channel, &Number(number)).await?;
    }
    sum.wait().await?;
    Ok(service.stop(PATIENCE).await?)
}

async fn a_panic_in_a_handler_redelivers(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let (calls, service) = serving(&bench, &channel, |_, calls| async move {
        if calls.next() == 1 {
            std::panic::resume_unwind(Box::new("on purpose, without the message of a panic"));
        }
        calls.done();
        Ok(())
    })
    .await?;
    bench.publish(&channel, &["a"]).await?;
    calls.wait().await?;
    service.stop(PATIENCE).await?;
    same("calls", &calls.count(), &2)
}

async fn a_handler_that_fails_is_run_again(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let (calls, service) = serving(&bench, &channel, |message, calls| async move {
        let call = calls.next();
        if call < 3 {
            return Err(HandlerError::retry_after(
                Duration::from_millis(20),
                "on purpose",
            ));
        }
        if message.metadata.attempt != 3 {
            return Err(HandlerError::reject("another attempt was expected"));
        }
        calls.done();
        Ok(())
    })
    .await?;
    bench.publish(&channel, &["a"]).await?;
    calls.wait().await?;
    service.stop(PATIENCE).await?;
    same("calls", &calls.count(), &3)
}

async fn what_a_handler_sends_goes_out(bench: Bench) -> Outcome {
    let (channel, results) = (bench.channel().await?, bench.channel().await?);
    let mut listener = bench.listen(&results).await?;
    let to = results.clone();
    let (_, service) = serving(&bench, &channel, move |message, _| {
        let to = to.clone();
        async move { Ok(message.context.send(&to, &message.message)?) }
    })
    .await?;
    bench.publish(&channel, &["a", "b"]).await?;
    same_set(listener.drain(2).await?, &["a", "b"])?;
    Ok(service.stop(PATIENCE).await?)
}

async fn a_slow_key_holds_up_no_other(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let bench = Arc::new(bench);
    // What is published is kept for a group that was there.
    drop(bench.listen(&channel).await?);
    wait_behind_one_key(&bench, &channel).await?;
    let (slow, other) = (keyed(0, 0).key, keyed(1, 0).key);
    let (begun, calls) = (Calls::default(), Calls::default());
    let mut router = bench.router();
    let given = (begun.clone(), calls.clone());
    router.on(channel.clone(), move |message: Received<Message>| {
        let ((begun, calls), key) = (given.clone(), message.metadata.key.clone());
        let (is_slow, is_other) = (key == slow, key == other);
        async move {
            if is_slow {
                begun.done();
                std::future::pending::<()>().await;
            }
            if is_other {
                calls.done();
            }
            Ok(())
        }
    });
    let service = bench.serve(router).await?;
    begun.wait().await?;
    bench.publish_all(&channel, &[keyed(0, 6000)]).await?;
    bench.publish_all(&channel, &[keyed(1, 0)]).await?;
    calls.wait().await?;
    drop(service);
    Ok(())
}

/// Thousands of a key, more than a service takes ahead. Many publish them, since of one that does each waits for the one before it where
/// a request may fail in part; and before somebody receives, since stand-ins look at all of a key for each that comes meanwhile.
async fn wait_behind_one_key(bench: &Arc<Bench>, channel: &Channel) -> Outcome {
    let mut publishers = JoinSet::new();
    for begin in (0..6000).step_by(100) {
        let (bench, channel) = (bench.clone(), channel.clone());
        publishers.spawn(async move {
            for begin in (begin..begin + 100).step_by(10) {
                let batch: Vec<_> = (begin..begin + 10).map(|number| keyed(0, number)).collect();
                bench.publish_all(&channel, &batch).await?;
            }
            Outcome::Ok(())
        });
    }
    while let Some(published) = publishers.join_next().await {
        published??;
    }
    Ok(())
}

async fn a_failed_handler_sends_nothing(bench: Bench) -> Outcome {
    let (channel, results) = (bench.channel().await?, bench.channel().await?);
    let mut listener = bench.listen(&results).await?;
    let to = results.clone();
    let (_, service) = serving(&bench, &channel, move |message, calls| {
        let to = to.clone();
        async move {
            message
                .context
                .send(&to, &Message::new(message.metadata.attempt.to_string()))?;
            match calls.next() {
                1 => Err(HandlerError::retry_after(
                    Duration::from_millis(20),
                    "on purpose",
                )),
                _ => Ok(()),
            }
        }
    })
    .await?;
    bench.publish(&channel, &["a"]).await?;
    same_set(listener.drain(1).await?, &["2"])?;
    listener.silent().await?;
    Ok(service.stop(PATIENCE).await?)
}

async fn duplicates_are_handled_once(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let (calls, service) = serving(&bench, &channel, |message, calls| async move {
        calls.next();
        if message.body == "last" {
            calls.done();
        }
        Ok(())
    })
    .await?;
    let twice = Message::new("a");
    bench.publish_all(&channel, &[twice.clone(), twice]).await?;
    tokio::time::sleep(Duration::from_millis(100)).await;
    bench.publish(&channel, &["last"]).await?;
    calls.wait().await?;
    service.stop(PATIENCE).await?;
    same("calls", &calls.count(), &2)
}

/// One is at work when the service is told to stop within that time, others wait.
async fn stopped(bench: &Bench, grace: Duration) -> Outcome<(Channel, tidings::Result<()>)> {
    let channel = bench.channel().await?;
    let (calls, service) = serving(bench, &channel, |_, calls| async move {
        calls.next();
        calls.done();
        sleep(Duration::from_millis(300)).await;
        Ok(())
    })
    .await?;
    let batch: Vec<_> = (1..=3)
        .map(|number| crate::check::keyed(0, number))
        .collect();
    bench.publish_all(&channel, &batch).await?;
    calls.wait().await?;
    let outcome = service.stop(grace).await;
    same("calls", &calls.count(), &1)?;
    Ok((channel, outcome))
}

async fn stop_gives_back_what_waits(bench: Bench) -> Outcome {
    let (channel, outcome) = stopped(&bench, PATIENCE).await?;
    outcome?;
    let mut listener = bench.listen(&channel).await?;
    same("waiting", &listener.drain(2).await?.len(), &2)?;
    listener.silent().await
}

async fn stop_lets_handlers_end(bench: Bench) -> Outcome {
    let (channel, outcome) = stopped(&bench, PATIENCE).await?;
    outcome?;
    let rest = bench.listen(&channel).await?.rest().await?;
    same("not handled", &rest.len(), &2)
}

async fn what_a_hard_stop_cuts_off_comes_again(bench: Bench) -> Outcome {
    let (channel, outcome) = stopped(&bench, Duration::from_millis(50)).await?;
    holds(
        outcome.is_err(),
        "a handler that was cut off was not reported",
    )?;
    let mut listener = bench.listen(&channel).await?;
    same("not handled", &listener.drain(3).await?.len(), &3)?;
    listener.silent().await
}
