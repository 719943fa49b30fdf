//! Bindings of a channel, with those of its operations and messages, as data for the transport of each protocol.
use super::Ctx;
use serde_json::{Map, Value as Json};
use tidings_document::api::{About, ChannelId, Place};

impl Ctx<'_> {
    /// Everything that bindings say of a channel; null where they say nothing.
    pub(crate) fn bindings(&self, id: ChannelId) -> Json {
        let channel = &self.api[id];
        let operations =
            self.api.operations.iter().filter(|operation| {
                operation.place == Place::Root && operation.channel == Some(id)
            });
        let operations = operations.map(|operation| (operation.key.value, &operation.about));
        let messages = channel
            .messages
            .iter()
            .map(|entry| &self.api[entry.message]);
        let messages = messages.map(|message| (message.display_name(), &message.about));
        let parts = [
            ("own", self.bindings_of(&channel.about)),
            ("operations", self.by_name(operations)),
            ("messages", self.by_name(messages)),
        ];
        object(parts.map(|(name, value)| (name.to_owned(), value)))
    }

    fn by_name<'n>(&self, all: impl Iterator<Item = (&'n str, &'n About<'n>)>) -> Json {
        object(all.map(|(name, about)| (name.to_owned(), self.bindings_of(about))))
    }

    /// By protocol.
    pub(crate) fn bindings_of(&self, about: &About<'_>) -> Json {
        object(about.bindings.iter().map(|binding| {
            let node = self.api.document.resolve(binding.node).node;
            (binding.protocol.value.to_owned(), settings(node.to_json()))
        }))
    }
}

/// What is there; null where nothing is.
fn object(fields: impl IntoIterator<Item = (String, Json)>) -> Json {
    let fields: Map<_, _> = fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect();
    match fields.is_empty() {
        true => Json::Null,
        false => Json::Object(fields),
    }
}

/// Without what refers to elsewhere, and the version of the binding: schemas and the like, which say nothing to a transport.
fn settings(value: Json) -> Json {
    let Json::Object(fields) = value else {
        return value;
    };
    let is_reference = |value: &Json| value.get("$ref").is_some();
    object(
        fields
            .into_iter()
            .filter(|(name, value)| name != "bindingVersion" && !is_reference(value)),
    )
}
