//! A message as a transport moves it: bytes with the few properties that brokers and the runtime act on.
use crate::MessageId;
use bytes::Bytes;
use std::{cell::RefCell, sync::Arc, time::SystemTime};

/// Shared text, cheap to clone.
pub type Str = Arc<str>;

/// A message on the wire. The body and the headers are what the document describes; the other fields map to the
/// broker's own properties.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Identity of this message, the same on every redelivery.
    pub id: MessageId,
    /// Name of the message in the document, by which receivers tell alternatives apart.
    pub name: Option<Str>,
    /// Media type of the body.
    pub content_type: Option<Str>,
    /// Where a reply is expected.
    pub reply_to: Option<Str>,
    /// What ties a reply to its request.
    pub correlation_id: Option<Str>,
    /// Messages of one key are handled one after the other.
    pub key: Option<Bytes>,
    /// When it was made, where its producer says so.
    pub created: Option<SystemTime>,
    /// From when on nobody wants it any more.
    pub expires: Option<SystemTime>,
    /// Not to be delivered before.
    pub not_before: Option<SystemTime>,
    /// Headers in the order they were added; a name may be there more than once.
    pub headers: Vec<(Str, Bytes)>,
    /// The payload.
    pub body: Bytes,
}

impl Message {
    /// A message with a fresh id and nothing but a body.
    #[must_use]
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self {
            id: MessageId::fresh(),
            name: None,
            content_type: None,
            reply_to: None,
            correlation_id: None,
            key: None,
            created: None,
            expires: None,
            not_before: None,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// A message of that name and content type.
    #[must_use]
    pub fn named(name: &'static str, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let (name, content_type) = known(name, content_type);
        Self {
            name: Some(name),
            content_type: Some(content_type),
            ..Self::new(body)
        }
    }

    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&Bytes> {
        self.headers
            .iter()
            .find(|(key, _)| &**key == name)
            .map(|(_, value)| value)
    }

    /// Sets a header, in place of all earlier ones of that name.
    pub fn set_header(&mut self, name: &str, value: impl Into<Bytes>) {
        self.headers.retain(|(key, _)| &**key != name);
        self.headers.push((name.into(), value.into()));
    }

    /// About how many bytes the message takes, which limits are compared with.
    #[must_use]
    pub fn size(&self) -> usize {
        let text = |value: &Option<Str>| value.as_ref().map_or(0, |text| text.len());
        let headers: usize = self
            .headers
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        let id = match &self.id {
            MessageId::Uuid(_) => 0,
            MessageId::Text(id) => id.len(),
        };
        id + text(&self.name)
            + text(&self.content_type)
            + text(&self.reply_to)
            + text(&self.correlation_id)
            + self.key.as_ref().map_or(0, Bytes::len)
            + headers
            + self.body.len()
    }
}

/// Two texts of a program.
type Texts = (&'static str, &'static str);

thread_local! {
    /// Names with content types that messages of a program share.
    static KNOWN: RefCell<Vec<(Texts, (Str, Str))>> = const { RefCell::new(Vec::new()) };
}

/// Most pairs that are looked for.
const MOST_KNOWN: usize = 64;

/// The shared forms of a name and a content type of the program, made once a thread.
fn known(name: &'static str, content_type: &'static str) -> (Str, Str) {
    KNOWN.with_borrow_mut(|known| {
        let same = |((other, other_type), _): &&(Texts, _)| {
            std::ptr::eq(*other, name) && std::ptr::eq(*other_type, content_type)
        };
        if let Some((_, shared)) = known.iter().find(same) {
            return shared.clone();
        }
        let shared = (Str::from(name), Str::from(content_type));
        if known.len() < MOST_KNOWN {
            known.push(((name, content_type), shared.clone()));
        }
        shared
    })
}

impl Default for Message {
    /// A message with a fresh id and an empty body.
    fn default() -> Self {
        Self::new(Bytes::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_a_header_replaces_all_of_that_name() {
        let mut message = Message::new("body");
        message.headers = vec![
            ("a".into(), "1".into()),
            ("b".into(), "2".into()),
            ("a".into(), "3".into()),
        ];
        message.set_header("a", "4");
        assert_eq!(
            message.headers,
            [("b".into(), "2".into()), ("a".into(), "4".into())]
        );
        assert_eq!(message.header("a").map(|value| &value[..]), Some(&b"4"[..]));
        assert_eq!(message.header("c"), None);
    }

    #[test]
    fn size_counts_every_part() {
        let text = |length: usize| Some("x".repeat(length).into());
        let mut message = Message::new(vec![0; 1 << 7]);
        assert_eq!(message.size(), 1 << 7, "an id of our own is no text");
        message.id = MessageId::from("x");
        message.name = text(1 << 1);
        message.content_type = text(1 << 2);
        message.reply_to = text(1 << 3);
        message.correlation_id = text(1 << 4);
        message.key = Some(vec![0; 1 << 5].into());
        message.set_header("name", vec![0; 28]);
        message.set_header("other", vec![0; 27]);
        assert_eq!(message.size(), (1 << 8) - 1);
    }
}
