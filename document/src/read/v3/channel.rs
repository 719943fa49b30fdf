//! Channels with their messages and parameters.
use super::super::{
    fields::{Fields, items_of},
    message,
    reader::{Reader, below},
    traits,
};
use super::shapes;
use crate::{
    Node, Span, Text,
    api::{Channel, ChannelMessage, Parameter, Place, ServerId},
    document::address,
};

/// Reads a channel, unless it is known.
pub(super) fn channel<'a>(
    reader: &mut Reader<'a, '_>,
    entry: &'a Node,
    key: Text<'a>,
    place: Place,
) -> Option<u32> {
    let node = match (place, reader.first_known(entry, &reader.channels)) {
        (Place::Root, _) => reader.document.follow(entry)?,
        (_, Ok(id)) => return Some(id),
        (_, Err(node)) => node?,
    };
    node.as_object()?;
    let map = if place == Place::Components {
        "/components/channels"
    } else {
        "/channels"
    };
    let defined = reader.defined(entry, key, place, &below(map, key.value))?;
    let key = if place == Place::Root {
        key
    } else {
        defined.key
    };
    let fields = traits::merged_by(reader.document, reader.api.version, &shapes::CHANNEL, node);
    let messages = messages(reader, &fields, &below(&defined.pointer, "messages"));
    let id = u32::try_from(reader.api.channels.len()).ok()?;
    reader.api.channels.push(Channel {
        node,
        key,
        place: defined.place,
        address: reader.text(&fields, "address"),
        messages,
        parameters: parameters(reader, &fields),
        servers: servers(reader, &fields),
        about: reader.about(&fields),
    });
    reader.channels.insert(address(entry), id);
    reader.channels.entry(address(node)).or_insert(id);
    Some(id)
}

fn messages<'a>(
    reader: &mut Reader<'a, '_>,
    fields: &Fields<'a>,
    pointer: &str,
) -> Vec<ChannelMessage<'a>> {
    let mut messages = Vec::new();
    for (key, node) in reader.map(fields, "messages") {
        let defined = reader.defined(node, key, Place::Inline, &below(pointer, key.value));
        if let Some(message) = defined.and_then(|defined| message::message(reader, &defined)) {
            messages.push(ChannelMessage { key, message });
        }
    }
    messages
}

fn parameters<'a>(reader: &Reader<'a, '_>, fields: &Fields<'a>) -> Vec<Parameter<'a>> {
    reader
        .map(fields, "parameters")
        .into_iter()
        .filter_map(|(name, node)| {
            let node = reader.document.follow(node)?;
            let fields = Fields::of(node);
            Some(Parameter {
                name,
                node,
                values: reader.texts(&fields, "enum"),
                default: reader.text(&fields, "default"),
                description: reader.text(&fields, "description"),
                examples: reader.texts(&fields, "examples"),
                location: reader.text(&fields, "location"),
                schema: None,
            })
        })
        .collect()
}

fn servers<'a>(reader: &Reader<'a, '_>, fields: &Fields<'a>) -> Vec<(Span, Option<ServerId>)> {
    let items = items_of(reader.get(fields, "servers")).iter();
    items
        .map(|item| {
            (
                item.span,
                reader.first_known(item, &reader.servers).ok().map(ServerId),
            )
        })
        .collect()
}
