//! What the application does, and what its counterpart does to meet it, as a sentence.
use serde::Serialize;
use tidings_document::api::{self, Action, MessageUse};

use crate::{
    style::Style,
    view::{Ctx, channel, message, verb},
};

/// A part of a sentence.
#[derive(Debug, Serialize)]
pub(crate) struct Piece {
    pub(crate) kind: &'static str,
    pub(crate) text: String,
    href: String,
}

impl Piece {
    fn plain(text: &str) -> Self {
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

/// What the application does, and what its counterpart does to meet it: each reads the own one first.
#[derive(Debug, Serialize)]
pub(crate) struct Sentence {
    pub(crate) own: Vec<Piece>,
    pub(crate) other: Vec<Piece>,
}

/// The sentences for both sides.
pub(crate) fn sentence(
    ctx: &Ctx<'_>,
    operation: &api::Operation<'_>,
    style: Style,
    application: &str,
) -> Sentence {
    let mut pieces = vec![
        Piece::strong(application),
        Piece::plain(&format!(" {} ", verb(operation.action))),
    ];
    list(ctx, &ctx.api.messages_of(operation), &mut pieces);
    pieces.push(Piece::plain(" on "));
    match operation.channel.map(|id| &ctx.api[id]) {
        Some(found) if channel::address(found).is_empty() => {
            pieces.push(Piece::of("code", channel::title(ctx, found)));
            pieces.push(Piece::plain(" (address known at run time)"));
        }
        Some(found) => pieces.push(Piece::of("code", channel::address(found))),
        None => pieces.push(Piece::plain("a channel that is not resolved")),
    }
    if let Some(reply) = &operation.reply {
        pieces.push(Piece::plain(match style {
            Style::Answers => " and replies with ",
            Style::Gathers => " and collects the replies, ",
            _ => " and waits for the reply, ",
        }));
        list(ctx, &ctx.api.messages_of_reply(reply), &mut pieces);
        pieces.extend(reply_pieces(ctx, reply));
    }
    pieces.push(Piece::plain("."));
    Sentence {
        own: pieces,
        other: counterpart(operation),
    }
}

/// Where a reply goes, in words.
pub(super) fn reply_place(ctx: &Ctx<'_>, reply: &api::Reply<'_>) -> String {
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
pub(super) fn names(ctx: &Ctx<'_>, list: &[MessageUse<'_>]) -> String {
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

fn counterpart(operation: &api::Operation<'_>) -> Vec<Piece> {
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
    vec![Piece::plain(start), Piece::strong(own), Piece::plain(end)]
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
