//! What a message type of generated code does, and a received one with its metadata.
use crate::{
    Context, InvalidMessage, Message, Str,
    recognition::{Candidate, Fit, fit_one},
    transport::Incoming,
};
use std::{ops::Deref, str::FromStr, sync::Arc};

/// A message, or a set of alternative messages, that a document describes. Implemented by generated code.
pub trait TypedMessage: Sized + Send + Sync + 'static {
    /// Names of the alternatives in the document; one for a single message.
    const NAMES: &'static [&'static str];

    /// The headers that the document describes, of all alternatives.
    const HEADERS: &'static [&'static str] = &[];

    /// The content type of its body.
    const CONTENT_TYPE: &'static str = "application/json";

    /// Whether its body is bytes without a type, which any body is.
    const OPAQUE: bool = false;

    /// The header that the document keeps the correlation id in.
    const CORRELATION: Option<&'static str> = None;

    /// The header that the document keeps the address of the reply in.
    const REPLY_TO: Option<&'static str> = None;

    /// The alternatives, where there are several.
    const CANDIDATES: &'static [Candidate<Self>] = &[];

    /// To the wire: checks all limits, fills in name, content type, headers and body.
    ///
    /// # Errors
    /// When the value breaks a limit of the document.
    fn encode(&self) -> Result<Message, InvalidMessage>;

    /// From the wire, with the same checks.
    ///
    /// # Errors
    /// When the message is not what the document says.
    fn decode(message: &Message) -> Result<Self, InvalidMessage>;

    /// Called before sending, once the runtime has set `reply_to` and `correlation_id`: copies them to the headers where
    /// the document wants them.
    fn stamp(message: &mut Message) {
        if let Some(header) = Self::CORRELATION
            && let Some(id) = message.correlation_id.clone()
        {
            message.set_header(header, id.as_bytes().to_vec());
        }
        if let Some(header) = Self::REPLY_TO
            && let Some(address) = message.reply_to.clone()
        {
            message.set_header(header, address.as_bytes().to_vec());
        }
    }

    /// Where the reply to a received message goes, for documents that keep it in a header of their own.
    #[must_use]
    fn reply_address(message: &Message) -> Option<Str> {
        let told = Self::REPLY_TO.and_then(|header| text(message, header));
        told.or_else(|| message.reply_to.clone())
    }

    /// The correlation id of a received message, for documents that keep it in a header of their own.
    #[must_use]
    fn correlation(message: &Message) -> Option<Str> {
        let told = Self::CORRELATION.and_then(|header| text(message, header));
        told.or_else(|| message.correlation_id.clone())
    }
}

fn text(message: &Message, header: &str) -> Option<Str> {
    let text = str::from_utf8(message.header(header)?).ok()?;
    Some(text.into())
}

impl<T> Candidate<T> {
    /// That message.
    #[must_use]
    pub const fn of<M: TypedMessage>() -> Self
    where
        T: From<M>,
    {
        Self {
            name: M::NAMES[0],
            content_type: M::CONTENT_TYPE,
            is_opaque: M::OPAQUE,
            read: |message| M::decode(message).map(T::from),
        }
    }
}

/// How well a message without a name fits, and what is wrong with it where it does not.
pub(crate) fn fit<M: TypedMessage>(message: &Message) -> (Fit, Result<(), InvalidMessage>) {
    if M::CANDIDATES.is_empty() {
        let fit = Fit::new(message, M::CONTENT_TYPE, M::OPAQUE);
        (fit, M::decode(message).map(drop))
    } else {
        fit_one(message, M::CANDIDATES)
    }
}

/// Any message at all, for operations whose messages the document does not say. A handler of these takes what no other
/// handler of its channel takes.
impl TypedMessage for Message {
    const NAMES: &'static [&'static str] = &[];

    fn encode(&self) -> Result<Message, InvalidMessage> {
        Ok(self.clone())
    }

    fn decode(message: &Message) -> Result<Self, InvalidMessage> {
        Ok(message.clone())
    }
}

/// What the transport knows of a received message. It derefs to the [`Message`] as it came, with its `id`, its `key`, and all
/// its `headers`, the ones that the document does not know too.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// The channel's address that it came by.
    pub address: Str,
    /// Which delivery of this message it is, from 1.
    pub attempt: u32,
    /// What ties a reply to its request, wherever the document keeps it.
    pub correlation_id: Option<Str>,
    /// Where a reply is expected, wherever the document keeps that.
    pub reply_to: Option<Str>,
    message: Arc<Message>,
}

impl Metadata {
    /// The channel of generated code that the message came by, with the parameters of its address.
    ///
    /// # Errors
    /// When the address is another channel's, or a parameter has a value that the document does not allow.
    pub fn channel<C: FromStr>(&self) -> Result<C, C::Err> {
        self.address.parse()
    }

    #[inline]
    pub(crate) fn of<M: TypedMessage>(address: &Str, message: &Arc<Message>, attempt: u32) -> Self {
        Self {
            address: address.clone(),
            attempt,
            correlation_id: M::correlation(message),
            reply_to: M::reply_address(message),
            message: message.clone(),
        }
    }
}

impl Deref for Metadata {
    type Target = Message;

    fn deref(&self) -> &Message {
        &self.message
    }
}

/// A received message with its metadata.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Received<M> {
    /// The message.
    pub message: M,
    /// What the transport knows of it.
    pub metadata: Metadata,
    /// Where a handler puts what it sends; what nobody handles sends nothing.
    pub context: Context,
}

impl<M: TypedMessage> Received<M> {
    pub(crate) fn decode(
        address: &Str,
        message: &Arc<Message>,
        attempt: u32,
    ) -> Result<Self, InvalidMessage> {
        Self::decode_with(address, message, attempt, Context::default())
    }

    #[inline]
    pub(crate) fn decode_with(
        address: &Str,
        message: &Arc<Message>,
        attempt: u32,
        context: Context,
    ) -> Result<Self, InvalidMessage> {
        Ok(Self {
            message: M::decode(message)?,
            metadata: Metadata::of::<M>(address, message, attempt),
            context,
        })
    }

    pub(crate) fn from_incoming(
        address: &Str,
        incoming: &Incoming,
    ) -> Result<Self, InvalidMessage> {
        let address = incoming.address.as_ref().unwrap_or(address);
        Self::decode(address, &incoming.message, incoming.attempt)
    }
}

impl<M> Received<M> {
    /// A message as if it had just been received, for tests of handlers.
    #[must_use]
    pub fn new(message: M) -> Self {
        let metadata = Metadata {
            address: "".into(),
            attempt: 1,
            correlation_id: None,
            reply_to: None,
            message: Arc::default(),
        };
        Self {
            message,
            metadata,
            context: Context::default(),
        }
    }
}

impl<M> Deref for Received<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.message
    }
}
