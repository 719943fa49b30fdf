//! Operations with their replies.
use super::super::{
    fields::{Fields, items_of},
    message,
    reader::Reader,
    security, traits,
};
use super::{channel::channel, shapes};
use crate::{
    Diagnostic, Node, Span, Text,
    api::{Action, ChannelId, MessageUse, Operation, Place, Reply, ReplyAddress},
    document::address,
    rules,
};

/// Reads an operation, unless it is known. One without a known action is left out: nothing can be done with it.
pub(super) fn operation<'a>(
    reader: &mut Reader<'a, '_>,
    entry: &'a Node,
    key: Text<'a>,
    place: Place,
) -> Option<u32> {
    let node = match (place, reader.first_known(entry, &reader.operations)) {
        (Place::Root, _) => reader.document.follow(entry)?,
        (_, Ok(id)) => return Some(id),
        (_, Err(node)) => node?,
    };
    node.as_object()?;
    let fields = traits::merged_by(
        reader.document,
        reader.api.version,
        &shapes::OPERATION,
        node,
    );
    let action = match reader.text(&fields, "action").map(|text| text.value) {
        Some("send") => Action::Send,
        Some("receive") => Action::Receive,
        _ => return None,
    };
    let operation = Operation {
        node,
        key,
        place,
        operation_id: None,
        action,
        channel_span: fields.get("channel").map_or(node.span, |node| node.span),
        channel: channel_of(reader, &fields),
        messages: messages(reader, &fields),
        reply: reply(reader, &fields),
        security: security::requirements(reader, &fields),
        about: reader.about(&fields),
    };
    let id = u32::try_from(reader.api.operations.len()).ok()?;
    reader.api.operations.push(operation);
    reader.operations.insert(address(entry), id);
    reader.operations.entry(address(node)).or_insert(id);
    Some(id)
}

fn channel_of<'a>(reader: &mut Reader<'a, '_>, fields: &Fields<'a>) -> Option<ChannelId> {
    let node = fields.get("channel")?;
    let key = reader.nothing(node.span);
    channel(reader, node, key, Place::Inline).map(ChannelId)
}

fn messages<'a>(reader: &mut Reader<'a, '_>, fields: &Fields<'a>) -> Option<Vec<MessageUse<'a>>> {
    let items = items_of(Some(reader.get(fields, "messages")?));
    let uses = items.iter().map(|item| {
        let reference = item.reference();
        let key = reference.map_or(reader.nothing(item.span), |reference| Text {
            value: reference.value.rsplit('/').next().unwrap_or_default(),
            span: reference.span,
        });
        let defined = reader.defined(item, key, Place::Inline, "");
        MessageUse {
            key,
            span: item.span,
            message: defined.and_then(|defined| message::message(reader, &defined)),
        }
    });
    Some(uses.collect())
}

/// The finding about a reply of which nobody knows what it is, at its first line.
fn without_channel(reader: &Reader<'_, '_>, reply: &Node) -> Diagnostic {
    let text = reader.document.sources().slice(reply.span);
    let line = text.lines().next().unwrap_or_default().len();
    let span = Span {
        end: reply.span.start + u32::try_from(line).unwrap_or_default(),
        ..reply.span
    };
    let message = "the reply has no `channel`, so that its messages are not known";
    let help = "add `channel: {$ref: '#/channels/NAME'}`, with `address: null` in that channel if each request tells the address";
    Diagnostic::new(&rules::REPLY_CHANNEL_MISSING, span, message).help(help)
}

fn reply<'a>(reader: &mut Reader<'a, '_>, fields: &Fields<'a>) -> Option<Reply<'a>> {
    let node = reader.get(fields, "reply")?;
    node.as_object()?;
    let written = fields.get("reply").unwrap_or(node);
    let fields = Fields::of(node);
    if fields.get("channel").is_none() {
        reader.diagnostics.push(without_channel(reader, written));
    }
    let address = reader.get(&fields, "address").and_then(|node| {
        let fields = Fields::of(node);
        Some(ReplyAddress {
            node,
            location: reader.text(&fields, "location")?,
            description: reader.text(&fields, "description"),
        })
    });
    Some(Reply {
        node,
        address,
        channel_span: fields.get("channel").map(|node| node.span),
        channel: channel_of(reader, &fields),
        messages: messages(reader, &fields),
    })
}
