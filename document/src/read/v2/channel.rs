//! Channels of version 2 with their two operations.
use super::super::{
    fields::{Fields, items_of},
    message,
    reader::{Defined, Reader, below},
    schema::{self, At},
    security, traits,
};
use crate::{
    Node, Span, Text, Value,
    api::{
        Action, Channel, ChannelId, ChannelMessage, MessageUse, Operation, Parameter, Place,
        SchemaFormat, ServerId,
    },
    document::address,
};

/// Choices of messages may hold choices: this deep.
const DEPTH: usize = 16;

/// Reads a channel and its operations. The key is the address, so that each key is a channel of its own.
pub(super) fn channel<'a>(
    reader: &mut Reader<'a, '_>,
    entry: &'a Node,
    key: Text<'a>,
    place: Place,
) -> Option<()> {
    let node = reader.document.follow(entry)?;
    if place != Place::Root && reader.channels.contains_key(&address(node)) {
        return None;
    }
    node.as_object()?;
    let map = if place == Place::Root {
        "/channels"
    } else {
        "/components/channels"
    };
    let pointer = reader
        .defined(entry, key, place, &below(map, key.value))?
        .pointer;
    let fields = Fields::of(node);
    let index = u32::try_from(reader.api.channels.len()).ok()?;
    let parameters = parameters(reader, &fields, &below(&pointer, "parameters"));
    let channel = Channel {
        node,
        key,
        place,
        address: Some(key),
        messages: Vec::new(),
        parameters,
        servers: servers(reader, &fields),
        about: reader.about(&fields),
    };
    reader.api.channels.push(channel);
    reader.channels.insert(address(node), index);
    for (word, action) in [("publish", Action::Receive), ("subscribe", Action::Send)] {
        let Some(item) = fields.get(word) else {
            continue;
        };
        let name = node.as_object().and_then(|object| object.entry(word));
        let name = name.map_or(reader.nothing(item.span), crate::Entry::name);
        let at = Of {
            channel: ChannelId(index),
            key,
            place,
            pointer: &below(&pointer, word),
        };
        operation(reader, item, name, action, &at);
    }
    Some(())
}

/// The channel that an operation belongs to.
struct Of<'p, 'a> {
    channel: ChannelId,
    key: Text<'a>,
    place: Place,
    /// Pointer of the operation.
    pointer: &'p str,
}

fn operation<'a>(
    reader: &mut Reader<'a, '_>,
    item: &'a Node,
    word: Text<'a>,
    action: Action,
    of: &Of<'_, 'a>,
) -> Option<()> {
    let node = reader.document.follow(item)?;
    node.as_object()?;
    let fields = traits::merged(reader.document, reader.api.version, node);
    let operation_id = reader.text(&fields, "operationId");
    let messages = messages(reader, &fields, word, of);
    let channel = &mut reader.api.channels[of.channel.0 as usize];
    for (key, message) in &messages {
        if !channel
            .messages
            .iter()
            .any(|known| known.message == *message)
        {
            channel.messages.push(ChannelMessage {
                key: *key,
                message: *message,
            });
        }
    }
    let uses = messages.into_iter().map(|(key, message)| MessageUse {
        key,
        span: key.span,
        message: Some(message),
    });
    let operation = Operation {
        node,
        key: operation_id.unwrap_or(word),
        place: of.place,
        operation_id,
        action,
        channel_span: of.key.span,
        channel: Some(of.channel),
        messages: Some(uses.collect()),
        reply: None,
        security: security::named_requirements(reader, &fields),
        about: reader.about(&fields),
    };
    reader.api.operations.push(operation);
    Some(())
}

type Found<'a> = Vec<(Text<'a>, crate::api::MessageId)>;

