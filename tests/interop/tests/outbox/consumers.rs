//! Consumers of theirs, alone and beside ours: what comes twice is done once.
use crate::database::{Base, EUROPE, GRACE, fresh};
use orders_api::{OrderEvent, OrderPeerClient, OrderPlaced, OrderPlacedPayload};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Channel, HandlerError, Layer, Message, Outgoing, Received, Router, codegen::jiff::Timestamp,
    serve,
};
use tidings_interop::{Outcome, Peer};
use tidings_outbox::{append, postgres::InTransaction as _, receive};
use tokio::time::sleep;

fn placed(number: usize) -> Outcome<Outgoing> {
    let placed = OrderPlaced::from(OrderPlacedPayload::new(
        format!("O-{number:06}").parse()?,
        Timestamp::now(),
    ));
    let events = OrderPeerClient::detached();
    Ok(events.publish_order_events(&EUROPE, placed).outgoing()?)
}

/// Writes an order with its event, which is published twice.
async fn place(base: &Base, number: usize, commits: bool) -> Outcome<Outgoing> {
    let placed = placed(number)?;
    let mut transaction = base.pool.begin().await?;
    sqlx::query("insert into orders values ($1)")
        .bind(format!("O-{number:06}"))
        .execute(&mut *transaction)
        .await?;
    append(&mut *transaction, [placed.clone(), placed.clone()]).await?;
    match commits {
        true => transaction.commit().await?,
        false => transaction.rollback().await?,
    }
    Ok(placed)
}

/// Theirs dies after a commit; what comes again then, and what was published twice, is not packed twice. What it noted is noted for
/// ours too.
pub(crate) async fn what_we_commit_it_does_once(peer: Peer) -> Outcome {
    let base = Base::new().await?;
    let (consumer, queue) = (fresh(), format!("dispatch-{}", fresh()));
    let arguments = [&*base.url, &*consumer, &*queue];
    let dies = [&arguments[..], &["7"]].concat();
    let dies = peer.start_and_wait("dispatch", &dies).await?;
    let relay = base.relay(&peer).await?;
    let mut events = Vec::new();
    for number in 1..=30 {
        let commits = number % 3 != 0;
        let placed = place(&base, number, commits).await?;
        if commits {
            events.push(placed);
        }
    }
    assert!(dies.end().await.is_err(), "it did not die");
    let dispatch = peer.start_and_wait("dispatch", &arguments).await?;
    base.until("select count(distinct order_id) = 20 from parcels")
        .await?;
    // What it is to pass over comes before this.
    place(&base, 31, true).await?;
    base.until("select count(*) = 1 from parcels where order_id = 'O-000031'")
        .await?;
    assert_eq!(packed(&base).await?, base.orders().await?);
    dispatch.stop().await?;
    let mut connection = base.pool.acquire().await?;
    for event in events {
        assert!(!receive(&mut *connection, &consumer, &event.message.id).await?);
    }
    Ok(relay.stop(GRACE).await?)
}

/// Both have each event, at about the same time, as one consumer.
pub(crate) async fn of_both_one_does_it(peer: Peer) -> Outcome {
    let base = Base::new().await?;
    let (group, queue) = (fresh(), format!("theirs-{}", fresh()));
    // As the layer of ours names it.
    let consumer = format!("{} {group}", EUROPE.channel().address);
    let mut theirs = peer
        .start_and_wait("dispatch", &[&base.url, &consumer, &queue])
        .await?;
    let (came, mut router) = (Came::default(), Router::new());
    router.group(&group);
    router.layers(base.layers().with(came.clone()));
    router.on(EUROPE.channel(), pack);
    let ours = serve(Arc::clone(&peer.transport), router).await?;
    let relay = base.relay(&peer).await?;
    for number in 1..=50 {
        place(&base, number, true).await?;
    }
    for _ in 1..=100 {
        theirs.next().await?;
    }
    while came.0.load(SeqCst) < 100 {
        sleep(Duration::from_millis(50)).await;
    }
    theirs.stop().await?;
    ours.stop(GRACE).await?;
    assert_eq!(packed(&base).await?, base.orders().await?);
    Ok(relay.stop(GRACE).await?)
}

async fn packed(base: &Base) -> Outcome<Vec<String>> {
    base.texts("select order_id from parcels order by order_id")
        .await
}

/// Counts what comes.
#[derive(Clone, Default)]
struct Came(Arc<AtomicUsize>);

impl Layer for Came {
    fn incoming(&self, _: &Channel, _: &mut Arc<Message>) -> Result<(), HandlerError> {
        self.0.fetch_add(1, SeqCst);
        Ok(())
    }
}

async fn pack(event: Received<OrderEvent>) -> Result<(), HandlerError> {
    let OrderEvent::OrderPlaced(placed) = &event.message else {
        return Ok(());
    };
    let insert = "insert into parcels (order_id, packer) values ($1, 'rust')";
    let insert = sqlx::query(insert).bind(placed.order_id.to_string());
    let done = insert.execute(&mut *event.context.tx().await?).await;
    done.map(drop).map_err(HandlerError::retry)
}
