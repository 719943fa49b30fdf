//! What the search finds beside what it reads from the page: titles from the contents, rows of schemas from where they stand.
use std::collections::HashSet;

use serde::Serialize;
use tidings_document::api::{About, Channel, SchemaId};

use super::{Ctx, channel, message, operation, server};
use crate::plan::schema_name;

/// Id, words beside the title, and the title where the contents have it not.
#[derive(Serialize)]
pub(crate) struct Found<'a>(
    &'a str,
    String,
    #[serde(skip_serializing_if = "str::is_empty")] &'a str,
);

pub(crate) fn index<'a>(ctx: &'a Ctx<'_>) -> Vec<Found<'a>> {
    let api = ctx.api;
    let plan = &ctx.plan;
    let mut index = Vec::new();
    for (found, id) in api.operations.iter().zip(&plan.operations) {
        let channel = found.channel.map_or("", |id| channel::address(&api[id]));
        let title = operation::title(ctx, found);
        let names = [found.key.value, channel];
        add(&mut index, id, &title, &names, &tags(&found.about));
    }
    for (found, id) in api.channels.iter().zip(&plan.channels) {
        let names = [found.key.value, channel::address(found)];
        let more = [tags(&found.about), parameters(found)].concat();
        add(&mut index, id, channel::title(ctx, found), &names, &more);
    }
    for (found, id) in api.messages.iter().zip(&plan.messages) {
        let names = [found.key.value, found.display_name()];
        let more = tags(&found.about);
        add(&mut index, id, message::title(found), &names, &more);
    }
    for (found, id) in api.servers.iter().zip(&plan.servers) {
        let host = server::without_credentials(found.host.value);
        let names = [found.key.value, host, found.protocol.value];
        let more = tags(&found.about);
        add(&mut index, id, server::title(found), &names, &more);
    }
    for (found, id) in api.security_schemes.iter().zip(&plan.security) {
        add(&mut index, id, found.key.value, &[found.kind.value], &[]);
    }
    for id in (0..).map(SchemaId).take(api.schemas.len()) {
        let place = plan.schema_id(id);
        if !place.is_empty() && !plan.listed.contains(&id) {
            index.push(Found(place, String::new(), schema_name(&api[id])));
        }
    }
    for tag in &api.info.tags {
        index.push(Found("top", String::new(), tag.name.value));
    }
    index
}

/// Adds what the contents have, where there are words beside its title.
fn add<'a>(index: &mut Vec<Found<'a>>, id: &'a str, title: &str, names: &[&str], more: &[&str]) {
    let key = id.split_once('-').map_or(id, |(_, key)| key);
    let words = words(title, key, &[names, more].concat());
    if !words.is_empty() {
        index.push(Found(id, words, ""));
    }
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
