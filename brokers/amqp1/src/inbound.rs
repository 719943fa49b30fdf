//! The end of a link that messages are received by.
use fe2o3_amqp::Receiver;
use std::ops::{Deref, DerefMut};
use tokio::runtime::Handle;

/// A receiver that, dropped, ends nothing that is to outlive it: of itself it tells the broker that it is over for good, which deletes the
/// queue of a group.
pub(crate) struct Inbound {
    /// None once it has ended.
    receiver: Option<Receiver>,
    /// Whether what it receives from outlives it.
    kept: bool,
}

impl Inbound {
    pub(crate) fn new(receiver: Receiver, kept: bool) -> Self {
        let receiver = Some(receiver);
        Self { receiver, kept }
    }

    /// Ends it, and waits for the broker's word.
    pub(crate) async fn end(mut self) {
        match self.receiver.take() {
            Some(receiver) if self.kept => drop(receiver.detach().await),
            Some(receiver) => drop(receiver.close().await),
            None => {}
        }
    }
}

impl Drop for Inbound {
    fn drop(&mut self) {
        let Some(receiver) = self.receiver.take().filter(|_| self.kept) else {
            return;
        };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async { drop(receiver.detach().await) })),
            // Nothing speaks for it any more, so that it ends with its connection.
            Err(_) => std::mem::forget(receiver),
        }
    }
}

const THERE: &str = "it is there until it ends";

impl Deref for Inbound {
    type Target = Receiver;

    fn deref(&self) -> &Receiver {
        self.receiver.as_ref().expect(THERE)
    }
}

impl DerefMut for Inbound {
    fn deref_mut(&mut self) -> &mut Receiver {
        self.receiver.as_mut().expect(THERE)
    }
}

#[cfg(test)]
mod tests {
    use crate::{fake, inlet::open_at, place::Inward};
    use fe2o3_amqp::link::DetachError;
    use tidings::{Channel, transport::Group};

    /// What the broker is told where a link to that is dropped.
    async fn told(channel: &Channel, group: Option<&str>) -> DetachError {
        let (core, mut links) = fake::connected().await;
        let place = Inward::of(channel, &Group::named(group), &core.offer).unwrap();
        let opened = open_at(&core, &place, core.patience()).await.unwrap();
        drop(opened);
        links.recv().await.unwrap().on_detach().await
    }

    #[tokio::test]
    async fn a_group_outlives_a_link_that_is_dropped() {
        let topic = Channel::publish_subscribe("a");
        let of_group = told(&topic, Some("g")).await;
        assert!(
            !matches!(of_group, DetachError::ClosedByRemote),
            "{of_group:?}"
        );
        let alone = told(&topic, None).await;
        assert!(matches!(alone, DetachError::ClosedByRemote), "{alone:?}");
    }
}
