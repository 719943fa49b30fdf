//! A client of the order service: places an order, has one refused, takes the first back, and hears of it all.
use anyhow::{Context, bail};
use orders_api::{
    CancelOrderPayload, CreateOrder, CreateOrderReply, NewOrder, OrderClient, OrderEvent,
    OrderEventsChannel, OrderId, OrderLine, Pickup, Region,
};
use std::{sync::Arc, time::Duration};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let transport = orders::connect().await?;
    let client = OrderClient::new(Arc::clone(&transport));
    let europe = OrderEventsChannel { region: Region::Eu };
    let mut events = client.subscribe_to_order_events(&europe, None).await?;

    let order = place_order(&client).await?;
    be_refused(&client).await?;
    client
        .cancel_order(CancelOrderPayload::new(order.clone()))
        .await?;
    println!("sent      CancelOrder, which has no reply");

    let mut open = true;
    while open {
        let event = tokio::time::timeout(Duration::from_secs(10), events.next()).await?;
        let event = event.context("the subscription ended")??;
        match &*event {
            OrderEvent::OrderPlaced(placed) if placed.order_id == order => {
                println!("event     {order} was placed")
            }
            OrderEvent::OrderCancelled(cancelled) if cancelled.order_id == order => {
                println!("event     {order} was cancelled");
                open = false;
            }
            // Other clients' orders.
            _ => {}
        }
        event.ack().await?;
    }
    // What has come since is given back, so that closing does not wait for it.
    drop(events);
    transport.close(Duration::from_secs(5)).await?;
    Ok(())
}

async fn place_order(client: &OrderClient) -> anyhow::Result<OrderId> {
    println!("request   CreateOrder, 2 of mug-blue");
    let request = client.create_order(CreateOrder::new(order("mug-blue", 2)).with_tenant("acme"));
    match request.timeout(Duration::from_secs(10)).await? {
        CreateOrderReply::OrderCreated(created) => {
            println!("reply     OrderCreated {}", created.order_id);
            Ok(created.payload.order_id)
        }
        CreateOrderReply::OrderRejected(rejected) => bail!("refused: {}", rejected.reason),
    }
}

async fn be_refused(client: &OrderClient) -> anyhow::Result<()> {
    println!("request   CreateOrder, 500 of mug-blue");
    match client.create_order(order("mug-blue", 500)).await? {
        CreateOrderReply::OrderRejected(rejected) => {
            println!("rejection OrderRejected: {}", rejected.reason)
        }
        CreateOrderReply::OrderCreated(_) => bail!("a shop cannot have that many"),
    }
    Ok(())
}

fn order(sku: &str, quantity: u16) -> NewOrder {
    let lines = vec![OrderLine::new(sku, quantity)];
    NewOrder::new("C-1007", lines, Pickup::new("aarhus-c").into())
}
