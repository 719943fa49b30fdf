//! Operations, grouped by how they talk, each with a sentence for both sides.
mod sentence;

use serde::Serialize;
use tidings_document::api::{self, Action, MessageUse, OperationId, Place};

use super::{
    Ctx, channel,
    common::{About, about},
    message::{self, Message},
    server::{self, Requirement},
    verb,
};
use crate::{
    link::Link,
    picture::{Exchange, Picture, sequence},
    plan::operations_of,
    style::Style,
};
use sentence::{Piece, names, reply_place, sentence};

/// The operations of one style.
#[derive(Serialize)]
pub(crate) struct Group {
    id: &'static str,
    heading: &'static str,
    operations: Vec<Operation>,
}

#[derive(Serialize)]
struct Operation {
    id: String,
    title: String,
    key: String,
    verb: &'static str,
    class: &'static str,
    style: &'static str,
    inferred: bool,
    unused: bool,
    sentence: Vec<Piece>,
    channel: Option<Link>,
    servers: Vec<Link>,
    security: Vec<Requirement>,
    reply: Option<Reply>,
    requests: Vec<Message>,
    about: About,
}

#[derive(Serialize)]
struct Reply {
    /// Where it goes: an address, or the place in the request that names it.
    channel: Option<Link>,
    location: String,
    description_html: String,
    picture: Picture,
    messages: Vec<Message>,
}

/// What people call an operation. Those of version 2 often have no name at all.
pub(crate) fn title(ctx: &Ctx<'_>, operation: &api::Operation<'_>) -> String {
    if let Some(title) = operation.about.title.filter(|title| !title.is_empty()) {
        return title.value.to_owned();
    }
    match operation.channel {
        Some(channel) if ctx.api.version.is_v2() && operation.operation_id.is_none() => {
            let verb = match operation.action {
                Action::Receive => "Receive from",
                Action::Send => "Send to",
            };
            format!("{verb} {}", channel::title(ctx, &ctx.api[channel]))
        }
        _ => operation.key.value.to_owned(),
    }
}

/// The operations of a style, if there are any.
pub(crate) fn group(ctx: &Ctx<'_>, style: Style, application: &str) -> Option<Group> {
    let operations: Vec<Operation> = operations_of(&ctx.plan.uses, style)
        .map(|id| operation(ctx, id, application))
        .collect();
    (!operations.is_empty()).then(|| Group {
        id: style.id(),
        heading: style.heading(),
        operations,
    })
}

fn operation(ctx: &Ctx<'_>, id: OperationId, application: &str) -> Operation {
    let operation = &ctx.api[id];
    let used = ctx.plan.uses[id.0 as usize];
    let number = id.0 as usize;
    let channel = operation.channel.map(|channel| &ctx.api[channel]);
    let title = title(ctx, operation);
    let key = operation.key.value;
    let named = title == key || (ctx.api.version.is_v2() && operation.operation_id.is_none());
    let mut shown = Vec::new();
    let role = if operation.reply.is_some() {
        "Request"
    } else {
        "Message"
    };
    let mut show = |role, list: &[MessageUse<'_>]| -> Vec<Message> {
        list.iter()
            .map(|used| message::of_operation(ctx, id, role, used, &mut shown))
            .collect()
    };
    let requests = show(role, &ctx.api.messages_of(operation));
    let replies = operation
        .reply
        .as_ref()
        .map(|reply| show("Reply", &ctx.api.messages_of_reply(reply)))
        .unwrap_or_default();
    Operation {
        id: ctx.plan.operations[number].clone(),
        key: if named { String::new() } else { key.to_owned() },
        verb: verb(operation.action),
        class: class(operation.action),
        style: used.style.name(),
        inferred: used.inferred,
        unused: operation.place == Place::Components,
        sentence: sentence(ctx, operation, used.style, application),
        channel: channel_link(ctx, operation),
        servers: channel
            .map(|channel| channel::servers(ctx, &channel.servers))
            .unwrap_or_default(),
        security: server::requirements(ctx, &operation.security),
        reply: operation
            .reply
            .as_ref()
            .map(|found| reply(ctx, operation, found, application, replies)),
        requests,
        about: about(ctx, &operation.about, 3),
        title,
    }
}

/// Class of the badge that says which way messages go.
pub(crate) fn class(action: Action) -> &'static str {
    match action {
        Action::Receive => "in",
        Action::Send => "out",
    }
}

pub(crate) fn channel_link(ctx: &Ctx<'_>, operation: &api::Operation<'_>) -> Option<Link> {
    let id = operation.channel?;
    Some(Link::to(
        &ctx.plan.channels[id.0 as usize],
        channel::label(ctx, &ctx.api[id]),
    ))
}

fn reply(
    ctx: &Ctx<'_>,
    operation: &api::Operation<'_>,
    reply: &api::Reply<'_>,
    application: &str,
    messages: Vec<Message>,
) -> Reply {
    let receives = operation.action == Action::Receive;
    let (asks, answers) = match receives {
        true => ("You, asking", application),
        false => (application, "You, answering"),
    };
    let request_at = operation
        .channel
        .map(|id| channel::place(ctx, &ctx.api[id]));
    let request = names(ctx, &ctx.api.messages_of(operation));
    let replies = names(ctx, &ctx.api.messages_of_reply(reply));
    let address = reply.address.as_ref();
    Reply {
        channel: reply.channel.map(|id| {
            let text = channel::label(ctx, &ctx.api[id]);
            Link::to(&ctx.plan.channels[id.0 as usize], text)
        }),
        location: address
            .map(|address| address.location.value.to_owned())
            .unwrap_or_default(),
        description_html: ctx.markdown(address.and_then(|address| address.description), 6),
        picture: sequence(&Exchange {
            asks,
            answers,
            request: &request,
            request_at: request_at.as_deref().unwrap_or("a channel not resolved"),
            reply: &replies,
            reply_at: &reply_place(ctx, reply),
        }),
        messages,
    }
}
