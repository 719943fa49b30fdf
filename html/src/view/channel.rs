//! Channels: address, parameters, who uses them, bindings.
use std::collections::HashMap;

use serde::Serialize;
use tidings_document::{
    Span,
    api::{self, ChannelId, Delivery, OperationId, Place, ServerId},
};

use super::{
    Ctx,
    common::{About, about},
    message, operation,
    server::{self, Variable, owned},
};
use crate::{
    escape,
    finding::{self, Finding},
    ids,
    link::Link,
    plan, tree,
};

#[derive(Serialize)]
pub(crate) struct Channel {
    id: String,
    title: String,
    /// Key, where the title is not it.
    key: String,
    /// Address, where the title is not it.
    address: String,
    /// Whether the address is known only at run time.
    dynamic: bool,
    /// How many receive a message, where the document says so.
    delivery: &'static str,
    servers: Vec<Link>,
    parameters: Vec<Variable>,
    operations: Vec<Used>,
    messages: Vec<Link>,
    unused: bool,
    findings: Vec<Finding>,
    about: About,
}

#[derive(Serialize)]
struct Used {
    how: &'static str,
    link: Link,
}

pub(crate) fn channels(ctx: &Ctx<'_>) -> impl Iterator<Item = Channel> {
    (0..)
        .map(ChannelId)
        .zip(&ctx.api.channels)
        .map(|(id, channel)| Channel {
            id: ctx.plan.channels[id.0 as usize].clone(),
            title: title(ctx, channel).to_owned(),
            key: Some(channel.key.value)
                .filter(|key| *key != title(ctx, channel))
                .unwrap_or_default()
                .to_owned(),
            address: Some(address(channel))
                .filter(|address| *address != title(ctx, channel))
                .unwrap_or_default()
                .to_owned(),
            dynamic: address(channel).is_empty(),
            delivery: channel.delivery().map_or("", Delivery::as_str),
            servers: servers(ctx, &channel.servers),
            parameters: parameters(ctx, channel, &ctx.plan.channels[id.0 as usize]),
            operations: users(ctx, id),
            messages: messages(ctx, channel),
            unused: channel.place == Place::Components,
            findings: ctx.plan.findings(finding::About::Channel(id)),
            about: about(ctx, &channel.about, 3),
        })
}

/// What people call a channel: its title, its address if no other channel has the same, or its key.
pub(crate) fn title<'a>(ctx: &Ctx<'_>, channel: &api::Channel<'a>) -> &'a str {
    let own = address(channel);
    let title = channel.about.title.map(|text| text.value);
    title
        .or(Some(own).filter(|_| is_only(ctx, channel)))
        .filter(|text| !text.is_empty())
        .unwrap_or(channel.key.value)
}

/// Whether no other channel has the same address.
fn is_only(ctx: &Ctx<'_>, channel: &api::Channel<'_>) -> bool {
    let same = ctx.addresses.get(address(channel));
    same.is_none_or(|count| *count < 2)
}

/// How many channels have each address.
pub(super) fn addresses<'a>(api: &api::Api<'a>) -> HashMap<&'a str, usize> {
    let mut counts = HashMap::new();
    for channel in &api.channels {
        *counts.entry(address(channel)).or_default() += 1;
    }
    counts
}

/// The address, or empty when it is known only at run time.
pub(crate) fn address<'a>(channel: &api::Channel<'a>) -> &'a str {
    channel.address.map_or("", |address| address.value)
}

/// Where a channel is, in words.
pub(crate) fn place(ctx: &Ctx<'_>, channel: &api::Channel<'_>) -> String {
    match address(channel) {
        "" => format!("{} (address known at run time)", title(ctx, channel)),
        address => address.to_owned(),
    }
}

/// Its address, with its key where others have the same, or else its title, without what is secret: parts of it are shown alone.
pub(crate) fn name(ctx: &Ctx<'_>, channel: &api::Channel<'_>) -> String {
    match address(channel) {
        "" => escape::discreet(title(ctx, channel)),
        _ => escape::discreet(&label(ctx, channel)),
    }
}

/// Where a channel is, in words that no other channel has.
pub(crate) fn label(ctx: &Ctx<'_>, channel: &api::Channel<'_>) -> String {
    match address(channel) {
        address if !address.is_empty() && !is_only(ctx, channel) => {
            format!("{address} ({})", channel.key.value)
        }
        _ => place(ctx, channel),
    }
}

pub(crate) fn servers(ctx: &Ctx<'_>, servers: &[(Span, Option<ServerId>)]) -> Vec<Link> {
    servers
        .iter()
        .map(|(_, server)| match server {
            Some(id) => Link::to(
                &ctx.plan.servers[id.0 as usize],
                server::title(&ctx.api[*id]),
            ),
            None => Link::none("a server that is not resolved"),
        })
        .collect()
}

/// The parameters of a channel's address; ids of their rows begin with what they are within.
pub(crate) fn parameters(ctx: &Ctx<'_>, channel: &api::Channel<'_>, within: &str) -> Vec<Variable> {
    channel
        .parameters
        .iter()
        .map(|parameter| Variable {
            name: parameter.name.value.to_owned(),
            description_html: ctx.markdown(parameter.description, 6),
            values: owned(&parameter.values),
            default: parameter
                .default
                .map(|text| text.value.to_owned())
                .unwrap_or_default(),
            examples: owned(&parameter.examples),
            location: parameter
                .location
                .map(|text| text.value.to_owned())
                .unwrap_or_default(),
            tree: parameter.schema.map(|schema| {
                let within = format!("{within}/{}", ids::escape(parameter.name.value));
                tree::used(ctx.api, &ctx.plan, schema, &within)
            }),
        })
        .collect()
}

fn users(ctx: &Ctx<'_>, channel: ChannelId) -> Vec<Used> {
    let mut users = Vec::new();
    for number in &ctx.users[channel.0 as usize] {
        let operation = &ctx.api[*number];
        let id = &ctx.plan.operations[number.0 as usize];
        let link = || Link::to(id, operation::title(ctx, operation));
        let own = operation.channel == Some(channel);
        if own {
            users.push(Used {
                how: super::verb(operation.action),
                link: link(),
            });
        }
        if plan::channels_of(operation)
            .skip(usize::from(own))
            .any(|c| c == channel)
        {
            users.push(Used {
                how: "replies",
                link: link(),
            });
        }
    }
    users
}

/// The operations that use each channel, in the order of the document.
pub(super) fn users_of_all(api: &api::Api<'_>) -> Vec<Vec<OperationId>> {
    let mut users = vec![Vec::new(); api.channels.len()];
    for (number, operation) in (0..).map(OperationId).zip(&api.operations) {
        for channel in plan::channels_of(operation) {
            let users = &mut users[channel.0 as usize];
            if users.last() != Some(&number) {
                users.push(number);
            }
        }
    }
    users
}

fn messages(ctx: &Ctx<'_>, channel: &api::Channel<'_>) -> Vec<Link> {
    let messages = channel.messages.iter();
    messages
        .map(|entry| message::link(ctx, entry.message))
        .collect()
}
