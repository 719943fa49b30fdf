//! The shop: an order is a row, an event and a reply, all three or none.
use crate::{
    database::{Db, InTransaction as _},
    place::EUROPE,
};
use orders_api::{
    CancelOrder, CreateOrder, CreateOrderReply, OrderCancelled, OrderCancelledPayload,
    OrderCreated, OrderCreatedPayload, OrderId, OrderPeerClient, OrderPlaced, OrderPlacedPayload,
    OrderServer, OrderService,
};
use sqlx::{Pool, QueryBuilder};
use std::sync::Arc;
use tidings::{
    DynTransport, HandlerError, Layers, Received, Router, Service, codegen::jiff::Timestamp,
};
use tidings_outbox::{Transactional, Waker};

/// Beside those of the outbox.
pub const TABLES: &str = "
    create table orders (order_id varchar(20) primary key, customer varchar(100) not null, state varchar(20) not null);
";

/// Keeps all that it has in its database, what it sends too.
struct Shop {
    events: OrderPeerClient,
}

impl OrderService for Shop {
    async fn create_order(
        &self,
        order: Received<CreateOrder>,
    ) -> Result<CreateOrderReply, HandlerError> {
        let order_id = insert(&order).await?;
        let placed = OrderPlaced::from(OrderPlacedPayload::new(order_id.clone(), Timestamp::now()));
        let event = self.events.publish_order_events(&EUROPE, placed);
        order.context.add(event.outgoing()?)?;
        Ok(OrderCreated::new(OrderCreatedPayload::new(order_id)).into())
    }

    async fn cancel_order(&self, order: Received<CancelOrder>) -> Result<(), HandlerError> {
        let order_id = order.order_id.clone();
        let mut cancel = QueryBuilder::<Db>::new("update orders set state = 'cancelled'");
        cancel.push(" where state = 'placed' and order_id = ");
        let cancel = cancel.push_bind(order_id.to_string()).build();
        let cancelled = cancel.execute(&mut *order.context.tx().await?).await;
        let cancelled = cancelled.map_err(HandlerError::retry)?;
        if cancelled.rows_affected() == 0 {
            return Err(HandlerError::reject(format!(
                "no order {order_id} to cancel"
            )));
        }
        let cancelled = OrderCancelled::from(OrderCancelledPayload::new(order_id));
        let event = self.events.publish_order_events(&EUROPE, cancelled);
        order.context.add(event.outgoing()?)?;
        Ok(())
    }
}

/// Two that take the same number are one that is told, and tried again.
async fn insert(order: &Received<CreateOrder>) -> Result<OrderId, HandlerError> {
    let mut tx = order.context.tx().await?;
    let count = sqlx::query_scalar("select count(*) from orders").fetch_one(&mut *tx);
    let count: i64 = count.await.map_err(HandlerError::retry)?;
    let order_id: OrderId = format!("O-{:06}", count + 1)
        .parse()
        .map_err(HandlerError::reject)?;
    // Each database writes parameters in its own way, which this knows.
    let mut insert = QueryBuilder::<Db>::new("insert into orders (order_id, customer, state)");
    insert.push(" values (").push_bind(order_id.to_string());
    insert.push(", ").push_bind(&order.customer);
    insert.push(", 'placed')");
    let inserted = insert.build().execute(&mut *tx).await;
    inserted.map_err(HandlerError::retry)?;
    Ok(order_id)
}

/// Serves it; the relay of this process is woken by each commit.
pub async fn open(
    pool: Pool<Db>,
    transport: Arc<dyn DynTransport>,
    relay: Waker,
) -> tidings::Result<Service> {
    let mut router = Router::new();
    router.layers(Layers::new().with(Transactional::new(pool).waking(relay)));
    let events = OrderPeerClient::detached();
    OrderServer::new(Shop { events }).register(&mut router);
    tidings::serve(transport, router).await
}
