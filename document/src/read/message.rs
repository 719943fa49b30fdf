//! Messages, for both versions: identity by their node, traits merged, payload in its language.
use super::{
    check,
    fields::{Fields, items_of},
    reader::{Defined, Reader, below},
    schema::{self, At},
    traits,
};
use crate::{
    Node,
    api::{CorrelationId, Example, Message, MessageId, Payload, Place, SchemaFormat},
    document::address,
};

/// The id of a message, which is read when it is met first.
pub(crate) fn message<'a>(reader: &mut Reader<'a, '_>, defined: &Defined<'a>) -> Option<MessageId> {
    if let Some(id) = reader.messages.get(&address(defined.node)) {
        return Some(*id);
    }
    defined.node.as_object()?;
    let id = MessageId(u32::try_from(reader.api.messages.len()).ok()?);
    reader.messages.insert(address(defined.node), id);
    let message = read(reader, defined);
    reader.api.messages.push(message);
    Some(id)
}

/// The messages of `components` that were not met before.
pub(crate) fn read_components(reader: &mut Reader<'_, '_>) {
    for (key, node) in reader.component("messages") {
        let pointer = below("/components/messages", key.value);
        let defined = reader.defined(node, key, Place::Components, &pointer);
        // A choice of version 2 is no message itself.
        for defined in defined
            .into_iter()
            .filter(|defined| defined.node.get("oneOf").is_none())
        {
            message(reader, &defined);
        }
    }
}

fn read<'a>(reader: &mut Reader<'a, '_>, defined: &Defined<'a>) -> Message<'a> {
    let fields = traits::merged(reader.document, reader.api.version, defined.node);
    Message {
        node: defined.node,
        key: defined.key,
        place: defined.place,
        pointer: defined.pointer.clone(),
        message_id: reader.text(&fields, "messageId"),
        name: reader.text(&fields, "name"),
        content_type: reader.text(&fields, "contentType"),
        headers: headers(reader, &fields, &defined.pointer),
        payload: payload(reader, &fields, &defined.pointer),
        correlation_id: correlation_id(reader, &fields),
        examples: examples(reader, &fields),
        about: reader.about(&fields),
    }
}

fn headers<'a>(
    reader: &mut Reader<'a, '_>,
    fields: &Fields<'a>,
    pointer: &str,
) -> Option<crate::api::SchemaId> {
    let node = fields.get("headers")?;
    let at = At {
        key: None,
        pointer: &below(pointer, "headers"),
    };
    if reader.api.version.is_v2() {
        return Some(schema::schema(reader, node, &at, SchemaFormat::AsyncApi));
    }
    schema::any(reader, node, &at).1
}

fn payload<'a>(
    reader: &mut Reader<'a, '_>,
    fields: &Fields<'a>,
    pointer: &str,
) -> Option<Payload<'a>> {
    let node = fields.get("payload")?;
    let pointer = below(pointer, "payload");
    let at = At {
        key: None,
        pointer: &pointer,
    };
    if !reader.api.version.is_v2() {
        let (payload, _) = schema::any(reader, node, &at);
        return Some(payload);
    }
    let text = reader.text(fields, "schemaFormat");
    Some(schema::in_format(reader, node, text, &at))
}

fn correlation_id<'a>(reader: &Reader<'a, '_>, fields: &Fields<'a>) -> Option<CorrelationId<'a>> {
    let node = reader.get(fields, "correlationId")?;
    let fields = Fields::of(node);
    Some(CorrelationId {
        node,
        location: reader.text(&fields, "location")?,
        description: reader.text(&fields, "description"),
    })
}

fn examples<'a>(reader: &mut Reader<'a, '_>, fields: &Fields<'a>) -> Vec<Example<'a>> {
    let items = items_of(reader.get(fields, "examples")).iter();
    let items = items.filter_map(|item| reader.document.follow(item));
    let items: Vec<_> = items.filter(|node| node.as_object().is_some()).collect();
    let example = |node| {
        let fields = Fields::of(node);
        Example {
            node,
            name: reader.text(&fields, "name"),
            summary: reader.text(&fields, "summary"),
            headers: value(reader, &fields, "headers"),
            payload: value(reader, &fields, "payload"),
        }
    };
    items.into_iter().map(example).collect()
}

/// A value of an example, from another file too where that is part of the document.
fn value<'a>(reader: &mut Reader<'a, '_>, fields: &Fields<'a>, name: &str) -> Option<&'a Node> {
    let node = fields.get(name)?;
    let value = reader.document.follow(node);
    if value.is_none() {
        let foreign = reader.document.foreign(node);
        reader.diagnostics.extend(foreign.map(check::as_data));
    }
    value
}
