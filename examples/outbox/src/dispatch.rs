//! The dispatch: packs a parcel for each order that was placed, once however often it hears of it.
use crate::{
    database::{Db, InTransaction as _},
    place::EUROPE,
};
use orders_api::OrderEvent;
use sqlx::{Pool, QueryBuilder};
use std::sync::Arc;
use tidings::{DynTransport, HandlerError, Layers, Received, Router, Service};
use tidings_outbox::Transactional;

/// Beside those of the outbox. Nothing here keeps a parcel from being packed twice.
pub const TABLES: &str =
    "create table parcels (order_id varchar(20) not null, state varchar(20) not null);";

async fn hear(event: Received<OrderEvent>) -> Result<(), HandlerError> {
    let mut query = match &event.message {
        OrderEvent::OrderPlaced(placed) => {
            let mut insert = QueryBuilder::<Db>::new("insert into parcels (order_id, state)");
            insert
                .push(" values (")
                .push_bind(placed.order_id.to_string());
            insert.push(", 'packed')");
            insert
        }
        OrderEvent::OrderCancelled(cancelled) => {
            let mut update = QueryBuilder::<Db>::new("update parcels set state = 'unpacked'");
            update.push(" where order_id = ");
            update.push_bind(cancelled.order_id.to_string());
            update
        }
        _ => return Ok(()),
    };
    let done = query.build().execute(&mut *event.context.tx().await?).await;
    done.map_err(HandlerError::retry)?;
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
