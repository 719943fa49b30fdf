//! Handlers and layers that do what they must not: nothing is committed by halves, and they are told.
use crate::{
    Outcome,
    database::Base,
    error_of,
    shop::{GRACE, Shop, fatal, policy},
    trial, until,
};
use libtest_mimic::Trial;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tidings::{HandlerError, Layers, Message, Received, layers::Dedup};
use tidings_outbox::Database;
use tokio::time::sleep;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![
        trial(
            "what-a-handler-leaves-behind-commits-nothing",
            database,
            left_behind,
        ),
        trial(
            "without-its-layer-a-handler-is-told-which",
            database,
            without,
        ),
        trial(
            "a-layer-behind-that-answers-instead-is-told",
            database,
            answered,
        ),
        trial(
            "a-test-that-commits-what-was-rolled-back-is-told",
            database,
            told,
        ),
        trial(
            "who-commits-by-hand-and-fails-is-run-again",
            database,
            by_hand,
        ),
    ]
}

async fn by_hand(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let handler = |base: Base, order: Received<Message>| async move {
        if order.metadata.attempt == 1 {
            base.within(&order.context, "commit".to_owned()).await.ok();
            return Err(HandlerError::retry("not yet"));
        }
        base.do_it(&order.context, &order.metadata.id).await
    };
    let service = shop.open(policy().with_attempts(5), handler).await?;
    shop.order(1).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert_eq!(shop.base.count_done().await?, (1, 1));
    Ok(())
}

async fn told(database: Database) -> Outcome {
    let base = Base::shop(database).await?;
    let done = "insert into done values ('a')";
    base.committed_after(done).await??;
    let error = error_of(base.committed_after(fatal(database)).await?)?;
    assert!(matches!(error, HandlerError::Retry { .. }), "{error:?}");
    assert_eq!(base.count_done().await?, (1, 1));
    Ok(())
}

async fn left_behind(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let late = Arc::new(Mutex::new(Vec::new()));
    let told = late.clone();
    let service = shop
        .open(policy(), move |base, order| {
            let told = told.clone();
            async move {
                base.do_it(&order.context, &order.metadata.id).await?;
                let (context, id) = (order.context.clone(), order.metadata.id.clone());
                if order.metadata.attempt == 1 {
                    // It is at work when the handler ends, and later.
                    tokio::spawn(async move {
                        let slow = async {
                            base.try_it(&context, &id, true).await?;
                            sleep(Duration::from_millis(100)).await;
                            base.do_it(&context, &id).await
                        };
                        let outcome = slow.await.map_err(|error| error.to_string());
                        told.lock().expect("no panic").push(outcome);
                    });
                    sleep(Duration::from_millis(50)).await;
                }
                Ok(())
            }
        })
        .await?;
    shop.order(1).await?;
    shop.broker.settled().await;
    until("the task has ended", || {
        !late.lock().expect("no panic").is_empty()
    })
    .await?;
    service.stop(GRACE).await?;
    let told = late.lock().expect("no panic").remove(0);
    let error = told.err().ok_or("it wrote after the handler had ended")?;
    assert!(error.contains("the handler has ended"), "{error}");
    assert_eq!(shop.base.received().await?, 1);
    Ok(())
}

async fn without(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let service = shop
        .open_with(
            Layers::new(),
            policy().with_attempts(1),
            |base, order| async move { base.do_it(&order.context, &order.metadata.id).await },
        )
        .await?;
    shop.order(1).await?;
    let letters = || shop.broker.published("orders.dead-letters");
    until("it is given up", || !letters().is_empty()).await?;
    service.stop(GRACE).await?;
    let letter = format!("{:?}", letters()[0]);
    assert!(letter.contains("Transactional::new(pool)"), "{letter}");
    Ok(())
}

/// It would have what a handler sent committed without what it wrote.
async fn answered(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let layers = Layers::new()
        .with_shared(shop.base.transactional())
        .with(Dedup::new(10));
    let policy = policy().with_attempts(2);
    let handler = move |base: Base, order: Received<Message>| async move {
        base.do_it(&order.context, &order.metadata.id).await?;
        // The commit fails.
        let fatal = fatal(database).to_owned();
        base.within(&order.context, fatal).await.ok();
        Ok(())
    };
    let service = shop.open_with(layers, policy, handler).await?;
    shop.order(1).await?;
    let letters = || shop.broker.published("orders.dead-letters");
    until("it is given up", || !letters().is_empty()).await?;
    service.stop(GRACE).await?;
    let letter = format!("{:?}", letters()[0]);
    assert!(letter.contains("put it before"), "{letter}");
    Ok(())
}
