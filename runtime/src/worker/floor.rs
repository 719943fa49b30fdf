//! What all that is at work on a channel shares.
use super::guard::guarded;
use crate::{
    Context, DynTransport, Layers, Str, ids::One, layer::Handling, router::Route, run::Run,
    transport::Incoming,
};
use std::sync::Arc;
use tokio::sync::watch;

pub(super) struct Floor {
    pub(super) transport: Arc<dyn DynTransport>,
    pub(super) route: Route,
    pub(super) layers: Layers,
    /// Whether what is rejected is left to the broker, which keeps it itself, or has no queue that it could lie in.
    pub(super) native_dead_letter: bool,
    /// Makes the ids of replies.
    pub(super) replies: One,
    /// Becomes true when the service stops.
    pub(super) stopped: watch::Receiver<bool>,
}

impl Floor {
    pub(super) fn new(
        transport: Arc<dyn DynTransport>,
        mut route: Route,
        layers: Layers,
        native_dead_letter: bool,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        // Counted for each message: shared with workers on other threads, all of them would wait for that count.
        route.channel.address = Str::from(&*route.channel.address);
        Self {
            transport,
            replies: One::new(&route.consumer, "reply"),
            layers,
            native_dead_letter,
            stopped,
            route,
        }
    }

    /// A new place for a handler to run in.
    pub(super) fn make_place(&self, handler: usize) -> Option<Box<dyn Run>> {
        let handler = self.route.handler(handler)?;
        let timeout = self.route.policy.timeout;
        Some((handler.make)(Context::within(
            self.stopped.clone(),
            timeout,
        )))
    }

    /// The address of the channel.
    pub(super) fn own_address(&self) -> &str {
        &self.route.channel.address
    }

    /// Tells layers something, which may go wrong in them.
    pub(super) fn tell(&self, tells: impl FnOnce(&Layers)) {
        if !self.layers.is_empty() {
            guarded(self.own_address(), || tells(&self.layers)).ok();
        }
    }

    /// The address that a message came by.
    pub(super) fn address<'a>(&'a self, incoming: &'a Incoming) -> &'a Str {
        let own = incoming.address.as_ref();
        own.unwrap_or(&self.route.channel.address)
    }

    /// What layers see of a message at work.
    pub(super) fn handling(&self, incoming: &Incoming, attempt: u32) -> Handling {
        Handling {
            channel: self.route.channel.clone(),
            address: self.address(incoming).clone(),
            message: incoming.message.clone(),
            attempt,
            consumer: self.route.consumer.clone(),
            idempotent: self.route.policy.idempotent,
        }
    }
}
