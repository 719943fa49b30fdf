//! The dispatch: packs a parcel for each order that was placed, once however often it hears of it.
use crate::{
    database::{Db, InTransaction as _},
    place::EUROPE,
};
use orders_api::OrderEvent;
use sqlx::Pool;
use std::sync::Arc;
use tidings::{DynTransport, HandlerError, Layers, Received, Router, Service};
use tidings_outbox::Transactional;

/// Beside those of the outbox. Nothing here keeps a parcel from being packed twice.
pub const TABLES: &str = "create table parcels (order_id text not null, state text not null);";

async fn hear(event: Received<OrderEvent>) -> Result<(), HandlerError> {
    let (order_id, sql) = match &event.message {
        OrderEvent::OrderPlaced(placed) => (
            &placed.order_id,
            "insert into parcels (order_id, state) values ($1, 'packed')",
        ),
        OrderEvent::OrderCancelled(cancelled) => (
            &cancelled.order_id,
            "update parcels set state = 'unpacked' where order_id = $1",
        ),
        _ => return Ok(()),
    };
    let mut tx = event.context.tx().await?;
    let query = sqlx::query(sql).bind(order_id.to_string());
    let query = query.execute(&mut *tx).await;
    query.map_err(HandlerError::retry)?;
    // The first try packs, and then fails: its parcel is not there.
    if event.metadata.attempt == 1 {
        return Err(HandlerError::retry("the label printer was out of paper"));
    }
    Ok(())
}

/// Serves it.
pub async fn open(pool: Pool<Db>, transport: Arc<dyn DynTransport>) -> tidings::Result<Service> {
    let mut router = Router::new();
    router.group("dispatch");
    router.layers(Layers::new().with(Transactional::new(pool)));
    router.on(EUROPE.channel(), hear);
    tidings::serve(transport, router).await
}
