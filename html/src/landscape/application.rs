//! What one document says of who sends what where, told so that the document is needed no more.
use std::borrow::Cow;

use tidings_document::{
    api::{self, Action, Api, ChannelId, MessageUse, SchemaId},
    masked,
};

use crate::{
    Settings, markdown,
    plan::schema_name,
    tree,
    view::{Ctx, channel, message, operation, server},
};

/// An application as its document describes it.
#[derive(Debug, Clone)]
pub struct Application {
    /// Its title.
    pub title: String,
    /// Version of its document.
    pub version: String,
    /// The beginning of its description, as plain text.
    pub about: String,
    /// How many operations it has.
    pub operations: usize,
    /// What it does at which channel.
    pub(crate) uses: Vec<Use>,
    /// What can be searched for.
    pub(crate) found: Vec<Found>,
}

/// Messages that an application sends or receives at one place.
#[derive(Debug, Clone)]
pub(crate) struct Use {
    pub(crate) sends: bool,
    /// Whether these are replies.
    pub(crate) is_reply: bool,
    pub(crate) address: String,
    /// The address with its parameters unnamed, since each document names them as it likes; nothing where the address is known only
    /// at run time, so that no other document can mean the same.
    pub(crate) key: Option<String>,
    pub(crate) servers: Vec<String>,
    pub(crate) operation: Named,
    pub(crate) messages: Vec<Named>,
}

/// Something on the page of the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: String,
    /// Id on the page; empty for what is not there.
    pub(crate) id: String,
}

/// Something that can be searched for, with further words that lead to it.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) named: Named,
    pub(crate) more: String,
    pub(crate) kind: &'static str,
}

impl Application {
    /// What a document says.
    #[must_use]
    pub fn new(api: &Api<'_>, title: Option<&str>) -> Self {
        let settings = Settings::default();
        let ctx = Ctx::new(api, &settings);
        let own = api.info.title.value.trim();
        let own = if own.is_empty() { "Untitled API" } else { own };
        let description = api.info.description.map_or("", |text| text.value);
        Self {
            title: shown(title.unwrap_or(own)),
            version: shown(api.info.version.value),
            about: shown(&markdown::plain(description, 240)),
            operations: api.operations.len(),
            uses: uses(&ctx),
            found: found(&ctx),
        }
    }
}

/// A text without credentials.
fn shown(text: &str) -> String {
    masked(text).into_owned()
}

fn uses(ctx: &Ctx<'_>) -> Vec<Use> {
    let mut uses = Vec::new();
    for (found, id) in ctx.api.operations.iter().zip(&ctx.plan.operations) {
        let Some(channel) = found.channel else {
            continue;
        };
        let operation = Named {
            name: shown(&operation::title(ctx, found)),
            id: id.clone(),
        };
        let sends = found.action == Action::Send;
        let messages = ctx.api.messages_of(found);
        uses.push(used(ctx, channel, sends, false, &operation, &messages));
        if let Some(reply) = &found.reply {
            // Replies to an address that the asker gives come by no channel of their own.
            let own = reply.channel;
            let own = own.filter(|id| !channel::address(&ctx.api[*id]).is_empty());
            let messages = ctx.api.messages_of_reply(reply);
            let place = own.unwrap_or(channel);
            uses.push(used(ctx, place, !sends, true, &operation, &messages));
        }
    }
    uses
}

