//! The order service of ours, which tells what it saw of each message.
use crate::{Outcome, Peer, Said, broker::EUROPE};
use orders_api::{
    CancelOrder, CreateOrder, CreateOrderReply, NewOrder, OrderCancelled, OrderCancelledPayload,
    OrderCreated, OrderCreatedPayload, OrderLine, OrderPeerClient, OrderRejected,
    OrderRejectedPayload, OrderServer, OrderService, Pickup, RejectReason,
};
use std::{sync::Arc, time::Duration};
use tidings::{HandlerError, Layers, Metadata, Received, Router, Service, layers::Traces, serve};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::timeout,
};

/// A shop that has ten of everything.
struct Counter {
    seen: UnboundedSender<Metadata>,
}

impl Counter {
    fn saw(&self, metadata: &Metadata) {
        // Nobody may want to know.
        let _ = self.seen.send(metadata.clone());
    }
}

impl OrderService for Counter {
    async fn create_order(
        &self,
        order: Received<CreateOrder>,
    ) -> Result<CreateOrderReply, HandlerError> {
        self.saw(&order.metadata);
        let Some(line) = order.lines.iter().find(|line| line.quantity > 10) else {
            let order_id = "O-000001".parse()?;
            return Ok(OrderCreated::new(OrderCreatedPayload::new(order_id)).into());
        };
        let rejected = OrderRejectedPayload::new(RejectReason::OutOfStock).with_sku(&line.sku);
        Ok(OrderRejected::new(rejected).into())
    }

    async fn cancel_order(&self, order: Received<CancelOrder>) -> Result<(), HandlerError> {
        self.saw(&order.metadata);
        let order_id = order.order_id.clone();
        let cancelled = OrderCancelled::from(OrderCancelledPayload::new(order_id));
        let events = OrderPeerClient::detached();
        let event = events.publish_order_events(&EUROPE, cancelled);
        order.context.add(event.outgoing()?)?;
        Ok(())
    }
}

/// A service that runs.
pub struct Shop {
    service: Service,
    seen: UnboundedReceiver<Metadata>,
}

impl Shop {
    /// Serves at that broker.
    ///
    /// # Errors
    /// When it cannot subscribe.
    pub async fn open(peer: &Peer) -> Outcome<Self> {
        let (sender, seen) = unbounded_channel();
        let mut router = Router::new();
        router.layers(Layers::new().with(Traces::new()));
        OrderServer::new(Counter { seen: sender }).register(&mut router);
        let service = serve(Arc::clone(&peer.transport), router).await?;
        Ok(Self { service, seen })
    }

    /// What it knows of the request of a reply; what earlier runs have left is passed over.
    ///
    /// # Errors
    /// When it does not handle it.
    pub async fn saw(&mut self, reply: &Said) -> Outcome<Metadata> {
        loop {
            let seen = self.saw_any().await?;
            if seen.correlation_id.as_deref() == reply.correlation.as_deref() {
                return Ok(seen);
            }
        }
    }

    /// What it knows of the next message that it handled.
    ///
    /// # Errors
    /// When it handles none for long.
    pub async fn saw_any(&mut self) -> Outcome<Metadata> {
        let seen = timeout(Duration::from_secs(20), self.seen.recv()).await;
        let seen = seen.map_err(|_| "the service handled nothing")?;
        Ok(seen.ok_or("the service has ended")?)
    }

    /// Ends it.
    ///
    /// # Errors
    /// When it cannot tell the broker what it is done with.
    pub async fn close(self) -> Outcome {
        Ok(self.service.stop(Duration::from_secs(10)).await?)
    }
}

/// An order of so many.
#[must_use]
pub fn order(quantity: u16) -> NewOrder {
    let lines = vec![OrderLine::new("mug-blue", quantity)];
    NewOrder::new("C-1007", lines, Pickup::new("aarhus-c").into())
}
