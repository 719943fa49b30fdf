//! Operations, with the messages that each may have.
use super::{ChannelIdx, MessageIdx, message::Key};
use crate::docs::Docs;
use tidings_document::api::OperationId;

#[derive(Debug)]
pub(crate) struct Operation {
    /// What it is made of.
    pub(crate) source: OperationId,
    pub(crate) key: String,
    pub(crate) style: Style,
    /// Whether the application receives; else it sends.
    pub(crate) receives: bool,
    pub(crate) channel: ChannelIdx,
    pub(crate) message: Set,
    pub(crate) reply: Option<Set>,
    /// Where replies go when a request names no address for them: the reply's channel, where its address is always the same.
    pub(crate) reply_channel: Option<ChannelIdx>,
    /// What it makes the key of each of its messages of, where those do not say themselves.
    pub(crate) keys: Vec<Key>,
    /// What is done about messages that could not be handled, in the words of the runtime's settings.
    pub(crate) policy: serde_json::Map<String, serde_json::Value>,
    pub(crate) docs: Docs,
    /// Name of its methods.
    pub(crate) method: String,
    /// Name of the one that adds its handler.
    pub(crate) register: String,
    /// Name of the one that listens to its events.
    pub(crate) subscribe: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// One request, one reply.
    Request,
    /// One message, no reply.
    OneWay,
    /// An event.
    Publish,
    /// One message, any number of replies.
    Gather,
}

/// One message, or several as an enum of that name.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) messages: Vec<MessageIdx>,
    /// Words the name of the enum is made of.
    pub(crate) hint: String,
    pub(crate) ident: String,
    /// The key of the operation whose enum of the same messages this one is another name of, and that enum's name.
    pub(crate) same: Option<(String, String)>,
    /// Names of the enum's variants.
    pub(crate) variants: Vec<String>,
    /// Which variants are so large that they are boxed.
    pub(crate) boxed: Vec<bool>,
}

#[derive(Debug, Default)]
pub(crate) struct Sides {
    pub(crate) stem: String,
    pub(crate) client: String,
    pub(crate) service: String,
    pub(crate) server: String,
    pub(crate) peer_client: String,
    pub(crate) peer_service: String,
    pub(crate) peer_server: String,
    /// Names of what sends examples to the services.
    pub(crate) contract: String,
    pub(crate) peer_contract: String,
}
