//! A shop and its dispatch, each with a database of its own. Three customers order, one of them takes its order back and says so
//! twice, and the dispatch fails at each event once; then the tables say what is there.
mod database;
mod dispatch;
mod place;
mod shop;

use anyhow::bail;
use database::{Db, Store};
use orders_api::{
    CancelOrderPayload, CreateOrderReply, NewOrder, OrderClient, OrderId, OrderLine, Pickup,
};
use place::Place;
use sqlx::Pool;
use std::{sync::Arc, time::Duration};
use tidings::{Client, DynTransport};
use tidings_outbox::Relay;
use tokio::time::sleep;

const GRACE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let place = Place::open(folder.path()).await?;
    let orders = database::open(folder.path(), "shop", shop::TABLES).await?;
    let parcels = database::open(folder.path(), "dispatch", dispatch::TABLES).await?;

    let relay = Relay::new(
        Arc::new(Store::new(orders.clone())),
        place.connect_relay().await?,
    );
    let relay = relay.start().await?;
    let dispatch = dispatch::open(parcels.clone(), place.connect().await?).await?;
    let shop = shop::open(orders.clone(), place.connect().await?, relay.waker()).await?;

    customers(place.connect().await?).await?;
    until(0, &orders, "select count(*) from tidings_outbox").await?;
    until(
        1,
        &parcels,
        "select count(*) from parcels where state = 'unpacked'",
    )
    .await?;
    shop.stop(GRACE).await?;
    dispatch.stop(GRACE).await?;
    relay.stop(GRACE).await?;

    let placed = count(&orders, "select count(*) from orders").await?;
    let cancelled = "select count(*) from orders where state = 'cancelled'";
    println!(
        "the shop has {placed} orders, {} of them cancelled",
        count(&orders, cancelled).await?
    );
    let packed = count(&parcels, "select count(*) from parcels").await?;
    println!("the dispatch has packed {packed} parcels, and unpacked 1 again");
    let received = count(&parcels, "select count(*) from tidings_received").await?;
    println!("it has heard of {received} events, each once");
    Ok(())
}

/// Three orders, one of which is taken back twice.
async fn customers(transport: Arc<dyn DynTransport>) -> anyhow::Result<()> {
    let client = OrderClient::new(transport.clone());
    let mut last = None;
    for customer in ["C-1", "C-2", "C-3"] {
        let order = place_order(&client, customer).await?;
        println!("{customer} has ordered {order}");
        last = Some(order);
    }
    let Some(order_id) = last else { return Ok(()) };
    println!("C-3 takes {order_id} back, by a message that comes twice");
    let cancel = client.cancel_order(CancelOrderPayload::new(order_id));
    let cancel = cancel.outgoing()?;
    let client = Client::new(transport);
    for _ in 0..2 {
        client.publish(&cancel).await?;
    }
    Ok(())
}

/// The reply comes by the outbox too.
async fn place_order(client: &OrderClient, customer: &str) -> anyhow::Result<OrderId> {
    let lines = vec![OrderLine::new("mug-blue", 1)];
    let order = NewOrder::new(customer, lines, Pickup::new("aarhus-c").into());
    match client.create_order(order).timeout(GRACE).await? {
        CreateOrderReply::OrderCreated(created) => Ok(created.payload.order_id),
        CreateOrderReply::OrderRejected(rejected) => bail!("refused: {}", rejected.reason),
    }
}

async fn count(pool: &Pool<Db>, sql: &'static str) -> sqlx::Result<i64> {
    sqlx::query_scalar(sql).fetch_one(pool).await
}

/// Waits until there are so many.
async fn until(expected: i64, pool: &Pool<Db>, sql: &'static str) -> anyhow::Result<()> {
    for _ in 0..600 {
        if count(pool, sql).await? == expected {
            return Ok(());
        }
        sleep(Duration::from_millis(50)).await;
    }
    bail!("`{sql}` has not become {expected}")
}