fn used(
    ctx: &Ctx<'_>,
    id: ChannelId,
    sends: bool,
    is_reply: bool,
    operation: &Named,
    messages: &[MessageUse<'_>],
) -> Use {
    let channel = &ctx.api[id];
    let address = channel::address(channel);
    Use {
        sends,
        is_reply,
        address: shown(&channel::place(ctx, channel)),
        key: Some(address)
            .filter(|address| !address.is_empty())
            .map(unnamed),
        servers: servers(ctx.api, channel),
        operation: operation.clone(),
        messages: messages.iter().map(|used| named(ctx, used)).collect(),
    }
}

fn named(ctx: &Ctx<'_>, used: &MessageUse<'_>) -> Named {
    match used.message {
        Some(id) => Named {
            name: shown(ctx.api[id].display_name()),
            id: ctx.plan.messages[id.0 as usize].clone(),
        },
        None => Named {
            name: shown(used.key.value),
            id: String::new(),
        },
    }
}

/// An address without the names of its parameters.
fn unnamed(address: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for letter in address.chars() {
        match letter {
            '{' => {
                out.push(letter);
                inside = true;
            }
            '}' => {
                out.push(letter);
                inside = false;
            }
            letter if !inside => out.push(letter),
            _ => {}
        }
    }
    out
}

/// The servers that a channel is on: its own, or all of the document.
fn servers(api: &Api<'_>, channel: &api::Channel<'_>) -> Vec<String> {
    let root = api.servers.iter();
    let root = root.filter(|server| server.place == api::Place::Root);
    let own = channel.servers.iter().filter_map(|(_, id)| *id);
    let mut servers: Vec<String> = match channel.servers.is_empty() {
        true => root.map(identity).collect(),
        false => own.map(|id| identity(&api[id])).collect(),
    };
    servers.sort();
    servers.dedup();
    servers
}

/// What a server is known by: with or without encryption, it is the same.
fn identity(server: &api::Server<'_>) -> String {
    let address = server::address(server);
    let place = address
        .split_once("://")
        .map_or(&*address, |(_, place)| place);
    let protocol = server.protocol.value.to_ascii_lowercase();
    let family = match &*protocol {
        "kafka-secure" => "kafka",
        "secure-mqtt" | "mqtts" | "mqtt5" => "mqtt",
        "amqps" => "amqp",
        "wss" => "ws",
        "https" => "http",
        "stomps" => "stomp",
        other => other,
    };
    let place = shown(server::without_credentials(place));
    format!("{family}://{}", place.trim_end_matches('/').to_lowercase())
}

fn found(ctx: &Ctx<'_>) -> Vec<Found> {
    let (api, plan) = (ctx.api, &ctx.plan);
    let mut list = Vec::new();
    let mut add = |name: Cow<'_, str>, id: &str, more: &str, kind| {
        let (name, id) = (shown(&name), id.to_owned());
        let (named, more) = (Named { name, id }, shown(more));
        list.push(Found { named, more, kind });
    };
    for (found, id) in api.operations.iter().zip(&plan.operations) {
        let address = found.channel.map_or("", |id| channel::address(&api[id]));
        let more = format!("{} {address}", found.key.value);
        add(operation::title(ctx, found).into(), id, &more, "operation");
    }
    for (found, id) in api.channels.iter().zip(&plan.channels) {
        let more = format!("{} {}", found.key.value, channel::address(found));
        add(channel::title(ctx, found).into(), id, &more, "channel");
    }
    for (found, id) in api.messages.iter().zip(&plan.messages) {
        let schema = found.payload.as_ref().and_then(|payload| payload.schema);
        let properties = schema.map(|schema| tree::property_names(&api[schema]).join(" "));
        let more = format!(
            "{} {} {}",
            found.key.value,
            found.display_name(),
            properties.unwrap_or_default()
        );
        add(message::title(found).into(), id, &more, "message");
    }
    for id in (0..).map(SchemaId).take(api.schemas.len()) {
        let place = plan.schema_id(id);
        if !place.is_empty() {
            let more = tree::property_names(&api[id]).join(" ");
            add(schema_name(&api[id]).into(), place, &more, "schema");
        }
    }
    for (found, id) in api.servers.iter().zip(&plan.servers) {
        let host = server::without_credentials(found.host.value);
        add(server::title(found).into(), id, host, "server");
    }
    list
}

#[cfg(test)]
mod tests {
    use super::unnamed;

    #[test]
    fn parameters_have_no_names_of_their_own() {
        assert_eq!(unnamed("a/{id}/b/{x}"), "a/{}/b/{}");
        assert_eq!(unnamed("a/{id"), "a/{");
    }
}
