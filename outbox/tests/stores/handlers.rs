//! Handlers within a transaction: all that they do is there once, or nothing is.
use crate::{
    Outcome,
    database::Base,
    shop::{GRACE, Shop, parcel, policy},
    sink::Sink,
    trial, until,
};
use libtest_mimic::Trial;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::HandlerError;
use tidings_outbox::Database;
use tokio::time::sleep;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    let mut all = vec![
        trial(
            "of-a-thousand-that-come-twice-each-is-handled-once",
            database,
            twice,
        ),
        trial("what-fails-leaves-nothing-behind", database, failing),
        trial("what-is-rejected-was-not-received", database, rejected),
        trial("a-rerun-sends-with-the-same-ids", database, same_ids),
        trial(
            "an-error-that-is-passed-over-loses-nothing",
            database,
            passed_over,
        ),
        trial("savepoints-are-the-handlers", database, savepoints),
    ];
    if database == Database::Postgres {
        all.push(trial("no-transaction-stays-open", database, ended));
    }
    all
}

/// Where nothing is sent, a commit begins another, which is to end.
async fn ended(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let Base::Postgres(pool) = &shop.base else {
        return Err("not of PostgreSQL".into());
    };
    let service = shop
        .open(policy(), |base, order| async move {
            base.do_it(&order.context, &order.metadata.id).await
        })
        .await?;
    shop.order(20).await?;
    shop.broker.settled().await;
    assert_eq!(
        shop.base.count_done().await?,
        (20, 20),
        "they are committed"
    );
    let mut open = 1;
    for _ in 0..500 {
        open = sqlx::query_scalar(
            "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'",
        )
        .fetch_one(pool)
        .await?;
        if open == 0 {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    service.stop(GRACE).await?;
    assert_eq!(open, 0_i64);
    Ok(())
}

async fn twice(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let (sink, runs) = (Sink::new(), Arc::new(AtomicUsize::new(0)));
    let counted = runs.clone();
    let service = shop
        .open(policy(), move |base, order| {
            counted.fetch_add(1, SeqCst);
            async move {
                base.do_it(&order.context, &order.metadata.id).await?;
                let body = String::from_utf8_lossy(&order.metadata.body).into_owned();
                Ok(order.context.add(parcel(body))?)
            }
        })
        .await?;
    shop.broker.duplicate(1000);
    shop.order(1000).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert_eq!(shop.base.count_done().await?, (1000, 1000));
    assert!(runs.load(SeqCst) >= 1000);
    let _relay = shop.base.relay(&sink).await?;
    until("all are published", || sink.bodies("parcels").len() >= 1000).await?;
    let mut parcels = sink.bodies("parcels");
    parcels.sort_unstable();
    parcels.dedup();
    assert_eq!((parcels.len(), sink.bodies("parcels").len()), (1000, 1000));
    Ok(())
}

async fn failing(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let attempts = Arc::new(Mutex::new(Vec::new()));
    let seen = attempts.clone();
    let service = shop
        .open(
            policy().with_timeout(Duration::from_millis(500)),
            move |base, order| {
                let seen = seen.clone();
                async move {
                    base.do_it(&order.context, &order.metadata.id).await?;
                    order.context.add(parcel("one"))?;
                    seen.lock().expect("no panic").push(order.metadata.attempt);
                    match order.metadata.attempt {
                        1 => return Err(HandlerError::retry("not now")),
                        2 => panic!("by the test"),
                        3 => sleep(Duration::from_secs(1000)).await,
                        _ => {}
                    }
                    Ok(())
                }
            },
        )
        .await?;
    shop.order(1).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert_eq!(*attempts.lock().expect("no panic"), [1, 2, 3, 4]);
    assert_eq!(shop.base.count_done().await?, (1, 1));
    assert_eq!(shop.base.store().backlog().await?, 1);
    assert_eq!(shop.base.received().await?, 1);
    Ok(())
}

async fn rejected(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let service = shop
        .open(policy(), move |base, order| async move {
            base.do_it(&order.context, &order.metadata.id).await?;
            order.context.add(parcel("one"))?;
            Err(HandlerError::reject("blue"))
        })
        .await?;
    shop.order(1).await?;
    let letters = || shop.broker.published("orders.dead-letters");
    until("it is given up", || !letters().is_empty()).await?;
    service.stop(GRACE).await?;
    assert_eq!(shop.base.count_done().await?, (0, 0));
    assert_eq!(shop.base.store().backlog().await?, 0);
    assert_eq!(shop.base.received().await?, 0);
    // Who sends it again wants it handled.
    let service = shop
        .open(policy(), move |base, order| async move {
            base.do_it(&order.context, &order.metadata.id).await
        })
        .await?;
    shop.send(&letters()).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert_eq!(shop.base.count_done().await?, (1, 1));
    Ok(())
}

/// Handled twice, since nobody keeps track of what is idempotent.
async fn same_ids(database: Database) -> Outcome {
    let (shop, sink) = (Shop::new(database).await?, Sink::new());
    let service = shop
        .open(policy().with_idempotent(true), |base, order| async move {
            base.do_it(&order.context, &order.metadata.id).await?;
            order.context.add(parcel("one"))?;
            order.context.add(parcel("other"))?;
            Ok(())
        })
        .await?;
    shop.broker.duplicate(1);
    shop.order(1).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert_eq!(shop.base.count_done().await?, (2, 1));
    assert_eq!(shop.base.received().await?, 0);
    let _relay = shop.base.relay(&sink).await?;
    until("all are published", || sink.taken("parcels").len() == 4).await?;
    let parcels = sink.taken("parcels");
    let ids = |body: &str| -> Vec<_> {
        let same = parcels
            .iter()
            .filter(|parcel| parcel.body == body.as_bytes());
        same.map(|parcel| parcel.id.clone()).collect()
    };
    let (one, other) = (ids("one"), ids("other"));
    assert_eq!((&one[0], &other[0]), (&one[1], &other[1]));
    assert_ne!(one[0], other[0]);
    Ok(())
}

/// PostgreSQL commits nothing after an error, and does not say so.
async fn passed_over(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let service = shop
        .open(policy(), |base, order| async move {
            base.do_it(&order.context, &order.metadata.id).await?;
            if order.metadata.attempt == 1 {
                let wrong = "insert into nowhere values (1)".to_owned();
                base.within(&order.context, wrong).await.ok();
            }
            if order.metadata.body == "1" {
                order.context.add(parcel("one"))?;
            }
            Ok(())
        })
        .await?;
    shop.order(2).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert_eq!(shop.base.count_done().await?, (2, 2));
    assert_eq!(shop.base.received().await?, 2);
    Ok(())
}

async fn savepoints(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let service = shop
        .open(policy(), |base, order| async move {
            for (id, keeps) in [("kept", true), ("not", false), ("kept too", true)] {
                base.try_it(&order.context, &id.into(), keeps).await?;
            }
            Ok(())
        })
        .await?;
    shop.order(1).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert_eq!(shop.base.count_done().await?, (2, 2));
    Ok(())
}
