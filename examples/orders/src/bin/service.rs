//! The order service: takes commands, answers them, and publishes what happened. Ends at SIGINT or SIGTERM.
use orders_api::{
    CancelOrder, CreateOrder, CreateOrderReply, OrderCancelled, OrderCancelledPayload,
    OrderCreated, OrderCreatedPayload, OrderEventsChannel, OrderId, OrderPeerClient, OrderPlaced,
    OrderPlacedPayload, OrderRejected, OrderRejectedPayload, OrderServer, OrderService, Region,
    RejectReason,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tidings::{HandlerError, Received, Router, codegen::jiff::Timestamp};
use tokio::signal::unix::{SignalKind, signal};

/// How many of one article the shop has.
const IN_STOCK: u16 = 10;

/// Where this shop is.
const EUROPE: OrderEventsChannel = OrderEventsChannel { region: Region::Eu };

/// A shop that keeps nothing but the number of its last order.
struct Shop {
    last: AtomicU32,
    /// Makes what is sent when a handler has returned.
    events: OrderPeerClient,
}

impl OrderService for Shop {
    async fn create_order(
        &self,
        order: Received<CreateOrder>,
    ) -> Result<CreateOrderReply, HandlerError> {
        if let Some(line) = order.lines.iter().find(|line| line.quantity > IN_STOCK) {
            println!("refused {} of {}", line.quantity, line.sku);
            let payload = OrderRejectedPayload::new(RejectReason::OutOfStock).with_sku(&line.sku);
            return Ok(OrderRejected::new(payload).into());
        }
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let order_id: OrderId = format!("O-{number:06}")
            .parse()
            .map_err(HandlerError::reject)?;
        let tenant = order.headers.tenant.clone();
        let mut placed = OrderPlacedPayload::new(order_id.clone(), Timestamp::now());
        placed.labels = tenant.map(|tenant| BTreeMap::from([("tenant".to_owned(), tenant)]));
        let placed = OrderPlaced::from(placed);
        let event = self.events.publish_order_events(&EUROPE, placed);
        order.context.add(event.outgoing()?)?;
        println!("created {order_id} for {}", order.customer);
        Ok(OrderCreated::new(OrderCreatedPayload::new(order_id)).into())
    }

    async fn cancel_order(&self, order: Received<CancelOrder>) -> Result<(), HandlerError> {
        let order_id = order.order_id.clone();
        println!("cancelled {order_id}");
        let cancelled = OrderCancelled::from(OrderCancelledPayload::new(order_id));
        // Sent when this has returned, so that a failure sends nothing.
        let event = self.events.publish_order_events(&EUROPE, cancelled);
        order.context.add(event.outgoing()?)?;
        Ok(())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let (transport, address) = orders::host().await?;
    let shop = Shop {
        last: AtomicU32::new(0),
        events: OrderPeerClient::detached(),
    };

    let mut router = Router::new();
    router.group("orders");
    OrderServer::new(shop).register(&mut router);
    let service = tidings::serve(Arc::clone(&transport), router).await?;
    println!("listening on {address}");

    tokio::select! {
        _ = terminate.recv() => {}
        result = tokio::signal::ctrl_c() => result?,
    }
    service.stop(Duration::from_secs(5)).await?;
    transport.close(Duration::from_secs(5)).await?;
    println!("stopped");
    Ok(())
}
