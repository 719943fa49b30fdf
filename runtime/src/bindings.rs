//! What a document says about one protocol, for the transport of that protocol.
use crate::Str;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// Bindings of a channel or a server, by protocol. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Bindings(Option<Arc<BTreeMap<Str, Value>>>);

impl Bindings {
    /// None.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Those of the document, by protocol (`amqp`, `kafka`, …).
    pub fn new<P: Into<Str>>(bindings: impl IntoIterator<Item = (P, Value)>) -> Self {
        let bindings = bindings
            .into_iter()
            .map(|(protocol, value)| (protocol.into(), value));
        let bindings: BTreeMap<_, _> = bindings.collect();
        Self((!bindings.is_empty()).then(|| Arc::new(bindings)))
    }

    /// What is said for a protocol.
    #[must_use]
    pub fn of(&self, protocol: &str) -> Option<&Value> {
        self.0.as_ref()?.get(protocol)
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
}
