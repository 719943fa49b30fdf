//! The list of contents.
use std::collections::HashMap;

use serde::Serialize;

use super::{Ctx, channel, message, operation, server};
use crate::{
    escape,
    link::Link,
    plan::{operations_of, schema_name},
    style::Style,
};
use tidings_document::api::MessageId;

#[derive(Serialize)]
pub(crate) struct Section {
    link: Link,
    /// What those on the other side call it, where that is something else, and which side it is of.
    other: &'static str,
    side: &'static str,
    /// How many entries it has, where they are so many that they are folded.
    folded: usize,
    entries: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    href: String,
    #[serde(skip)]
    title: String,
    /// The title with places where it may break.
    title_html: String,
    /// What tells it apart from others with its title.
    more_html: String,
    /// Which way messages go, for operations.
    class: &'static str,
    verb: &'static str,
}

/// Entries of a section that are seen at once.
const SEEN: usize = 12;

pub(crate) fn sections(ctx: &Ctx<'_>, problems: bool) -> Vec<Section> {
    let mut list = Vec::new();
    if !ctx.api.operations.is_empty() {
        list.push(section(Link::to("overview", "At a glance"), Vec::new()));
    }
    for style in Style::ALL {
        let link = Link::to(style.id(), style.heading());
        let count = list.len();
        push(&mut list, link, operations(ctx, style));
        for section in &mut list[count..] {
            section.other = style.other_heading();
            section.side = style.side();
        }
    }
    let channels = ctx.api.channels.iter().zip(&ctx.plan.channels);
    let channels =
        channels.map(|(found, id)| entry(id, channel::title(ctx, found), found.key.value));
    push(
        &mut list,
        Link::to("channels", "Channels"),
        channels.collect(),
    );
    push(&mut list, messages_link(ctx), messages(ctx));
    let schemas = ctx.plan.listed.iter();
    let schemas = schemas.map(|&id| {
        let found = &ctx.api[id];
        entry(ctx.plan.schema_id(id), schema_name(found), &found.pointer)
    });
    push(&mut list, Link::to("schemas", "Schemas"), schemas.collect());
    let servers = ctx.api.servers.iter().zip(&ctx.plan.servers);
    let servers = servers.map(|(found, id)| entry(id, server::title(found), found.key.value));
    push(&mut list, Link::to("servers", "Servers"), servers.collect());
    let schemes = ctx.api.security_schemes.iter().zip(&ctx.plan.security);
    let schemes = schemes.map(|(found, id)| entry(id, found.key.value, found.kind.value));
    push(
        &mut list,
        Link::to("security", "Security"),
        schemes.collect(),
    );
    if problems {
        list.push(section(Link::to("problems", "Problems"), Vec::new()));
    }
    list
}

fn operations(ctx: &Ctx<'_>, style: Style) -> Vec<Entry> {
    operations_of(&ctx.plan.styles, style)
        .map(|id| {
            let found = &ctx.api[id];
            let title = operation::title(ctx, found);
            let channel = found.channel.map(|id| channel::name(ctx, &ctx.api[id]));
            let other = channel.unwrap_or_else(|| found.key.value.to_owned());
            Entry {
                class: operation::class(found.action),
                verb: super::verb(found.action),
                ..entry(&ctx.plan.operations[id.0 as usize], &title, &other)
            }
        })
        .collect()
}

/// Those that no operation uses have a section of their own; the others stand in operations.
fn messages_link(ctx: &Ctx<'_>) -> Link {
    match ctx.plan.message_home.contains(&None) {
        true => Link::to("messages", "Messages"),
        false => Link::none("Messages"),
    }
}

fn messages(ctx: &Ctx<'_>) -> Vec<Entry> {
    let all = (0..).map(MessageId).zip(&ctx.api.messages);
    all.map(|(id, found)| {
        let place = &ctx.plan.messages[id.0 as usize];
        entry(place, message::title(found), found.key.value)
    })
    .collect()
}

fn push(list: &mut Vec<Section>, link: Link, mut entries: Vec<Entry>) {
    tell_apart(&mut entries);
    if !entries.is_empty() {
        list.push(section(link, entries));
    }
}

/// Leaves the second text to those whose title others have too.
fn tell_apart(entries: &mut [Entry]) {
    let mut count: HashMap<String, u32> = HashMap::new();
    for entry in entries.iter() {
        *count.entry(entry.title.clone()).or_default() += 1;
    }
    for entry in entries {
        if count[&entry.title] < 2 {
            entry.more_html = String::new();
        }
    }
}

fn section(link: Link, entries: Vec<Entry>) -> Section {
    Section {
        link,
        other: "",
        side: "",
        folded: Some(entries.len())
            .filter(|count| *count > SEEN)
            .unwrap_or(0),
        entries,
    }
}

fn entry(id: &str, title: &str, other: &str) -> Entry {
    Entry {
        href: format!("#{id}"),
        title: title.to_owned(),
        title_html: escape::breakable(title),
        more_html: escape::breakable(other),
        class: "",
        verb: "",
    }
}
