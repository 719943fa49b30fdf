//! The list of contents and the entries of the search.
use serde::Serialize;

use super::{Ctx, channel, message, operation, server};
use crate::{
    link::Link,
    plan::{operations_of, schema_name},
    style::Style,
};
use tidings_document::api::{MessageId, SchemaId};

#[derive(Serialize)]
pub(crate) struct Section {
    link: Link,
    entries: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    link: Link,
    /// Which way messages go, for operations.
    class: &'static str,
    verb: &'static str,
}

/// Title, id, further words, kind.
#[derive(Serialize)]
pub(crate) struct Found<'a>(String, &'a str, String, &'static str);

pub(crate) fn sections(ctx: &Ctx<'_>, problems: bool) -> Vec<Section> {
    let mut list = Vec::new();
    if !ctx.api.operations.is_empty() {
        list.push(section("overview", "At a glance", Vec::new()));
    }
    let servers = ctx.api.servers.iter().zip(&ctx.plan.servers);
    let servers = servers.map(|(found, id)| entry(id, server::title(found)));
    push(&mut list, "servers", "Servers", servers.collect());
    let schemes = ctx.api.security_schemes.iter().zip(&ctx.plan.security);
    let schemes = schemes.map(|(found, id)| entry(id, found.key.value));
    push(&mut list, "security", "Security", schemes.collect());
    for style in Style::ALL {
        push(
            &mut list,
            style.id(),
            style.heading(),
            operations(ctx, style),
        );
    }
    let channels = ctx.api.channels.iter().zip(&ctx.plan.channels);
    let channels = channels.map(|(found, id)| entry(id, channel::title(ctx, found)));
    push(&mut list, "channels", "Channels", channels.collect());
    let homes = (0..).map(MessageId).zip(&ctx.plan.message_home);
    let unused = homes.filter(|(_, home)| home.is_none());
    let unused = unused.map(|(id, _)| Entry {
        link: message::link(ctx, id),
        class: "",
        verb: "",
    });
    push(&mut list, "messages", "Other messages", unused.collect());
    let schemas = ctx.plan.listed.iter();
    let schemas = schemas.map(|&id| entry(ctx.plan.schema_id(id), schema_name(&ctx.api[id])));
    push(&mut list, "schemas", "Schemas", schemas.collect());
    if problems {
        list.push(section("problems", "Problems", Vec::new()));
    }
    list
}

fn operations(ctx: &Ctx<'_>, style: Style) -> Vec<Entry> {
    operations_of(&ctx.plan.uses, style)
        .map(|id| {
            let found = &ctx.api[id];
            let title = operation::title(ctx, found);
            Entry {
                class: operation::class(found.action),
                verb: super::verb(found.action),
                ..entry(&ctx.plan.operations[id.0 as usize], &title)
            }
        })
        .collect()
}

fn push(list: &mut Vec<Section>, id: &str, title: &str, entries: Vec<Entry>) {
    if !entries.is_empty() {
        list.push(section(id, title, entries));
    }
}

fn section(id: &str, title: &str, entries: Vec<Entry>) -> Section {
    Section {
        link: Link::to(id, title),
        entries,
    }
}

fn entry(id: &str, title: &str) -> Entry {
    Entry {
        link: Link::to(id, title),
        class: "",
        verb: "",
    }
}

/// Everything that can be searched for.
pub(crate) fn index<'a>(ctx: &'a Ctx<'_>) -> Vec<Found<'a>> {
    let api = ctx.api;
    let plan = &ctx.plan;
    let mut list = Vec::new();
    for (found, id) in api.operations.iter().zip(&plan.operations) {
        let channel = found.channel.map_or("", |id| channel::address(&api[id]));
        let more = format!("{} {channel}", found.key.value);
        list.push(Found(operation::title(ctx, found), id, more, "operation"));
    }
    for (found, id) in api.channels.iter().zip(&plan.channels) {
        let title = channel::title(ctx, found).to_owned();
        let more = format!("{} {}", found.key.value, channel::address(found));
        list.push(Found(title, id, more, "channel"));
    }
    for (found, id) in api.messages.iter().zip(&plan.messages) {
        let more = format!("{} {}", found.key.value, found.display_name());
        list.push(Found(message::title(found).to_owned(), id, more, "message"));
    }
    for id in (0..).map(SchemaId).take(api.schemas.len()) {
        let found = &api[id];
        if !plan.schema_id(id).is_empty() {
            let name = schema_name(found).to_owned();
            let more = crate::tree::property_names(found).join(" ");
            list.push(Found(name, plan.schema_id(id), more, "schema"));
        }
    }
    for (found, id) in api.servers.iter().zip(&plan.servers) {
        let more = server::without_credentials(found.host.value).to_owned();
        list.push(Found(server::title(found).to_owned(), id, more, "server"));
    }
    list
}
