//! How many receive a message of a channel, as far as the document says so.
use super::{Binding, Channel};
use crate::Node;

/// How many receivers a message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// One of those that listen, as from a queue.
    PointToPoint,
    /// All that listen.
    PublishSubscribe,
}

impl Delivery {
    /// Its word in `x-tidings-channel`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PointToPoint => "point-to-point",
            Self::PublishSubscribe => "publish-subscribe",
        }
    }
}

impl Channel<'_> {
    /// What the channel's bindings say of its receivers, or else its `x-tidings-channel`.
    #[must_use]
    pub fn delivery(&self) -> Option<Delivery> {
        let stated = self.about.bindings.iter().find_map(from_binding);
        let all = [Delivery::PointToPoint, Delivery::PublishSubscribe];
        stated.or_else(|| {
            let word = self.about.extensions.get("x-tidings-channel")?.as_str()?;
            all.into_iter().find(|delivery| delivery.as_str() == word)
        })
    }
}

fn from_binding(binding: &Binding<'_>) -> Option<Delivery> {
    let text = |path: &[&str]| {
        let node = path
            .iter()
            .try_fold(binding.node, |node, key| node.get(key));
        node.and_then(Node::as_str).map(str::to_ascii_lowercase)
    };
    let word = match binding.protocol.value {
        "amqp" | "amqp1" if text(&["is"]).as_deref() == Some("queue") => "queue".to_owned(),
        "amqp" | "amqp1" => text(&["exchange", "type"])?,
        "jms" | "ibmmq" | "solace" => text(&["destinationType"])?,
        "sqs" => "queue".to_owned(),
        "sns" => "topic".to_owned(),
        _ => return None,
    };
    match &*word {
        "queue" | "fifo-queue" | "direct" => Some(Delivery::PointToPoint),
        "topic" | "fanout" | "headers" => Some(Delivery::PublishSubscribe),
        _ => None,
    }
}
