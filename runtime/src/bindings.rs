//! What a document says about one protocol, for the transport of that protocol.
mod binding;

pub use binding::Binding;

use crate::Str;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// Bindings of a channel, its operations and its messages, or of a server, by protocol. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Bindings(Option<Arc<Told>>);

type ByProtocol = BTreeMap<String, Value>;

#[derive(Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(default)]
struct Told {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    own: ByProtocol,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    operations: BTreeMap<String, ByProtocol>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    messages: BTreeMap<String, ByProtocol>,
}

impl Bindings {
    /// None.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Those of the channel or server itself, by protocol (`amqp`, `kafka`, …).
    pub fn new<P: Into<Str>>(bindings: impl IntoIterator<Item = (P, Value)>) -> Self {
        let bindings = bindings.into_iter();
        let own = bindings.map(|(protocol, value)| ((*protocol.into()).to_owned(), value));
        Self::of_told(Told {
            own: own.collect(),
            ..Told::default()
        })
    }

    /// From the JSON of generated code: `own` by protocol, `operations` and `messages` by name and protocol. What is anything
    /// else says nothing.
    #[must_use]
    pub fn read(json: &str) -> Self {
        Self::of_told(serde_json::from_str(json).unwrap_or_default())
    }

    /// The JSON that [`read`](Self::read) takes; none where nothing is said.
    #[must_use]
    pub fn to_json(&self) -> Option<Value> {
        serde_json::to_value(&**self.0.as_ref()?).ok()
    }

    fn of_told(told: Told) -> Self {
        Self((told != Told::default()).then(|| Arc::new(told)))
    }

    /// What is said for a protocol.
    #[must_use]
    pub fn of(&self, protocol: &str) -> Option<&Value> {
        self.0.as_ref()?.own.get(protocol)
    }

    /// What is said for a protocol of an operation on the channel, by its name in the document.
    #[must_use]
    pub fn operation(&self, protocol: &str, operation: &str) -> Option<&Value> {
        self.0.as_ref()?.operations.get(operation)?.get(protocol)
    }

    /// What is said for a protocol of every operation on the channel, with their names.
    pub fn operations<'a>(
        &'a self,
        protocol: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let all = self.0.iter().flat_map(|told| &told.operations);
        all.filter_map(move |(name, told)| Some((&**name, told.get(protocol)?)))
    }

    /// What is said for a protocol of a message, by its [name](crate::Message::name).
    #[must_use]
    pub fn message(&self, protocol: &str, message: &str) -> Option<&Value> {
        self.0.as_ref()?.messages.get(message)?.get(protocol)
    }

    /// What is said for a protocol of every message on the channel, with their names.
    pub fn messages<'a>(&'a self, protocol: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let all = self.0.iter().flat_map(|told| &told.messages);
        all.filter_map(move |(name, told)| Some((&**name, told.get(protocol)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bindings_are_found_by_protocol() {
        let bindings = Bindings::new([("amqp", json!({ "is": "queue" }))]);
        assert_eq!(bindings.of("amqp"), Some(&json!({ "is": "queue" })));
        assert_eq!(bindings.of("kafka"), None);
        assert_eq!(Bindings::none(), Bindings::new::<&str>([]));
    }

    #[test]
    fn operations_and_messages_have_theirs_by_name() {
        let bindings = Bindings::read(
            r#"{"own": {"mqtt": {"a": 1}}, "operations": {"place": {"mqtt": {"qos": 2}}}, "messages": {"Order": {"mqtt": {}}}}"#,
        );
        assert_eq!(bindings.of("mqtt"), Some(&json!({ "a": 1 })));
        let qos = json!({ "qos": 2 });
        assert_eq!(bindings.operation("mqtt", "place"), Some(&qos));
        assert_eq!(bindings.operation("mqtt", "other"), None);
        assert_eq!(
            bindings.operations("mqtt").collect::<Vec<_>>(),
            [("place", &qos)]
        );
        assert_eq!(bindings.operations("amqp").count(), 0);
        assert_eq!(bindings.message("mqtt", "Order"), Some(&json!({})));
        assert_eq!(bindings.message("amqp", "Order"), None);
        let messages: Vec<_> = bindings.messages("mqtt").collect();
        assert_eq!(messages, [("Order", &json!({}))]);
        assert_eq!(Bindings::read("{}"), Bindings::none());
        assert_eq!(Bindings::read("[]"), Bindings::none());
    }
}
