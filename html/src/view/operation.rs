//! Operations, grouped by how they talk, each with a sentence for both sides.
pub(crate) mod place;
pub(crate) mod sentence;

use std::collections::HashSet;

use serde::Serialize;
use tidings_document::api::{self, Action, ChannelId, MessageId, MessageUse, OperationId};

use super::{
    Ctx, channel,
    common::{About, about},
    message::{self, Message},
    verb,
};
use crate::{
    finding::{self, Finding},
    link::Link,
    picture::{Exchange, Picture, sequence},
    plan::operations_of,
    style::Style,
};
use place::{Place, place};
use sentence::{Sentence, names, reply_place, sentence};

#[derive(Serialize)]
pub(crate) struct Operation {
    id: String,
    title: String,
    key: String,
    verb: &'static str,
    class: &'static str,
    unused: bool,
    findings: Vec<Finding>,
    sentence: Sentence,
    place: Place,
    reply: Option<Reply>,
    requests: Messages,
    about: About,
}

#[derive(Serialize)]
struct Reply {
    /// Where it goes: an address, or the place in the request that names it.
    channel: Option<Link>,
    location: String,
    description_html: String,
    picture: Picture,
    messages: Messages,
}

/// The messages that an operation takes or gives.
#[derive(Serialize)]
struct Messages {
    shown: Vec<Message>,
    /// The channel that lists the others, where they are many and shown elsewhere.
    more: Option<Link>,
}

/// How many messages an operation shows of those that its channel lists and another operation shows whole.
const SHOWN: usize = 8;

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

/// The operations of a style.
pub(crate) fn of_style<'c>(
    ctx: &'c Ctx<'_>,
    style: Style,
    application: &'c str,
) -> impl Iterator<Item = Operation> {
    operations_of(&ctx.plan.styles, style).map(move |id| operation(ctx, id, application))
}

fn operation(ctx: &Ctx<'_>, id: OperationId, application: &str) -> Operation {
    let operation = &ctx.api[id];
    let number = id.0 as usize;
    let style = ctx.plan.styles[number];
    let title = title(ctx, operation);
    let key = operation.key.value;
    let named = title == key || (ctx.api.version.is_v2() && operation.operation_id.is_none());
    let mut shown = HashSet::new();
    let role = if operation.reply.is_some() {
        "Request"
    } else {
        "Message"
    };
    let mut show = |role, list: &[MessageUse<'_>], all_of: Option<ChannelId>| {
        messages(ctx, id, role, list, all_of, &mut shown)
    };
    let all_of = operation.channel.filter(|_| operation.messages.is_none());
    let requests = show(role, &ctx.api.messages_of(operation), all_of);
    let replies = operation.reply.as_ref().map(|reply| {
        let all_of = reply.channel.filter(|_| reply.messages.is_none());
        show("Reply", &ctx.api.messages_of_reply(reply), all_of)
    });
    Operation {
        id: ctx.plan.operations[number].clone(),
        key: if named { String::new() } else { key.to_owned() },
        verb: verb(operation.action),
        class: class(operation.action),
        unused: operation.place == api::Place::Components,
        findings: ctx.plan.findings(finding::About::Operation(id)),
        sentence: sentence(ctx, operation, style, application),
        place: place(ctx, id, operation),
        reply: operation
            .reply
            .as_ref()
            .zip(replies)
            .map(|(found, replies)| reply(ctx, operation, found, application, replies)),
        requests,
        about: about(ctx, &operation.about, 3),
        title,
    }
}

/// The messages of an operation, which are all those of a channel if that is given.
fn messages(
    ctx: &Ctx<'_>,
    operation: OperationId,
    role: &'static str,
    list: &[MessageUse<'_>],
    all_of: Option<ChannelId>,
    whole: &mut HashSet<MessageId>,
) -> Messages {
    let mut messages = Messages {
        shown: Vec::new(),
        more: None,
    };
    let mut left_out = 0;
    for used in list {
        let home = used
            .message
            .and_then(|id| ctx.plan.message_home[id.0 as usize]);
        let is_full = all_of.is_some() && messages.shown.len() >= SHOWN;
        if is_full && home != Some(operation) && used.message.is_some() {
            left_out += 1;
        } else {
            let shown = message::of_operation(ctx, operation, role, used, whole);
            messages.shown.push(shown);
        }
    }
    messages.more = all_of.filter(|_| left_out > 0).map(|channel| {
        let plural = if left_out == 1 { "" } else { "s" };
        let text = format!("{left_out} more message{plural}");
        Link::to(&ctx.plan.channels[channel.0 as usize], text)
    });
    messages
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
        channel::name(ctx, &ctx.api[id]),
    ))
}

fn reply(
    ctx: &Ctx<'_>,
    operation: &api::Operation<'_>,
    reply: &api::Reply<'_>,
    application: &str,
    messages: Messages,
) -> Reply {
    let receives = operation.action == Action::Receive;
    let (asks, answers) = match receives {
        true => ("You", application),
        false => (application, "You"),
    };
    let request_at = operation
        .channel
        .map(|id| channel::place(ctx, &ctx.api[id]));
    let request = names(ctx, &ctx.api.messages_of(operation));
    let replies = names(ctx, &ctx.api.messages_of_reply(reply));
    let address = reply.address.as_ref();
    Reply {
        channel: reply.channel.map(|id| {
            let text = match address {
                // The place that names the address is told beside it.
                Some(_) => channel::name(ctx, &ctx.api[id]),
                None => channel::label(ctx, &ctx.api[id]),
            };
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
