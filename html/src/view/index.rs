//! What the search finds beside the rows of schemas, which it reads from the page.
use std::collections::HashSet;

use serde::Serialize;
use tidings_document::api::{About, Channel, SchemaId};

use super::{Ctx, channel, message, operation, server};
use crate::plan::schema_name;

/// Title, id without its kind, further words.
#[derive(Serialize)]
pub(crate) struct Found<'a>(String, &'a str, String);

/// What is found, by its kind, in the order in which readers get what fits as well.
pub(crate) type Index<'a> = Vec<(&'static str, Vec<Found<'a>>)>;

pub(crate) fn index<'a>(ctx: &'a Ctx<'_>) -> Index<'a> {
    let api = ctx.api;
    let plan = &ctx.plan;
    let mut index = Index::new();
    let mut add = |kind: &'static str, id: &'a str, title: &str, names: &[&str], more: &[&str]| {
        let id = id.strip_prefix(kind).unwrap_or(id);
        let id = id.strip_prefix('-').unwrap_or(id);
        let words = words(title, id, &[names, more].concat());
        let found = Found(title.to_owned(), id, words);
        match index.last_mut() {
            Some((last, list)) if *last == kind => list.push(found),
            _ => index.push((kind, vec![found])),
        }
    };
    for (found, id) in api.operations.iter().zip(&plan.operations) {
        let channel = found.channel.map_or("", |id| channel::address(&api[id]));
        let title = operation::title(ctx, found);
        let names = [found.key.value, channel];
        add("operation", id, &title, &names, &tags(&found.about));
    }
    for (found, id) in api.channels.iter().zip(&plan.channels) {
        let names = [found.key.value, channel::address(found)];
        let more = [tags(&found.about), parameters(found)].concat();
        add("channel", id, channel::title(ctx, found), &names, &more);
    }
    for (found, id) in api.messages.iter().zip(&plan.messages) {
        let names = [found.key.value, found.display_name()];
        add(
            "message",
            id,
            message::title(found),
            &names,
            &tags(&found.about),
        );
    }
    for id in (0..).map(SchemaId).take(api.schemas.len()) {
        let name = schema_name(&api[id]);
        match plan.schema_id(id) {
            "" => {}
            id => add("schema", id, name, &[], &[]),
        }
    }
    for (found, id) in api.servers.iter().zip(&plan.servers) {
        let host = server::without_credentials(found.host.value);
        let names = [found.key.value, host, found.protocol.value];
        add(
            "server",
            id,
            server::title(found),
            &names,
            &tags(&found.about),
        );
    }
    for (found, id) in api.security_schemes.iter().zip(&plan.security) {
        add("security", id, found.key.value, &[found.kind.value], &[]);
    }
    for tag in &api.info.tags {
        add("tag", "top", tag.name.value, &[], &[]);
    }
    index
}

/// Each once, without what the title and the id say.
fn words(title: &str, id: &str, all: &[&str]) -> String {
    let mut known = HashSet::from(["", title, id]);
    let words: Vec<&str> = all
        .iter()
        .copied()
        .filter(|word| known.insert(word))
        .collect();
    words.join(" ")
}

fn tags<'a>(about: &About<'a>) -> Vec<&'a str> {
    about.tags.iter().map(|tag| tag.name.value).collect()
}

fn parameters<'a>(channel: &Channel<'a>) -> Vec<&'a str> {
    let parameters = channel.parameters.iter();
    let texts =
        parameters.flat_map(|found| [found.name].into_iter().chain(found.values.iter().copied()));
    texts.map(|text| text.value).collect()
}
