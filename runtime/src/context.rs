//! What a handler is given beside its message.
use crate::{Channel, MessageId, Outgoing, SendError, TypedMessage, outgoing};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};
use uuid::Uuid;

/// Collects what a handler sends. It goes out once the handler has returned without an error; where that fails for the moment
/// it is tried again, without running the handler again. Cheap to clone; clones collect together.
#[derive(Clone, Default)]
pub struct Context {
    collected: Arc<Mutex<Vec<Outgoing>>>,
}

impl Context {
    /// Sends a message when the handler has returned.
    ///
    /// # Errors
    /// When the message is not what the document says.
    pub fn send<M: TypedMessage>(&self, channel: &Channel, message: &M) -> Result<(), SendError> {
        self.add(outgoing(channel, message)?);
        Ok(())
    }

    /// Sends what was made already, when the handler has returned.
    pub fn add(&self, outgoing: Outgoing) {
        self.lock().push(outgoing);
    }

    /// What was collected so far.
    pub(crate) fn take(&self) -> Vec<Outgoing> {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Outgoing>> {
        self.collected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("collected", &self.lock().len())
            .finish()
    }
}

/// Makes the ids of what a consumer sends because of a message: they depend on that message, the consumer and their order only,
/// so that a handler that runs again sends the same messages again, and whoever tracks ids knows them. By version 5 of RFC 9562.
pub(crate) struct Ids(Uuid);

impl Ids {
    /// Those of a consumer: its channel, and its group or itself.
    pub(crate) fn of(cause: &MessageId, consumer: &str) -> Self {
        let space = match cause {
            MessageId::Uuid(id) => *id,
            MessageId::Text(id) => Uuid::new_v5(&Uuid::NAMESPACE_OID, id.as_bytes()),
        };
        Self(Uuid::new_v5(&space, consumer.as_bytes()))
    }

    /// The id of the message with that number.
    pub(crate) fn number(&self, number: usize) -> MessageId {
        self.named(&number.to_string())
    }

    /// The id of the message with that part.
    pub(crate) fn named(&self, part: &str) -> MessageId {
        MessageId::Uuid(Uuid::new_v5(&self.0, part.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rerun_repeats_its_ids_and_nobody_elses() {
        let (one, other) = (MessageId::fresh(), MessageId::Text("42".into()));
        let mut all = Vec::new();
        for cause in [&one, &other] {
            for consumer in ["orders a", "orders b"] {
                let ids = || {
                    let ids = Ids::of(cause, consumer);
                    [ids.number(0), ids.number(1), ids.named("reply")]
                };
                assert_eq!(ids(), ids());
                all.extend(ids());
            }
        }
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 12);
    }
}
