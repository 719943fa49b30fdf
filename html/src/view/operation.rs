//! Operations, grouped by how they talk, each with a sentence for both sides.
use serde::Serialize;
use tidings_document::api::{self, Action, Api, MessageUse, OperationId, Place};

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

/// A part of a sentence.
#[derive(Debug, Serialize)]
pub(crate) struct Piece {
    kind: &'static str,
    text: String,
    href: String,
}

impl Piece {
    pub(crate) fn plain(text: &str) -> Self {
        Self::of("", text)
    }

    fn strong(text: &str) -> Self {
        Self::of("strong", text)
    }

    fn of(kind: &'static str, text: &str) -> Self {
        Self {
            kind,
            text: text.to_owned(),
            href: String::new(),
        }
    }
}

/// What people call an operation. Those of version 2 often have no name at all.
pub(crate) fn title(api: &Api<'_>, operation: &api::Operation<'_>) -> String {
    if let Some(title) = operation.about.title.filter(|title| !title.is_empty()) {
        return title.value.to_owned();
    }
    match operation.channel {
        Some(channel) if api.version.is_v2() && operation.operation_id.is_none() => {
            let verb = match operation.action {
                Action::Receive => "Receive from",
                Action::Send => "Send to",
            };
            format!("{verb} {}", channel::title(api, &api[channel]))
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
    let title = title(ctx.api, operation);
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
        channel::label(ctx.api, &ctx.api[id]),
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
        .map(|id| channel::place(ctx.api, &ctx.api[id]));
    let request = names(ctx, &ctx.api.messages_of(operation));
    let replies = names(ctx, &ctx.api.messages_of_reply(reply));
    let address = reply.address.as_ref();
    Reply {
        channel: reply.channel.map(|id| {
            let text = channel::label(ctx.api, &ctx.api[id]);
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

/// Where a reply goes, in words.
fn reply_place(ctx: &Ctx<'_>, reply: &api::Reply<'_>) -> String {
    let channel = reply.channel.map(|id| &ctx.api[id]);
    match (channel.map(channel::address), &reply.address) {
        (Some(address), _) if !address.is_empty() => address.to_owned(),
        (_, Some(address)) => format!("the address in {}", address.location.value),
        (Some(_), None) => "an address known at run time".to_owned(),
        (None, None) => "the same channel".to_owned(),
    }
}

/// Where a reply goes, as the end of a sentence.
fn reply_pieces(ctx: &Ctx<'_>, reply: &api::Reply<'_>) -> Vec<Piece> {
    let channel = reply.channel.map(|id| &ctx.api[id]);
    match (channel.map(channel::address), &reply.address) {
        (Some(address), _) if !address.is_empty() => {
            vec![Piece::plain(" on "), Piece::of("code", address)]
        }
        (_, Some(address)) => {
            let place = Piece::of("code", address.location.value);
            vec![Piece::plain(" at the address in "), place]
        }
        _ => vec![Piece::plain(&format!(" on {}", reply_place(ctx, reply)))],
    }
}

/// Titles of messages: all of few, or the first of many.
pub(crate) fn names(ctx: &Ctx<'_>, list: &[MessageUse<'_>]) -> String {
    let titles: Vec<&str> = list.iter().map(|used| title_of(ctx, used)).collect();
    match titles.len() {
        0 => "a message".to_owned(),
        1..=4 => titles.join(" or "),
        count => format!("{} or {} more", titles[..3].join(", "), count - 3),
    }
}

fn title_of<'a>(ctx: &'a Ctx<'_>, used: &MessageUse<'a>) -> &'a str {
    match used.message {
        Some(id) => message::title(&ctx.api[id]),
        None => used.key.value,
    }
}

/// What the application does, and what its counterpart does to meet it.
fn sentence(
    ctx: &Ctx<'_>,
    operation: &api::Operation<'_>,
    style: Style,
    application: &str,
) -> Vec<Piece> {
    let mut pieces = vec![
        Piece::strong(application),
        Piece::plain(&format!(" {} ", verb(operation.action))),
    ];
    list(ctx, &ctx.api.messages_of(operation), &mut pieces);
    pieces.push(Piece::plain(" on "));
    pieces.push(match operation.channel {
        Some(channel) => Piece::of("code", &channel::place(ctx.api, &ctx.api[channel])),
        None => Piece::plain("a channel that is not resolved"),
    });
    if let Some(reply) = &operation.reply {
        pieces.push(Piece::plain(match style {
            Style::Answers => " and replies with ",
            Style::Gathers => " and collects the replies, ",
            _ => " and waits for the reply, ",
        }));
        list(ctx, &ctx.api.messages_of_reply(reply), &mut pieces);
        pieces.extend(reply_pieces(ctx, reply));
    }
    pieces.push(Piece::plain(". "));
    counterpart(operation, &mut pieces);
    pieces
}

fn counterpart(operation: &api::Operation<'_>, pieces: &mut Vec<Piece>) {
    let (start, own, end) = match (operation.action, operation.reply.is_some()) {
        (Action::Receive, true) => (
            "To use it, ",
            "you send",
            " the request and receive the reply.",
        ),
        (Action::Receive, false) => ("To use it, ", "you send", " it there."),
        (Action::Send, true) => (
            "To serve it, ",
            "you receive",
            " the request and send the reply.",
        ),
        (Action::Send, false) => ("To use it, ", "you receive", " it from there."),
    };
    pieces.extend([Piece::plain(start), Piece::strong(own), Piece::plain(end)]);
}

fn list(ctx: &Ctx<'_>, messages: &[MessageUse<'_>], pieces: &mut Vec<Piece>) {
    const SHOWN: usize = 4;
    for (index, used) in messages.iter().take(SHOWN).enumerate() {
        if index > 0 {
            let last = index + 1 == messages.len();
            pieces.push(Piece::plain(if last { " or " } else { ", " }));
        }
        let href = used
            .message
            .map(|id| format!("#{}", ctx.plan.messages[id.0 as usize]));
        pieces.push(Piece {
            kind: "link",
            text: title_of(ctx, used).to_owned(),
            href: href.unwrap_or_default(),
        });
    }
    if messages.len() > SHOWN {
        pieces.push(Piece::plain(&format!(
            " or {} more",
            messages.len() - SHOWN
        )));
    }
    if messages.is_empty() {
        pieces.push(Piece::plain("a message"));
    }
}
