//! Keys: which values of a message, or of its channel's address, keep messages in order.
mod place;

use super::Ctx;
use crate::{
    ir::{ChannelIdx, Key, KeyPart, MessageIdx, OperationIdx},
    note,
};
use place::Place;
use tidings_document::{
    Node, Span,
    api::{self, About, MessageId, Property, SchemaId},
};

/// The extension that says where a key stands.
const EXTENSION: &str = "x-tidings-key";

/// What the document says of a key: one place, or several that make it together.
struct Stated<'a> {
    parts: Vec<&'a Node>,
}

impl<'a> Stated<'a> {
    fn of(about: &About<'a>) -> Option<Self> {
        let node = about.extensions.get(EXTENSION)?;
        let parts = node
            .as_array()
            .map_or(vec![node], |all| all.iter().collect());
        Some(Self { parts })
    }

    /// `false` on a message says that it has none.
    fn is_none(&self) -> bool {
        matches!(&self.parts[..], [node] if node.value == tidings_document::Value::Bool(false))
    }

    fn needs_channel(&self) -> bool {
        self.parts
            .iter()
            .any(|node| matches!(Place::read(node), Ok(Place::Parameter(_))))
    }
}

impl<'a> Ctx<'a> {
    /// Finds the keys of all messages, and those that operations give them, once all types are known.
    pub(crate) fn keys(&mut self) {
        let mut made: Vec<(MessageIdx, MessageId)> = self
            .messages
            .iter()
            .map(|(id, index)| (*index, *id))
            .collect();
        made.sort_unstable();
        let sources: Vec<_> = made.iter().map(|(_, id)| &self.api[*id]).collect();
        for (index, message) in sources.iter().enumerate() {
            let key = self.message_key(message, index);
            let says = Stated::of(&message.about).is_some() || kafka_key(&message.about).is_some();
            self.ir.messages[index].key_is_stated = says && !key.is_empty();
            self.ir.messages[index].key = key;
        }
        for operation in 0..self.sources.len() {
            let messages = self.ir.operations[operation].message.messages.clone();
            let keys = messages
                .iter()
                .map(|message| self.operation_key(operation, sources[*message], *message));
            self.ir.operations[operation].keys = keys.collect();
        }
    }

    /// What the message itself says, else what its Kafka binding or its correlation id leads to.
    fn message_key(&mut self, message: &api::Message<'a>, index: MessageIdx) -> Key {
        match Stated::of(&message.about) {
            Some(stated) if stated.is_none() || stated.needs_channel() => Key::new(),
            Some(stated) => self.stated(&stated, index, None),
            None => self.implied(message, index),
        }
    }

    /// What the operation or its channel says for a message that does not say itself.
    fn operation_key(
        &mut self,
        operation: OperationIdx,
        message: &api::Message<'a>,
        index: MessageIdx,
    ) -> Key {
        let source = self.sources[operation];
        let own = Stated::of(&message.about);
        if own.as_ref().is_some_and(|own| !own.needs_channel()) {
            return Key::new();
        }
        let of_channel = || Stated::of(&self.api[source.channel?].about);
        let stated = own
            .or_else(|| Stated::of(&source.about))
            .or_else(of_channel);
        let channel = self.ir.operations[operation].channel;
        stated.map_or_else(Key::new, |stated| {
            self.stated(&stated, index, Some(channel))
        })
    }

    /// The parts of a stated key, or none of them where one cannot be used.
    fn stated(
        &mut self,
        stated: &Stated<'_>,
        message: MessageIdx,
        channel: Option<ChannelIdx>,
    ) -> Key {
        let mut key = Key::new();
        for node in &stated.parts {
            match self.part(node, message, channel) {
                Ok(part) => key.push(part),
                Err(reason) => {
                    self.unusable(node.span, reason);
                    return Key::new();
                }
            }
        }
        key
    }

