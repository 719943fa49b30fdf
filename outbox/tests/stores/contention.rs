//! Handlers that get in each other's way: what the database refuses is tried again.
use crate::{
    Outcome,
    database::Base,
    shop::{GRACE, Shop, fatal, parcel, policy},
    trial,
};
use libtest_mimic::Trial;
use std::time::Duration;
use tidings::{HandlerError, Layers, Message, Received};
use tidings_outbox::Database;
use tokio::time::sleep;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![
        trial("handlers-that-clash-each-count-once", database, clashing),
        trial("waiting-for-a-connection-is-no-attempt", database, waiting),
        trial(
            "a-connection-that-lost-its-transaction-is-no-obstacle",
            database,
            confused,
        ),
        trial(
            "what-the-database-rolled-back-is-not-published",
            database,
            rolled_back,
        ),
        trial(
            "what-the-database-committed-in-the-middle-is-handled-again",
            database,
            committed,
        ),
        trial(
            "what-is-cut-off-leaves-its-session-as-it-was",
            database,
            cut_off,
        ),
    ]
}

/// Transactions that read before they write: of those at the same time, one is let through.
fn strict(database: Database) -> &'static str {
    match database {
        Database::MySql => "set transaction isolation level serializable; start transaction",
        Database::Postgres => "begin isolation level serializable",
        _ => "begin",
    }
}

async fn clashing(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    shop.base
        .execute("create table counter (count bigint not null); insert into counter values (0)")
        .await?;
    let layers = Layers::new().with_shared(shop.base.beginning(strict(database)));
    let handler =
        |base: Base, order: Received<Message>| async move { base.count_up(&order.context).await };
    let service = shop
        .open_with(layers, policy().with_attempts(1000), handler)
        .await?;
    shop.broker.duplicate(200);
    shop.order(200).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert!(shop.broker.published("orders.dead-letters").is_empty());
    assert_eq!(shop.base.counted().await?, 200);
    assert_eq!(shop.base.received().await?, 200);
    Ok(())
}

async fn waiting(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let (layer, held) = shop.base.narrow().await?;
    let layers = Layers::new().with_shared(layer);
    let handler = |base: Base, order: Received<Message>| async move {
        base.do_it(&order.context, &order.metadata.id).await
    };
    let service = shop
        .open_with(layers, policy().with_attempts(1), handler)
        .await?;
    shop.order(3).await?;
    sleep(Duration::from_millis(500)).await;
    assert_eq!(shop.base.count_done().await?, (0, 0));
    drop(held);
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert!(shop.broker.published("orders.dead-letters").is_empty());
    assert_eq!(shop.base.count_done().await?, (3, 3));
    Ok(())
}

/// Of the only connection.
async fn confused(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let (layer, held) = shop.base.narrow().await?;
    drop(held);
    let layers = Layers::new().with_shared(layer);
    let handler = move |base: Base, order: Received<Message>| async move {
        base.do_it(&order.context, &order.metadata.id).await?;
        if order.metadata.attempt < 3 {
            base.within(&order.context, fatal(database).to_owned())
                .await
                .ok();
        }
        Ok(())
    };
    let service = shop
        .open_with(layers, policy().with_attempts(3), handler)
        .await?;
    shop.order(5).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    let letters = shop.broker.published("orders.dead-letters");
    assert!(letters.is_empty(), "{letters:?}");
    assert_eq!(shop.base.count_done().await?, (5, 5));
    Ok(())
}

/// The handler passes over what ended its transaction, goes on, and decides otherwise in the end.
async fn rolled_back(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let handler = move |base: Base, order: Received<Message>| async move {
        let (context, id) = (&order.context, &order.metadata.id);
        base.do_it(context, id).await?;
        if order.metadata.attempt == 3 {
            return Err(HandlerError::reject("not any more"));
        }
        base.within(context, fatal(database).to_owned()).await.ok();
        base.do_it(context, id).await.ok();
        Ok(context.add(parcel("early"))?)
    };
    let service = shop.open(policy().with_attempts(5), handler).await?;
    shop.order(3).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert_eq!(shop.broker.published("orders.dead-letters").len(), 3);
    assert_eq!(shop.base.count_done().await?, (0, 0));
    assert_eq!(shop.base.store().backlog().await?, 0);
    assert_eq!(shop.base.received().await?, 0);
    shop.base.others_commit(database).await
}

/// By a statement that does so in MySQL, with the note of what was received.
async fn committed(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    shop.base
        .execute("create table staging (id integer)")
        .await?;
    let handler = move |base: Base, order: Received<Message>| async move {
        let (context, id) = (&order.context, &order.metadata.id);
        let truncate = match database {
            Database::Sqlite => "delete from staging",
            _ => "truncate table staging",
        };
        if order.metadata.attempt < 3 {
            base.within(context, truncate.to_owned()).await?;
        }
        if order.metadata.attempt == 1 {
            return Err(HandlerError::retry("not yet"));
        }
        base.do_it(context, id).await?;
        Ok(context.add(parcel("one"))?)
    };
    let service = shop.open(policy().with_attempts(5), handler).await?;
    shop.broker.duplicate(3);
    shop.order(3).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    let letters = shop.broker.published("orders.dead-letters");
    assert!(letters.is_empty(), "{letters:?}");
    assert_eq!(shop.base.count_done().await?, (3, 3));
    assert_eq!(shop.base.store().backlog().await?, 3);
    shop.base.others_commit(database).await
}

async fn cut_off(database: Database) -> Outcome {
    let shop = Shop::new(database).await?;
    let handler = move |base: Base, order: Received<Message>| async move {
        base.do_it(&order.context, &order.metadata.id).await?;
        if order.metadata.attempt == 1 {
            std::future::pending::<()>().await;
        }
        Ok(())
    };
    let policy = policy()
        .with_attempts(10)
        .with_timeout(Duration::from_millis(300));
    let service = shop.open(policy, handler).await?;
    shop.order(3).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert_eq!(shop.base.count_done().await?, (3, 3));
    shop.base.others_commit(database).await
}
