//! Handlers that get in each other's way: what the database refuses is tried again.
use crate::{
    Outcome,
    database::Base,
    shop::{GRACE, Shop, policy},
    trial,
};
use libtest_mimic::Trial;
use tidings::{Layers, Message, Received};
use tidings_outbox::Database;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![trial(
        "handlers-that-clash-each-count-once",
        database,
        clashing,
    )]
}

/// Transactions that read before they write: of those at the same time, one is let through.
fn strict(database: Database) -> &'static str {
    match database {
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
