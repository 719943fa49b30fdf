//! The shop: an order is a row and an event, both or none.
use crate::{EUROPE, writer::Diesel};
use anyhow::bail;
use diesel::ExpressionMethods as _;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _};
use orders_api::{OrderPeerClient, OrderPlaced, OrderPlacedPayload};
use tidings::{Outgoing, codegen::jiff::Timestamp};
use tidings_outbox::append;

pub const TABLES: &str = "create table orders (order_id text primary key, customer text not null)";

diesel::table! {
    orders (order_id) {
        order_id -> Text,
        customer -> Text,
    }
}

/// Takes three orders.
pub async fn open(database: &mut AsyncPgConnection) -> anyhow::Result<()> {
    for (order_id, customer) in [
        ("O-000001", "C-1"),
        ("O-000002", "C-2"),
        ("O-000003", "C-3"),
    ] {
        match place(database, order_id, customer).await {
            Ok(()) => println!("{customer} has ordered {order_id}"),
            Err(error) => println!("{order_id} was rolled back: {error}"),
        }
    }
    Ok(())
}

/// The event of each is written twice, as though it had been published twice.
async fn place(
    database: &mut AsyncPgConnection,
    order_id: &str,
    customer: &str,
) -> anyhow::Result<()> {
    let placed = placed(order_id)?;
    let within = async |database: &mut AsyncPgConnection| {
        let order = (orders::order_id.eq(order_id), orders::customer.eq(customer));
        let insert = diesel::insert_into(orders::table).values(order);
        insert.execute(database).await?;
        append(&mut Diesel(database), [placed.clone(), placed]).await?;
        match customer {
            "C-3" => bail!("C-3 owes us money"),
            _ => Ok(()),
        }
    };
    database.transaction(within).await
}

fn placed(order_id: &str) -> anyhow::Result<Outgoing> {
    let placed = OrderPlaced::from(OrderPlacedPayload::new(order_id.parse()?, Timestamp::now()));
    let events = OrderPeerClient::detached();
    Ok(events.publish_order_events(&EUROPE, placed).outgoing()?)
}
