//! What a case is given: transports at one broker, and what can be done to that broker.
use std::{any::Any, sync::Arc};
use tidings::{BoxError, BoxFuture, Channel, DynTransport, Message};

/// Something that is done to a setup.
pub type Action<T = ()> = Box<dyn Fn() -> BoxFuture<'static, Result<T, BoxError>> + Send + Sync>;

/// Cuts every connection of a setup and lets them come back: a broker that restarts with its queues kept.
pub type Restart = Action;

/// Opens one more transport at the broker of the setup, with a connection of its own.
pub type Another = Action<Arc<dyn DynTransport>>;

/// Publishes without the runtime, as a producer does that knows nothing of it.
pub type Foreign =
    Box<dyn Fn(Channel, Raw) -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;

/// Gives what the broker keeps of the rejected messages of a channel, each with the reason.
pub type DeadLetters = Box<
    dyn Fn(Channel) -> BoxFuture<'static, Result<Vec<(Message, String)>, BoxError>> + Send + Sync,
>;

/// What a foreign producer sends: no id, no name, no content type.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Raw {
    /// Headers, any of which the broker may not take.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

/// One fresh instance of what is tested: the transport of a sender and the one of a receiver, at the same broker, and what can
/// be done to it. What a harness [offers](crate::Offer), each of its setups must have.
#[non_exhaustive]
pub struct Setup {
    /// Where cases publish and ask.
    pub sender: Arc<dyn DynTransport>,
    /// Where cases subscribe and answer.
    pub receiver: Arc<dyn DynTransport>,
    /// Restarts the broker.
    pub restart: Option<Restart>,
    /// Ends the process of the broker without a warning, and starts it again.
    pub kill: Option<Action>,
    /// Ends the connections of sender and receiver, and lets none be made.
    pub cut: Option<Action>,
    /// Lets nothing pass on the connections of sender and receiver, which stay open: a link that is half open.
    pub stall: Option<Action>,
    /// Lets the broker have what it is sent, but nobody its answers, until the connection is lost.
    pub deafen: Option<Action>,
    /// Ends what was done to the connections.
    pub mend: Option<Action>,
    /// Opens one more transport.
    pub another: Option<Another>,
    /// Publishes without the runtime.
    pub foreign: Option<Foreign>,
    /// What the broker keeps of rejected messages.
    pub dead_letters: Option<DeadLetters>,
    /// What has to live as long as the case: temporary folders, servers.
    pub keep: Box<dyn Any + Send + Sync>,
}

impl Setup {
    /// A transport that is both sender and receiver.
    #[must_use]
    pub fn single(transport: Arc<dyn DynTransport>) -> Self {
        Self::pair(transport.clone(), transport)
    }

    /// Two transports at one broker.
    #[must_use]
    pub fn pair(sender: Arc<dyn DynTransport>, receiver: Arc<dyn DynTransport>) -> Self {
        Self {
            sender,
            receiver,
            restart: None,
            kill: None,
            cut: None,
            stall: None,
            deafen: None,
            mend: None,
            another: None,
            foreign: None,
            dead_letters: None,
            keep: Box::new(()),
        }
    }
}
