//! Closing, and what outlives a broker that restarts.
use crate::{
    Setup,
    bench::{
        Number, Outcome, body, drain, holds, outcomes, publish, publish_all, queue, receive,
        receive_one, same, settle, silent, subscribe,
    },
};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tidings::{Channel, Client, ErrorKind, Message, Received, Router, Verdict, serve};

const GRACE: Duration = Duration::from_secs(10);

pub(crate) async fn close_drains(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 10).await?;
    publish(&*setup.sender, &queue, &["a", "b"]).await?;
    let held = receive(&mut subscription, 2).await?;
    let receiver = setup.receiver.clone();
    let closing = tokio::spawn(async move { receiver.close(GRACE).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    holds(
        !closing.is_finished(),
        "closed before what was delivered was settled",
    )?;
    let refused = outcomes(&*setup.receiver, &queue, &[Message::new("c")])
        .await
        .pop();
    let kind = refused.and_then(Result::err).map(|error| error.kind());
    same("publishing while closing", &kind, &Some(ErrorKind::Closed))?;
    settle(&mut subscription, &held, Verdict::Ack).await?;
    closing.await??;
    let ended = subscription.next(1).await.err().map(|error| error.kind());
    same("receiving when closed", &ended, &Some(ErrorKind::Closed))?;
    // Closing twice is fine.
    Ok(setup.receiver.close(GRACE).await?)
}

pub(crate) async fn subscribe_survives_reconnect(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 10).await?;
    publish(&*setup.sender, &queue, &["before"]).await?;
    same(
        "bodies",
        &drain(&mut subscription, 1).await?,
        &vec!["before".into()],
    )?;
    restart(&setup).await?;
    publish(&*setup.sender, &queue, &["after"]).await?;
    loop {
        let incoming = receive_one(&mut subscription).await?;
        settle(
            &mut subscription,
            std::slice::from_ref(&incoming),
            Verdict::Ack,
        )
        .await?;
        match &*body(&incoming) {
            "after" => return silent(&mut subscription).await,
            // The settlement may have been lost with the connection.
            "before" => holds(
                incoming.attempt > 1,
                "a message came twice as if for the first time",
            )?,
            other => return Err(format!("`{other}` was never published").into()),
        }
    }
}

pub(crate) async fn unsettled_survives_reconnect(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 10).await?;
    publish(&*setup.sender, &queue, &["a"]).await?;
    let stale = receive_one(&mut subscription).await?;
    restart(&setup).await?;
    // It can still be settled, or it comes again anyway and this harms nobody.
    settle(
        &mut subscription,
        std::slice::from_ref(&stale),
        Verdict::RETRY_NOW,
    )
    .await?;
    let again = receive_one(&mut subscription).await?;
    same("body", &body(&again), &"a".into())?;
    same("id", &again.message.id, &stale.message.id)?;
    settle(&mut subscription, &[again], Verdict::RETRY_NOW).await?;
    same(
        "bodies",
        &drain(&mut subscription, 1).await?,
        &vec!["a".into()],
    )?;
    silent(&mut subscription).await
}

pub(crate) async fn publish_survives_reconnect(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 1000).await?;
    let sending = async {
        for number in 0..300 {
            let mut outcome = publish(&*setup.sender, &queue, &[&number.to_string()]).await;
            // A failure that says so may be tried again.
            while let Err(error) = outcome {
                let retryable = error
                    .downcast_ref::<tidings::Error>()
                    .is_some_and(tidings::Error::is_retryable);
                holds(retryable, "publishing failed for good during a restart")?;
                outcome = publish(&*setup.sender, &queue, &[&number.to_string()]).await;
            }
        }
        Outcome::Ok(())
    };
    let (sent, restarted) = tokio::join!(sending, restart(&setup));
    sent?;
    restarted?;
    // At least once: each is there, in order when repeated ones are left out.
    let mut next = 0;
    while next < 300 {
        let incoming = receive_one(&mut subscription).await?;
        let number: u32 = body(&incoming).parse()?;
        holds(number <= next, "a message was lost or overtaken")?;
        next = next.max(number + 1);
        settle(&mut subscription, &[incoming], Verdict::Ack).await?;
    }
    Ok(())
}

pub(crate) async fn inbox_survives_reconnect(setup: Setup) -> Outcome {
    let (address, mut inbox) = setup.receiver.inbox(None).await?;
    restart(&setup).await?;
    let channel = Channel::point_to_point(address);
    // Until the other side is back, its address may not be known.
    let sent = async {
        while publish_all(&*setup.sender, &channel, &[Message::new("reply")])
            .await
            .is_err()
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(GRACE, sent).await?;
    same(
        "bodies",
        &drain(&mut inbox, 1).await?,
        &vec!["reply".into()],
    )
}

pub(crate) async fn service_survives_restarts(setup: Setup) -> Outcome {
    const COUNT: u32 = 300;
    let queue = queue(&setup).await?;
    let handled = Arc::new(Mutex::new(HashSet::new()));
    let mut router = Router::new();
    let log = handled.clone();
    router
        .prefetch(20)
        .on(queue.clone(), move |number: Received<Number>| {
            let log = log.clone();
            async move {
                tokio::time::sleep(Duration::from_millis(1)).await;
                log.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(number.0);
                Ok(())
            }
        });
    let service = serve(setup.receiver.clone(), router).await?;
    let client = Client::new(setup.sender.clone());
    let sending = async {
        for number in 0..COUNT {
            while let Err(error) = client.send(&queue, &Number(number)).await {
                holds(
                    error.is_retryable(),
                    "sending failed for good during a restart",
                )?;
            }
        }
        Outcome::Ok(())
    };
    let restarting = async {
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            restart(&setup).await?;
        }
        Outcome::Ok(())
    };
    let (sent, restarted) = tokio::join!(sending, restarting);
    sent?;
    restarted?;
    let all = async {
        while handled.lock().unwrap_or_else(PoisonError::into_inner).len() < COUNT as usize {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(GRACE, all).await?;
    Ok(service.stop(GRACE).await?)
}

async fn restart(setup: &Setup) -> Outcome {
    match &setup.restart {
        Some(restart) => restart().await,
        None => Err("the harness says that it restarts, but the setup has no way to".into()),
    }
}
