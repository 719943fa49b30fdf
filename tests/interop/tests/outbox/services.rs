//! Services that write what they did and what they tell of it at once: theirs and ours.
use crate::database::{Base, EUROPE, GRACE, fresh};
use orders_api::{
    CancelOrder, CreateOrder, CreateOrderReply, OrderClient, OrderCreated, OrderCreatedPayload,
    OrderPeerClient, OrderPlaced, OrderPlacedPayload, OrderServer, OrderService,
};
use std::{collections::BTreeSet, sync::Arc};
use tidings::{
    Channel, HandlerError, Received, Router,
    codegen::jiff::Timestamp,
    serve,
    transport::{Ensure, Wanted},
};
use tidings_interop::{Outcome, Peer, order};
use tidings_outbox::postgres::InTransaction as _;

/// By the SQL that is documented: all columns, and as few as a queue needs.
pub(crate) async fn what_it_commits_our_relay_publishes(peer: Peer) -> Outcome {
    let base = Base::new().await?;
    let audit = Channel::point_to_point(format!("audit-{}", fresh()));
    let wanted = [Wanted::channel(audit.clone())];
    peer.transport.ensure(&wanted, Ensure::Create).await?;
    let mut listening = peer.start_and_wait("listen", &[]).await?;
    let hearing = base.hear(&peer.transport).await?;
    let placing = peer.start("place", &[&base.url, &audit.address])?;
    placing.end().await?;
    let relay = base.relay(&peer).await?;

    base.until("select count(*) = 9 from heard").await?;
    base.until("select count(*) = 0 from tidings_outbox")
        .await?;
    let orders = base.orders().await?;
    assert_eq!(orders.len(), 7);
    let placed = "select order_id from heard where event = 'placed' order by order_id";
    assert_eq!(base.texts(placed).await?, orders);
    let both = "select order_id || ' ' || event from heard where order_id in ('O-000005', 'O-000010') order by order_id, number";
    let expected = [
        "O-000005 placed",
        "O-000005 cancelled",
        "O-000010 placed",
        "O-000010 cancelled",
    ];
    assert_eq!(base.texts(both).await?, expected);

    // Those of other orders may come between, which are as many as were written.
    let said = listening.next().await?;
    let mut others = 0;
    while listening.next().await?.about["message_id"] != said.about["message_id"] {
        others += 1;
        assert!(others < 18, "it did not come again");
    }
    for (about, expected) in [
        ("type", "OrderPlaced"),
        ("content_type", "application/json"),
        ("correlation_id", "c-1"),
    ] {
        assert_eq!(peer.about(&said, about), Some(expected), "{said:?}");
    }
    assert_eq!(said.headers["shop"], "aarhus-c");
    assert_eq!(said.headers["tidings-key"], "O-000001");
    assert_eq!(said.json()?["orderId"], "O-000001");
    let mut auditing = peer.start("take", &[&audit.address])?;
    for order in &orders {
        assert_eq!(auditing.next().await?.json()?["orderId"], **order);
    }
    hearing.stop(GRACE).await?;
    Ok(relay.stop(GRACE).await?)
}

/// A service of theirs, which dies after its commit: the command comes again, and is not carried out again.
pub(crate) async fn it_serves_what_we_ask(peer: Peer) -> Outcome {
    let base = Base::new().await?;
    let hearing = base.hear(&peer.transport).await?;
    let relay = base.relay(&peer).await?;
    let arguments = [&*base.url, "their shop"];
    let dies = [&arguments[..], &["1"]].concat();
    let dies = peer.start_and_wait("shop", &dies).await?;
    let client = OrderClient::new(Arc::clone(&peer.transport));
    let mut asked = BTreeSet::from([ask(&client).await?]);
    assert!(dies.end().await.is_err(), "it did not die");
    let shop = peer.start_and_wait("shop", &arguments).await?;
    for _ in 0..3 {
        asked.insert(ask(&client).await?);
    }
    let orders = base.orders().await?;
    assert_eq!(asked.len(), 4);
    assert!(asked.iter().all(|order| orders.contains(order)));
    // What earlier runs have left is carried out too.
    let received = "select message_id from tidings_received where consumer = 'their shop'";
    assert_eq!(base.texts(received).await?.len(), orders.len());
    base.until("select count(*) = (select count(*) from orders) from heard")
        .await?;
    let heard = base.texts("select order_id from heard order by order_id");
    assert_eq!(heard.await?, orders);
    shop.stop().await?;
    hearing.stop(GRACE).await?;
    Ok(relay.stop(GRACE).await?)
}

async fn ask(client: &OrderClient) -> Outcome<String> {
    match client.create_order(order(1)).timeout(GRACE).await? {
        CreateOrderReply::OrderCreated(created) => Ok(created.order_id.to_string()),
        CreateOrderReply::OrderRejected(_) => Err("it was refused".into()),
    }
}

/// An order is a row, an event and a reply, all three or none.
struct Counter;

impl OrderService for Counter {
    async fn create_order(
        &self,
        order: Received<CreateOrder>,
    ) -> Result<CreateOrderReply, HandlerError> {
        let insert = "insert into orders select 'O-' || lpad((count(*) + 1)::text, 6, '0') from orders returning order_id";
        let mut tx = order.context.tx().await?;
        let order_id = sqlx::query_scalar(insert).fetch_one(&mut *tx).await;
        let order_id: String = order_id.map_err(HandlerError::retry)?;
        drop(tx);
        let order_id: orders_api::OrderId = order_id.parse()?;
        let placed = OrderPlaced::from(OrderPlacedPayload::new(order_id.clone(), Timestamp::now()));
        let events = OrderPeerClient::detached();
        let placed = events.publish_order_events(&EUROPE, placed);
        order.context.add(placed.outgoing()?)?;
        match order.metadata.attempt {
            1 => Err(HandlerError::retry("once, after it has written")),
            _ => Ok(OrderCreated::new(OrderCreatedPayload::new(order_id)).into()),
        }
    }

    async fn cancel_order(&self, _: Received<CancelOrder>) -> Result<(), HandlerError> {
        Ok(())
    }
}

/// A service of ours, whose events are received by a dispatch of theirs.
pub(crate) async fn we_serve_what_it_asks(peer: Peer) -> Outcome {
    let base = Base::new().await?;
    let (consumer, queue) = (fresh(), format!("dispatch-{}", fresh()));
    let dispatch = peer
        .start_and_wait("dispatch", &[&base.url, &consumer, &queue])
        .await?;
    let mut router = Router::new();
    router.layers(base.layers());
    OrderServer::new(Counter).register(&mut router);
    let shop = serve(Arc::clone(&peer.transport), router).await?;
    let relay = base.relay(&peer).await?;
    let mut asking = peer.start("ask", &["plain", "plain"])?;
    let replies = [asking.next().await?, asking.next().await?];
    asking.end().await?;
    let orders = base.orders().await?;
    for reply in &replies {
        assert_eq!(peer.about(reply, "type"), Some("OrderCreated"));
        let created = reply.json()?["orderId"].to_string();
        assert!(orders.contains(&created.trim_matches('"').to_owned()));
    }
    base.until("select count(*) >= 2 and count(*) = (select count(*) from orders) from parcels")
        .await?;
    let packed = base.texts("select order_id from parcels order by order_id");
    assert_eq!(packed.await?, base.orders().await?);
    dispatch.stop().await?;
    shop.stop(GRACE).await?;
    Ok(relay.stop(GRACE).await?)
}
