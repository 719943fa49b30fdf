//! What a document says of failures on a channel, as the runtime's settings of a policy.
use super::Ctx;
use crate::{
    ir::{ChannelIdx, OperationIdx},
    note,
};
use serde_json::{Map, Value as Json};
use std::collections::HashMap;
use tidings_document::{Node, Value, api::About, nearest};

const EXTENSION: &str = "x-tidings-policy";

type Policy = Map<String, Json>;

/// The fields, and which values they take.
const FIELDS: [(&str, Takes); 8] = [
    ("attempts", Takes::Count),
    ("first-pause", Takes::Length),
    ("longest-pause", Takes::Length),
    ("timeout", Takes::LengthOrNone),
    ("dead-letters", Takes::Text),
    ("refuse", Takes::Truth),
    ("idempotent", Takes::Truth),
    ("exactly-once", Takes::Truth),
];

#[derive(Debug, Clone, Copy)]
enum Takes {
    Count,
    Length,
    LengthOrNone,
    Text,
    Truth,
}

impl Takes {
    fn takes(self, node: &Node) -> bool {
        match (self, &node.value, node.as_str()) {
            (Self::Count, Value::Number(_), _) => {
                let count = node.to_json().as_u64();
                count.is_some_and(|count| (1..=u64::from(u32::MAX)).contains(&count))
            }
            (Self::LengthOrNone, _, Some("none")) => true,
            (Self::Length | Self::LengthOrNone, _, Some(text)) => is_length(text),
            (Self::Text, _, Some(text)) => !text.is_empty(),
            (Self::Truth, Value::Bool(_), _) => true,
            _ => false,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Count => "a whole number from 1",
            Self::Length => "a length of time, as `200ms`, `30s` or `5m`",
            Self::LengthOrNone => "a length of time, as `200ms`, `30s` or `5m`, or `none`",
            Self::Text => "`beside`, `dropped` or an address",
            Self::Truth => "`true` or `false`",
        }
    }
}

/// Whether the text is a number and its unit.
fn is_length(text: &str) -> bool {
    let number = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let unit = &text[number.len()..];
    let digits =
        (1..10).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    digits && ["ms", "s", "m", "h"].contains(&unit)
}

impl Ctx<'_> {
    /// Finds what the document says of each channel whose messages somebody handles: itself, changed by what its operations say.
    pub(crate) fn policies(&mut self) {
        let mut of_channels: HashMap<(ChannelIdx, bool), Policy> = HashMap::new();
        for operation in 0..self.sources.len() {
            let source = self.sources[operation];
            let key = self.handled(operation);
            let policy = of_channels.entry(key).or_insert_with(|| {
                let channel = source.channel.map(|id| &self.api[id].about);
                channel
                    .map(|about| self.read_policy(about))
                    .unwrap_or_default()
            });
            let own = self.read_policy(&source.about);
            policy.extend(own.clone());
            self.note_contradiction(operation, &own);
            self.ir.operations[operation].policy = own;
        }
        for operation in 0..self.sources.len() {
            let policy = of_channels.get(&self.handled(operation)).cloned();
            self.ir.operations[operation].policy = policy.unwrap_or_default();
        }
    }

    /// The channel, and which side handles its messages.
    fn handled(&self, operation: OperationIdx) -> (ChannelIdx, bool) {
        let operation = &self.ir.operations[operation];
        (operation.channel, operation.receives)
    }

    fn read_policy(&mut self, about: &About<'_>) -> Policy {
        let mut policy = Policy::new();
        let Some(node) = about.extensions.get(EXTENSION) else {
            return policy;
        };
        let Some(object) = node.as_object() else {
            let reason = format!("`{EXTENSION}` is an object, such as `{{ attempts: 3 }}`");
            self.note(&note::POLICY_UNUSABLE, Some(node.span), reason);
            return policy;
        };
        for entry in object {
            let known = FIELDS.iter().find(|(name, _)| *name == entry.key);
            let reason = match known {
                Some((_, takes)) if takes.takes(&entry.value) => {
                    policy.insert(entry.key.clone(), entry.value.to_json());
                    continue;
                }
                Some((name, takes)) => format!("`{name}` is {}", takes.words()),
                None => unknown(&entry.key),
            };
            self.note(&note::POLICY_UNUSABLE, Some(entry.value.span), reason);
        }
        policy
    }

    /// All operations of a channel share its policy, so that they may not say different things.
    fn note_contradiction(&mut self, operation: OperationIdx, policy: &Policy) {
        let source = self.sources[operation];
        let Some(node) = source.about.extensions.get(EXTENSION) else {
            return;
        };
        let before = self.sources[..operation].iter().zip(&self.ir.operations);
        let handled = self.handled(operation);
        let mut before = before.filter(|(_, other)| (other.channel, other.receives) == handled);
        let other = before.find(|(_, other)| {
            let mut fields = other.policy.iter();
            fields.any(|(name, value)| policy.get(name).is_some_and(|own| own != value))
        });
        if let Some((other, _)) = other {
            let key = crate::docs::code(other.key.value);
            let reason = format!(
                "says something else than {key}, which has the same channel; say it of the channel"
            );
            self.note(&note::POLICY_UNUSABLE, Some(node.span), reason);
        }
    }
}

fn unknown(name: &str) -> String {
    let near = nearest(name, FIELDS.iter().map(|(known, _)| *known));
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    format!("a policy has no {}{near}", crate::docs::code(name))
}