/// The messages of an operation, choices opened.
fn messages<'a>(
    reader: &mut Reader<'a, '_>,
    fields: &Fields<'a>,
    word: Text<'a>,
    of: &Of<'_, 'a>,
) -> Found<'a> {
    let mut found = Vec::new();
    let mut waiting: Vec<(&'a Node, String, usize)> = Vec::new();
    if let Some(node) = fields.get("message") {
        waiting.push((node, below(of.pointer, "message"), 0));
    }
    while let Some((node, pointer, depth)) = waiting.pop() {
        let Some(mut defined) =
            reader.defined(node, reader.nothing(node.span), Place::Inline, &pointer)
        else {
            continue;
        };
        if let Some(choice) = defined.node.get("oneOf").and_then(Node::as_array) {
            let base = below(&defined.pointer, "oneOf");
            let items = choice.iter().enumerate().rev().filter(|_| depth < DEPTH);
            waiting
                .extend(items.map(|(at, item)| (item, below(&base, &at.to_string()), depth + 1)));
            continue;
        }
        if defined.key.value.is_empty() {
            defined.key = made_up_key(reader, &defined, word, of, found.len());
        }
        if let Some(id) = message::message(reader, &defined) {
            found.push((reader.api[id].key, id));
        }
    }
    found
}

/// A name for a message that stands inline: its own, or else one made of channel and direction.
fn made_up_key<'a>(
    reader: &Reader<'a, '_>,
    defined: &Defined<'a>,
    word: Text<'a>,
    of: &Of<'_, 'a>,
    number: usize,
) -> Text<'a> {
    let fields = Fields::of(defined.node);
    let own = ["messageId", "name"]
        .iter()
        .find_map(|name| reader.text(&fields, name));
    if let Some(own) = own.filter(|own| !own.value.is_empty()) {
        return own;
    }
    let mut made = format!("{} {} message", of.key.value, word.value);
    if number > 0 {
        made = format!("{made} {}", number + 1);
    }
    let span: Span = defined.node.span;
    let kept = reader.document.keep(Node {
        value: Value::String(made),
        span,
    });
    kept.text().unwrap_or(reader.nothing(span))
}

fn parameters<'a>(
    reader: &mut Reader<'a, '_>,
    fields: &Fields<'a>,
    pointer: &str,
) -> Vec<Parameter<'a>> {
    let mut parameters = Vec::new();
    for (name, node) in reader.map(fields, "parameters") {
        let Some(defined) = reader.defined(node, name, Place::Inline, &below(pointer, name.value))
        else {
            continue;
        };
        let node = defined.node;
        let fields = Fields::of(node);
        let inner = fields.get("schema");
        let values = inner
            .and_then(|inner| reader.document.follow(inner))
            .map(Fields::of);
        let schema = inner.map(|inner| {
            let pointer = below(&defined.pointer, "schema");
            let at = At {
                key: None,
                pointer: &pointer,
            };
            schema::schema(reader, inner, &at, SchemaFormat::AsyncApi)
        });
        let texts = |name: &str| {
            values
                .as_ref()
                .map(|values| reader.texts(values, name))
                .unwrap_or_default()
        };
        parameters.push(Parameter {
            name,
            node,
            values: texts("enum"),
            default: values
                .as_ref()
                .and_then(|values| reader.text(values, "default")),
            description: reader.text(&fields, "description"),
            examples: texts("examples"),
            location: reader.text(&fields, "location"),
            schema,
        });
    }
    parameters
}

fn servers<'a>(reader: &Reader<'a, '_>, fields: &Fields<'a>) -> Vec<(Span, Option<ServerId>)> {
    let known = |name: &str| {
        let servers = reader.api.servers.iter();
        let mut named = servers
            .enumerate()
            .filter(|(_, server)| server.place == Place::Root);
        let at = named.find(|(_, server)| server.key.value == name)?.0;
        u32::try_from(at).ok().map(ServerId)
    };
    items_of(reader.get(fields, "servers"))
        .iter()
        .map(|item| (item.span, item.as_str().and_then(known)))
        .collect()
}
