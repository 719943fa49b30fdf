//! What the search finds beside the rows of schemas, which it reads from the page.
use serde::Serialize;
use tidings_document::api::{About, Channel, SchemaId};

use super::{Ctx, channel, message, operation, server};
use crate::plan::schema_name;

/// Title, id, further words, kind.
#[derive(Serialize)]
pub(crate) struct Found<'a>(String, &'a str, String, &'static str);

pub(crate) fn index<'a>(ctx: &'a Ctx<'_>) -> Vec<Found<'a>> {
    let api = ctx.api;
    let plan = &ctx.plan;
    let mut list = Vec::new();
    for (found, id) in api.operations.iter().zip(&plan.operations) {
        let channel = found.channel.map_or("", |id| channel::address(&api[id]));
        let more = words(&[found.key.value, channel], &found.about);
        list.push(Found(operation::title(ctx, found), id, more, "operation"));
    }
    for (found, id) in api.channels.iter().zip(&plan.channels) {
        let title = channel::title(ctx, found).to_owned();
        let more = words(&[found.key.value, channel::address(found)], &found.about);
        list.push(Found(title, id, more + &parameters(found), "channel"));
    }
    for (found, id) in api.messages.iter().zip(&plan.messages) {
        let more = words(&[found.key.value, found.display_name()], &found.about);
        list.push(Found(message::title(found).to_owned(), id, more, "message"));
    }
    for id in (0..).map(SchemaId).take(api.schemas.len()) {
        if !plan.schema_id(id).is_empty() {
            let name = schema_name(&api[id]).to_owned();
            list.push(Found(name, plan.schema_id(id), String::new(), "schema"));
        }
    }
    for (found, id) in api.servers.iter().zip(&plan.servers) {
        let host = server::without_credentials(found.host.value);
        let more = words(&[found.key.value, host, found.protocol.value], &found.about);
        list.push(Found(server::title(found).to_owned(), id, more, "server"));
    }
    for (found, id) in api.security_schemes.iter().zip(&plan.security) {
        let kind = found.kind.value.to_owned();
        list.push(Found(found.key.value.to_owned(), id, kind, "security"));
    }
    for tag in &api.info.tags {
        list.push(Found(
            tag.name.value.to_owned(),
            "top",
            String::new(),
            "tag",
        ));
    }
    list
}

/// Names of an object and its tags, each once.
fn words(names: &[&str], about: &About<'_>) -> String {
    let tags = about.tags.iter().map(|tag| tag.name.value);
    let mut words: Vec<&str> = Vec::new();
    for word in names.iter().copied().chain(tags) {
        if !word.is_empty() && !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(" ")
}

fn parameters(channel: &Channel<'_>) -> String {
    let parameters = channel.parameters.iter();
    let texts =
        parameters.flat_map(|found| [found.name].into_iter().chain(found.values.iter().copied()));
    texts.map(|text| format!(" {}", text.value)).collect()
}