    fn part(
        &self,
        node: &Node,
        message: MessageIdx,
        channel: Option<ChannelIdx>,
    ) -> Result<KeyPart, String> {
        match Place::read(node)? {
            Place::Payload(pointer) => place::payload(&self.ir, message, pointer),
            Place::Header(name) => place::header(&self.ir, message, &name),
            Place::Parameter(name) => self.parameter_part(name, channel),
        }
    }

    fn parameter_part(&self, name: &str, channel: Option<ChannelIdx>) -> Result<KeyPart, String> {
        let channel = channel.map(|index| &self.ir.channels[index]);
        let parameters = channel.map_or(&[][..], |channel| &channel.parameters);
        let found = parameters.iter().position(|known| known.wire == name);
        found.map(KeyPart::Parameter).ok_or_else(|| {
            let names = parameters.iter().map(|known| &*known.wire);
            place::missing("the address of the channel", "parameter", name, names)
        })
    }

    /// What is not said by the extension: the only property that has the schema of the Kafka key, the only value that this may
    /// have, or the property that holds the correlation id.
    fn implied(&mut self, message: &api::Message<'a>, index: MessageIdx) -> Key {
        if let Some(schema) = kafka_key(&message.about) {
            let part = self.by_schema(schema, message).and_then(|part| match part {
                Implied::Property(name) => {
                    place::payload(&self.ir, index, &place::pointer(name)).ok()
                }
                Implied::Value(text) => Some(KeyPart::Literal(text)),
            });
            if part.is_none() && !self.is_said_elsewhere(index) {
                let name = crate::docs::code(message.display_name());
                let reason = format!(
                    "nothing says where the Kafka key of {name} stands in it; add `{EXTENSION}: $message.payload#/…`"
                );
                self.unusable(schema.span, reason);
            }
            return part.into_iter().collect();
        }
        let location = message.correlation_id.as_ref().map(|id| id.location.value);
        let pointer = location.and_then(|text| text.strip_prefix(place::PAYLOAD));
        let part = pointer.and_then(|pointer| place::payload(&self.ir, index, pointer).ok());
        part.into_iter().collect()
    }

    fn by_schema(&self, key: &'a Node, message: &api::Message<'a>) -> Option<Implied<'a>> {
        let schema = self.api.document.resolve(key).node;
        let only = schema.get("enum").and_then(Node::as_array);
        let only = only.and_then(|values| if let [one] = values { Some(one) } else { None });
        if let Some(text) = schema.get("const").or(only).and_then(Node::as_str) {
            return Some(Implied::Value(text.to_owned()));
        }
        key.reference()?;
        let payload = message.payload.as_ref()?.schema?;
        let has_it = |property: &&Property<'a>| std::ptr::eq(self.node_of(property.schema), schema);
        let mut found = self.api[payload].object()?.properties.iter().filter(has_it);
        match (found.next(), found.next()) {
            (Some(one), None) => Some(Implied::Property(one.name.value)),
            _ => None,
        }
    }

    fn node_of(&self, id: SchemaId) -> &'a Node {
        self.api.document.resolve(self.api[id].node).node
    }

    /// Whether every operation with the message, or its channel, says where its key stands.
    fn is_said_elsewhere(&self, index: MessageIdx) -> bool {
        let mut sources = self.sources.iter().zip(&self.ir.operations);
        sources.any(|(source, operation)| {
            let channel = source.channel.map(|id| &self.api[id].about);
            let says = |about: &About<'_>| about.extensions.get(EXTENSION).is_some();
            operation.message.messages.contains(&index)
                && (says(&source.about) || channel.is_some_and(says))
        })
    }

    fn unusable(&mut self, span: Span, reason: String) {
        self.note(&note::KEY_UNUSABLE, Some(span), reason);
    }
}

enum Implied<'a> {
    Property(&'a str),
    Value(String),
}

fn kafka_key<'a>(about: &About<'a>) -> Option<&'a Node> {
    let mut kafka = about.bindings.iter();
    let kafka = kafka.find(|binding| binding.protocol.value == "kafka")?;
    kafka.node.get("key")
}
