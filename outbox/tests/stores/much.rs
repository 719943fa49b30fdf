//! A consumer that has received much, in a database that has not counted it yet.
use crate::{
    Outcome,
    database::Base,
    shop::{GRACE, Shop, policy},
    trial,
};
use libtest_mimic::Trial;
use sqlx::PgPool;
use std::time::Duration;
use tidings::{Message, Received};
use tidings_outbox::Database;
use tokio::time::sleep;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![trial(
        "what-was-received-is-found-by-its-key-without-statistics",
        database,
        by_key,
    )]
}

const RECEIVED: &str = "alter table tidings_received set (autovacuum_enabled = false); \
     insert into tidings_received (consumer, message_id, received_ms) \
     select 'orders', n, extract(epoch from now()) * 1000 from generate_series(1, 20000) n";

/// What handlers have the database read of all that, by an index or without.
const READ: &str = "select (select sum(idx_tup_read) from pg_stat_user_indexes where relname = 'tidings_received')::bigint \
     + (select seq_tup_read from pg_stat_user_tables where relname = 'tidings_received')";

async fn by_key(database: Database) -> Outcome {
    const ORDERS: usize = 20;
    let shop = Shop::new(database).await?;
    shop.base.execute(RECEIVED).await?;
    let handler = |base: Base, order: Received<Message>| async move {
        base.do_it(&order.context, &order.metadata.id).await
    };
    let service = shop.open(policy(), handler).await?;
    shop.order(ORDERS).await?;
    shop.broker.settled().await;
    service.stop(GRACE).await?;
    assert_eq!(shop.base.count_done().await?, (20, 20));
    let url = shop.base.url();
    // Sessions tell what they have read at their end.
    if let Base::Postgres(pool) = &shop.base {
        pool.close().await;
    }
    let pool = PgPool::connect(&url).await?;
    sleep(Duration::from_millis(500)).await;
    let read: i64 = sqlx::query_scalar(READ).fetch_one(&pool).await?;
    assert!(read < 1000, "{read} rows were read for {ORDERS} orders");
    Ok(())
}
