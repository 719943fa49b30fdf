//! Handlers and layers that do what they must not: nothing is committed by halves, and they are told.
use crate::{
    Outcome,
    database::{Base, has_server},
    error_of,
    shop::{GRACE, Shop, fatal, parcel, policy},
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
    let mut all = vec![
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
        trial(
            "what-is-sent-behind-an-end-by-hand-is-not-committed-alone",
            database,
            alone,
        ),
    ];
    if has_server(database) {
        all.push(trial(
            "who-begins-another-transaction-by-hand-is-told",
            database,
            begun_anew,
        ));
    }
    if database == Database::Postgres {
        all.extend([
            trial(
                "what-a-trigger-puts-elsewhere-is-put-there-once",
                database,
                elsewhere,
            ),
            trial(
                "who-notes-its-own-message-is-told-and-loses-nothing",
                database,
                noted_by_hand,
            ),
        ]);
    }
    all
}

/// As a handler does that was written before it had its layer.
async fn noted_by_hand(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let handler = |base: Base, order: Received<Message>| async move {
        let id = &order.metadata.id;
        let note = format!("insert into tidings_received values ('orders', '{id}', 1)");
        base.within(&order.context, note).await?;
        base.do_it(&order.context, id).await
    };
    let service = shop.open(policy().with_attempts(2), handler).await?;
    shop.order(1).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    let letters = shop.broker.published("orders.dead-letters");
    assert_eq!(letters.len(), 1, "it is settled, and nothing is done");
    let letter = format!("{:?}", letters[0]);
    assert!(letter.contains("`receive`"), "{letter}");
    assert_eq!(shop.base.received().await?, 0);
    assert_eq!(shop.base.count_done().await?, (0, 0));
    Ok(())
}

/// Of handlers whose messages are noted, and of those whose are not; the latter send all the same where they end nothing.
async fn alone(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let letters = || shop.broker.published("orders.dead-letters");
    let mut rounds = 0;
    for (is_idempotent, end) in [(false, "commit"), (true, "rollback")] {
        for parcels in 1..=2 {
            let handler = move |base: Base, order: Received<Message>| async move {
                base.within(&order.context, end.to_owned()).await.ok();
                for number in 0..parcels {
                    order.context.add(parcel(number.to_string()))?;
                }
                Ok(())
            };
            let policy = policy().with_attempts(2).with_idempotent(is_idempotent);
            let service = shop.open(policy, handler).await?;
            shop.order(1).await?;
            rounds += 1;
            until("it is given up", || letters().len() == rounds).await?;
            service.stop(GRACE).await?;
            let letter = format!("{:?}", letters()[rounds - 1]);
            assert!(letter.contains("commits by itself"), "{letter}");
            assert_eq!(shop.base.store().backlog().await?, 0, "{end} {parcels}");
        }
    }
    let sends = |_: Base, order: Received<Message>| async move {
        order.context.add(parcel("one"))?;
        Ok(order.context.add(parcel("other"))?)
    };
    let service = shop.open(policy().with_idempotent(true), sends).await?;
    shop.order(1).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert_eq!(shop.base.store().backlog().await?, 2);
    Ok(())
}

/// As in tables that were parted by triggers.
async fn elsewhere(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    shop.base
        .execute(
            "create table others (like tidings_outbox); \
             create function put() returns trigger language plpgsql as $$ begin insert into others values (new.*); return null; end $$; \
             create trigger put before insert on tidings_outbox for each row execute function put()",
        )
        .await?;
    let sends =
        |_: Base, order: Received<Message>| async move { Ok(order.context.add(parcel("one"))?) };
    for is_idempotent in [false, true] {
        let policy = policy().with_idempotent(is_idempotent);
        let service = shop.open(policy, sends).await?;
        shop.order(1).await?;
        shop.broker.settled().await;
        service.stop(GRACE).await?;
    }
    let Base::Postgres(pool) = &shop.base else {
        return Err("not of PostgreSQL".into());
    };
    let count = sqlx::query_scalar("select count(*) from others");
    let count: i64 = count.fetch_one(pool).await?;
    assert_eq!(count, 2);
    Ok(())
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

/// What it wrote before that is committed, and its message is not received.
async fn begun_anew(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let handler = |base: Base, order: Received<Message>| async move {
        if order.metadata.attempt == 1 {
            let ends = "commit; begin".to_owned();
            base.within(&order.context, ends).await?;
        }
        order.context.add(parcel("one"))?;
        base.do_it(&order.context, &order.metadata.id).await
    };
    let service = shop.open(policy().with_attempts(1), handler).await?;
    shop.order(1).await?;
    let letters = || shop.broker.published("orders.dead-letters");
    until("it is given up", || !letters().is_empty()).await?;
    service.stop(GRACE).await?;
    let letter = format!("{:?}", letters()[0]);
    assert!(letter.contains("commits by itself"), "{letter}");
    assert_eq!(shop.base.count_done().await?, (0, 0));
    assert_eq!(shop.base.store().backlog().await?, 0);
    let service = shop
        .open(policy(), |base, order| async move {
            base.do_it(&order.context, &order.metadata.id).await
        })
        .await?;
    shop.send(&letters()).await?;
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
