//! The whole at a glance: a picture of what comes in and what goes out, and the same as a table.
use std::collections::HashMap;

use serde::Serialize;
use tidings_document::api::{Action, ChannelId, MessageUse};

use super::{Ctx, channel, message, operation};
use crate::{
    link::Link,
    picture::{self, Picture, Side, Station},
    plan::operations_of,
    style::Style,
};

#[derive(Serialize)]
pub(crate) struct Overview {
    /// For wide and for narrow screens; none when there is too much to draw.
    pictures: Vec<Picture>,
    /// Whether any operation has a reply.
    replies: bool,
}

#[derive(Serialize)]
pub(crate) struct Row {
    operation: Link,
    verb: &'static str,
    class: &'static str,
    style: &'static str,
    channel: Option<Link>,
    messages: Vec<Link>,
    replies: Vec<Link>,
    /// Whether the table has a column for these.
    has_replies: bool,
    protocols: Vec<String>,
}

impl Overview {
    /// The picture for wide screens.
    pub(crate) fn into_picture(self) -> Option<Picture> {
        self.pictures.into_iter().next()
    }
}

/// How many channels a picture can hold.
const DRAWN: usize = 40;
/// How many a picture for narrow screens can hold before it hides the table below it.
const DRAWN_TALL: usize = 12;

pub(crate) fn overview(ctx: &Ctx<'_>, application: &str) -> Option<Overview> {
    if ctx.api.operations.is_empty() {
        return None;
    }
    let stations = stations(ctx);
    let label = format!("Channels of {application}: what it receives and what it sends");
    let pictures = if stations.len() > DRAWN {
        Vec::new()
    } else {
        let tall = stations.len() <= DRAWN_TALL;
        let tall = tall.then(|| picture::tall(application, &stations, &label));
        let wide = picture::wide(application, &stations, &label);
        std::iter::once(wide).chain(tall).collect()
    };
    Some(Overview {
        pictures,
        replies: has_replies(ctx),
    })
}

/// Whether any operation has a reply.
fn has_replies(ctx: &Ctx<'_>) -> bool {
    let mut operations = ctx.api.operations.iter();
    operations.any(|operation| operation.reply.is_some())
}

/// The rows of the table.
pub(crate) fn rows(ctx: &Ctx<'_>) -> impl Iterator<Item = Row> {
    let operations = Style::ALL
        .into_iter()
        .flat_map(|style| operations_of(&ctx.plan.uses, style));
    let has_replies = has_replies(ctx);
    operations.map(move |id| Row {
        has_replies,
        ..row(ctx, id.0 as usize)
    })
}

fn row(ctx: &Ctx<'_>, number: usize) -> Row {
    let found = &ctx.api.operations[number];
    let title = operation::title(ctx, found);
    let replies = found.reply.as_ref();
    let replies = replies.map(|reply| ctx.api.messages_of_reply(reply));
    Row {
        operation: Link::to(&ctx.plan.operations[number], title),
        verb: super::verb(found.action),
        class: operation::class(found.action),
        style: ctx.plan.uses[number].style.name(),
        channel: operation::channel_link(ctx, found),
        messages: links(ctx, number, &ctx.api.messages_of(found)),
        replies: links(ctx, number, &replies.unwrap_or_default()),
        has_replies: false,
        protocols: found
            .channel
            .map(|channel| protocols(ctx, channel))
            .unwrap_or_default(),
    }
}

/// Links to messages; where there are many, the last one is to the operation that lists them all.
fn links(ctx: &Ctx<'_>, operation: usize, messages: &[MessageUse<'_>]) -> Vec<Link> {
    const SHOWN: usize = 6;
    let hidden = messages.len().saturating_sub(SHOWN);
    let more = (hidden > 1).then(|| {
        let id = &ctx.plan.operations[operation];
        Link::to(id, format!("and {hidden} more"))
    });
    let shown = if more.is_some() {
        SHOWN
    } else {
        messages.len()
    };
    messages[..shown]
        .iter()
        .map(|used| match used.message {
            Some(id) => message::link(ctx, id),
            None => Link::none(format!("{} (not resolved)", used.key.value)),
        })
        .chain(more)
        .collect()
}

/// Protocols of the servers that a channel is on.
fn protocols(ctx: &Ctx<'_>, channel: ChannelId) -> Vec<String> {
    let own: Vec<_> = ctx.api[channel].servers.iter().collect();
    let mut names: Vec<String> = Vec::new();
    let add = |server: &tidings_document::api::Server<'_>, names: &mut Vec<String>| {
        let name = server.protocol.value.to_owned();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    };
    if own.is_empty() {
        ctx.api
            .servers
            .iter()
            .for_each(|server| add(server, &mut names));
    }
    for id in own.iter().filter_map(|(_, id)| *id) {
        add(&ctx.api[id], &mut names);
    }
    names
}

/// One station for each channel and direction, in the order of the operations.
fn stations(ctx: &Ctx<'_>) -> Vec<Station> {
    let mut found: Vec<Station> = Vec::new();
    let mut known = HashMap::new();
    for (number, operation) in ctx.api.operations.iter().enumerate() {
        let Some(id) = operation.channel else {
            continue;
        };
        let side = match operation.action {
            Action::Receive => Side::In,
            Action::Send => Side::Out,
        };
        let title = operation::title(ctx, operation);
        let replies = operation.reply.is_some();
        let own = *known.entry((id, operation.action)).or_insert(found.len());
        match found.get_mut(own) {
            Some(station) => {
                station.operations.push(title);
                station.replies |= replies;
                station.href = format!("#{}", ctx.plan.channels[id.0 as usize]);
            }
            None => found.push(Station {
                side,
                address: match channel::address(&ctx.api[id]) {
                    "" => channel::title(ctx, &ctx.api[id]).to_owned(),
                    _ => channel::label(ctx, &ctx.api[id]),
                },
                href: format!("#{}", ctx.plan.operations[number]),
                operations: vec![title],
                replies,
            }),
        }
    }
    found
}
