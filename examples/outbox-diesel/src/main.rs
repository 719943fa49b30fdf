//! A shop on diesel: an order and its event are one transaction. A relay publishes what was committed, and the dispatch, on diesel
//! too, packs each order once however often it hears of it.
mod dispatch;
mod shop;
mod writer;

use anyhow::Context as _;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _};
use orders_api::{OrderEventsChannel, Region};
use sqlx::postgres::{PgConnectOptions, PgPool};
use std::{env, sync::Arc, time::Duration};
use tidings::Memory;
use tidings_outbox::{Database, Relay, postgres::PostgresStore, schema};
use tokio::time::sleep;

/// Where this shop is.
const EUROPE: OrderEventsChannel = OrderEventsChannel { region: Region::Eu };

const GRACE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = env::var("DATABASE_URL").context("`DATABASE_URL` is to say where PostgreSQL is")?;
    let mut shop = connect(&url).await?;
    make_tables(&mut shop).await?;

    // A broker would stand here; this one is within the program.
    let broker = Arc::new(Memory::new());
    let dispatch = dispatch::open(connect(&url).await?, broker.clone()).await?;
    let options: PgConnectOptions = url.parse()?;
    let pool = PgPool::connect_with(options.options([("search_path", "shop_diesel")])).await?;
    let relay = Relay::new(Arc::new(PostgresStore::new(pool.clone())), broker);
    let relay = relay.start().await?;

    shop::open(&mut shop).await?;
    until(&pool, "select count(*) = 0 from tidings_outbox").await?;
    until(&pool, "select count(*) = 2 from parcels").await?;
    relay.stop(GRACE).await?;
    dispatch.stop(GRACE).await?;

    let parcels: Vec<String> = sqlx::query_scalar("select order_id from parcels order by order_id")
        .fetch_all(&pool)
        .await?;
    println!("the dispatch has packed {}", parcels.join(" and "));
    Ok(())
}

/// A connection, in the schema of this program.
async fn connect(url: &str) -> anyhow::Result<AsyncPgConnection> {
    let mut connection = AsyncPgConnection::establish(url).await?;
    connection
        .batch_execute("set search_path = shop_diesel")
        .await?;
    Ok(connection)
}

/// Anew, with those of the outbox, which `tidings outbox schema --db postgres` prints for a migration of yours.
async fn make_tables(connection: &mut AsyncPgConnection) -> anyhow::Result<()> {
    let anew = "drop schema if exists shop_diesel cascade; create schema shop_diesel";
    for sql in [
        anew,
        schema(Database::Postgres),
        shop::TABLES,
        dispatch::TABLES,
    ] {
        connection.batch_execute(sql).await?;
    }
    Ok(())
}

async fn until(pool: &PgPool, sql: &'static str) -> anyhow::Result<()> {
    for _ in 0..600 {
        if sqlx::query_scalar(sql).fetch_one(pool).await? {
            return Ok(());
        }
        sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("never: `{sql}`")
}
