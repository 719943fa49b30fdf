//! The dispatch: packs a parcel for each order that was placed, once however often it hears of it.
use crate::{EUROPE, writer::Diesel};
use diesel::ExpressionMethods as _;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _};
use orders_api::OrderEvent;
use std::sync::Arc;
use tidings::{DynTransport, HandlerError, MessageId, Received, Router, Service};
use tidings_outbox::receive;
use tokio::sync::Mutex;

/// Nothing here keeps a parcel from being packed twice.
pub const TABLES: &str = "create table parcels (order_id text not null)";

diesel::table! {
    parcels (order_id) {
        order_id -> Text,
    }
}

/// Serves it. A service of more than one connection has a pool here.
pub async fn open(
    database: AsyncPgConnection,
    transport: Arc<dyn DynTransport>,
) -> tidings::Result<Service> {
    let database = Arc::new(Mutex::new(database));
    let mut router = Router::new();
    router.group("dispatch");
    router.on(EUROPE.channel(), move |event: Received<OrderEvent>| {
        let database = database.clone();
        async move {
            let OrderEvent::OrderPlaced(placed) = &event.message else {
                return Ok(());
            };
            let order = placed.order_id.to_string();
            let packed = pack(&mut *database.lock().await, &event.metadata.id, &order).await;
            packed.map_err(HandlerError::retry)
        }
    });
    tidings::serve(transport, router).await
}

/// The message is settled after this was committed.
async fn pack(database: &mut AsyncPgConnection, id: &MessageId, order: &str) -> anyhow::Result<()> {
    let within = async |database: &mut AsyncPgConnection| {
        if receive(&mut Diesel(database), "dispatch", id).await? {
            let insert = diesel::insert_into(parcels::table).values(parcels::order_id.eq(order));
            insert.execute(database).await?;
        }
        anyhow::Ok(())
    };
    database.transaction(within).await
}
