//! What a message type of generated code does, and a received one with its metadata.
use crate::{
    Context, InvalidMessage, Message, Str,
    recognition::{Candidate, Fit, fit_one, of_name},
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
        if !Self::CANDIDATES.is_empty() {
            for alternative in of_name(message, Self::CANDIDATES) {
                (alternative.stamp)(message);
            }
        }
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
        let own = &message.reply_to;
        let told = Self::REPLY_TO.and_then(|header| text(message, header));
        let told = told.or_else(|| told_by(message, Self::CANDIDATES, |it| it.reply_address, own));
        told.or_else(|| own.clone())
    }

    /// The correlation id of a received message, for documents that keep it in a header of their own.
    #[must_use]
    fn correlation(message: &Message) -> Option<Str> {
        let own = &message.correlation_id;
        let told = Self::CORRELATION.and_then(|header| text(message, header));
        let told = told.or_else(|| told_by(message, Self::CANDIDATES, |it| it.correlation, own));
        told.or_else(|| own.clone())
    }
}

/// What one of the alternatives of a message tells, other than the transport. Most messages have none, which costs nothing.
#[inline]
fn told_by<T>(
    message: &Message,
    candidates: &[Candidate<T>],
    way: impl Fn(&Candidate<T>) -> fn(&Message) -> Option<Str>,
    own: &Option<Str>,
) -> Option<Str> {
    if candidates.is_empty() {
        return None;
    }
    let told = of_name(message, candidates).map(|it| way(it)(message));
    told.flatten().find(|told| Some(told) != own.as_ref())
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
            stamp: M::stamp,
            correlation: M::correlation,
            reply_address: M::reply_address,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen;

    /// A message that keeps its correlation id and the address of its reply in headers of its own.
    macro_rules! message {
        ($name:ident, $id:literal, $address:literal) => {
            #[derive(Debug)]
            struct $name;

            impl TypedMessage for $name {
                const NAMES: &'static [&'static str] = &[stringify!($name)];
                const CORRELATION: Option<&'static str> = Some($id);
                const REPLY_TO: Option<&'static str> = Some($address);

                fn encode(&self) -> Result<Message, InvalidMessage> {
                    Ok(codegen::bytes_message::<Self>(bytes::Bytes::new()))
                }

                fn decode(_: &Message) -> Result<Self, InvalidMessage> {
                    Ok(Self)
                }
            }

            impl From<$name> for Either {
                fn from(_: $name) -> Self {
                    Self
                }
            }
        };
    }

    message!(One, "a", "x");
    message!(Other, "b", "y");

    #[derive(Debug)]
    struct Either;

    impl TypedMessage for Either {
        const NAMES: &'static [&'static str] = &["One", "Other"];
        const CANDIDATES: &'static [Candidate<Self>] =
            &[Candidate::of::<One>(), Candidate::of::<Other>()];

        fn encode(&self) -> Result<Message, InvalidMessage> {
            One.encode()
        }

        fn decode(_: &Message) -> Result<Self, InvalidMessage> {
            Ok(Self)
        }
    }

    fn message(name: Option<&str>, headers: &[&'static str]) -> Message {
        let mut message = Message::new("");
        message.name = name.map(Into::into);
        for header in headers {
            message.set_header(header, *header);
        }
        message
    }

    #[test]
    fn a_set_reads_the_headers_of_the_alternative_that_a_message_is() {
        for (name, headers, id, address) in [
            (Some("One"), &["a", "b", "x", "y"][..], Some("a"), Some("x")),
            (Some("Other"), &["a", "b", "x", "y"], Some("b"), Some("y")),
            (Some("Other"), &["a", "x"], None, None),
            // Of one without a name, and of a name that is new, whatever there is.
            (None, &["b", "y"], Some("b"), Some("y")),
            (None, &["a"], Some("a"), None),
            (Some("Third"), &["b"], Some("b"), None),
        ] {
            let message = message(name, headers);
            assert_eq!(Either::correlation(&message).as_deref(), id, "{message:?}");
            assert_eq!(
                Either::reply_address(&message).as_deref(),
                address,
                "{message:?}"
            );
        }
        let mut message = message(None, &[]);
        message.correlation_id = Some("own".into());
        assert_eq!(Either::correlation(&message).as_deref(), Some("own"));
    }

    #[test]
    fn a_set_writes_the_headers_of_the_alternative_that_a_message_is() {
        for (name, written) in [
            (Some("Other"), &["b", "y"][..]),
            (None, &["a", "x", "b", "y"]),
        ] {
            let mut message = message(name, &[]);
            message.correlation_id = Some("id".into());
            message.reply_to = Some("there".into());
            Either::stamp(&mut message);
            let headers: Vec<_> = message.headers.iter().map(|(name, _)| &**name).collect();
            assert_eq!(headers, written);
        }
    }
}
