//! Events, published or received by a program of others.
use super::TRACE;
use crate::{Outcome, Peer, broker::EUROPE};
use orders_api::{
    OrderCancelled, OrderCancelledPayload, OrderClient, OrderEvent, OrderPeerClient, OrderPlaced,
    OrderPlacedPayload,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tidings::{Delivery, MessageId, ReceiveError, Subscription, codegen::jiff::Timestamp};
use tokio::time::timeout;

/// How long an event may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the program publishes, in their order.
const KINDS: [&str; 6] = ["plain", "ambiguous", "unknown", "broken", "named", "full"];

type Received = Result<Delivery<OrderEvent>, ReceiveError>;

async fn next(events: &mut Subscription<OrderEvent>) -> Outcome<Received> {
    let event = timeout(PATIENCE, events.next()).await;
    let event = event.map_err(|_| "no event came")?;
    Ok(event.ok_or("the subscription ended")?)
}

/// Events of a producer of others are what the document says, whatever else it tells of them; those that are not are told.
pub(super) async fn foreign_events_are_received(peer: Peer) -> Outcome {
    let client = OrderClient::new(Arc::clone(&peer.transport));
    let mut events = client.subscribe_to_order_events(&EUROPE, None).await?;
    let publishing = peer.start("publish", &KINDS)?;

    let plain = next(&mut events).await??;
    assert_eq!(
        (&plain.metadata().name, &plain.metadata().key),
        (&None, &None)
    );
    assert!(
        matches!(&*plain, OrderEvent::OrderCancelled(event) if event.order_id.as_str() == "O-000008")
    );
    plain.ack().await?;
    // The unknown one is for others.
    for expected in ["could be any of", "EOF while parsing"] {
        match next(&mut events).await? {
            Err(ReceiveError::Invalid(invalid)) => assert!(invalid.to_string().contains(expected)),
            other => panic!("it is not told to be wrong: {other:?}"),
        }
    }
    let named = next(&mut events).await??;
    is_placed(&named);
    named.ack().await?;
    let full = next(&mut events).await??;
    is_placed(&full);
    is_full(&full);
    full.ack().await?;
    publishing.end().await
}

fn is_placed(event: &Delivery<OrderEvent>) {
    let OrderEvent::OrderPlaced(placed) = &**event else {
        panic!("another event: {:?}", event.metadata());
    };
    assert_eq!(placed.order_id.to_string(), "O-000007");
}

fn is_full(event: &Delivery<OrderEvent>) {
    let metadata = event.metadata();
    assert_eq!(metadata.id, MessageId::from("event-1"));
    assert_eq!(metadata.name.as_deref(), Some("OrderPlaced"));
    assert_eq!(metadata.content_type.as_deref(), Some("application/json"));
    assert_eq!(metadata.correlation_id.as_deref(), Some("c-1"));
    let header = |name| {
        metadata
            .header(name)
            .map(|text| String::from_utf8_lossy(text))
    };
    assert_eq!(header("shop").as_deref(), Some("aarhus-c"));
    assert_eq!(header("copies").as_deref(), Some("3"));
    assert!(header("traceparent").is_some_and(|trace| trace.contains(TRACE)));
}

/// A consumer of others gets our events with all that is known of them.
pub(super) async fn our_events_are_received(peer: Peer) -> Outcome {
    let mut listening = peer.start_and_wait("listen", &[]).await?;
    let events = OrderPeerClient::new(Arc::clone(&peer.transport));
    let at: Timestamp = "2026-03-01T09:30:00Z".parse()?;
    let placed = OrderPlacedPayload::new("O-000003".parse()?, at);
    events
        .publish_order_events(&EUROPE, OrderPlaced::from(placed))
        .await?;
    let cancelled = OrderCancelledPayload::new("O-000003".parse()?);
    events
        .publish_order_events(&EUROPE, OrderCancelled::from(cancelled))
        .await?;

    let placed = listening.next().await?;
    assert_eq!(
        placed.json()?,
        json!({ "orderId": "O-000003", "placedAt": "2026-03-01T09:30:00Z" })
    );
    let cancelled = listening.next().await?;
    assert_eq!(cancelled.json()?, json!({ "orderId": "O-000003" }));
    for (said, name) in [(&placed, "OrderPlaced"), (&cancelled, "OrderCancelled")] {
        assert_eq!(peer.about(said, "type"), Some(name), "{said:?}");
        assert_eq!(peer.about(said, "content_type"), Some("application/json"));
        assert!(
            peer.about(said, "message_id")
                .is_some_and(|id| id.len() == 36)
        );
        let key = said.key.as_ref().or(said.headers.get("tidings-key"));
        assert_eq!(key.map(String::as_str), Some("O-000003"));
    }
    Ok(())
}
