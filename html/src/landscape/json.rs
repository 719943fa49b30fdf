//! A landscape for programs.
use serde::Serialize;

use super::{Landscape, Named};
use crate::OTHER_MARK;

#[derive(Serialize)]
struct Graph<'a> {
    generator: &'static str,
    applications: Vec<Node<'a>>,
    channels: Vec<Channel<'a>>,
    /// Each says of one operation that it sends to a channel, or receives from it.
    edges: Vec<Edge<'a>>,
}

#[derive(Serialize)]
struct Node<'a> {
    title: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct Channel<'a> {
    address: &'a str,
    servers: &'a [&'a str],
    messages: Vec<&'a str>,
}

/// Applications and channels are named by their numbers, from 0 on.
#[derive(Serialize)]
struct Edge<'a> {
    application: usize,
    action: &'static str,
    channel: usize,
    operation: &'a str,
    messages: Vec<&'a str>,
    reply: bool,
}

/// The text, indented.
pub(super) fn text(landscape: &Landscape<'_>) -> String {
    let places = landscape.places.iter();
    let graph = Graph {
        generator: OTHER_MARK,
        applications: landscape
            .applications
            .iter()
            .map(|found| Node {
                title: &found.title,
                version: &found.version,
            })
            .collect(),
        channels: places
            .clone()
            .map(|place| Channel {
                address: place.address,
                servers: &place.servers,
                messages: place.messages(),
            })
            .collect(),
        edges: places.enumerate().flat_map(edges).collect(),
    };
    serde_json::to_string_pretty(&graph).unwrap_or_default() + "\n"
}

fn edges<'a>((channel, place): (usize, &'a super::Place<'a>)) -> impl Iterator<Item = Edge<'a>> {
    let name = |named: &'a Named| named.name.as_str();
    place.users.iter().map(move |user| Edge {
        application: user.application,
        action: if user.used.sends { "send" } else { "receive" },
        channel,
        operation: name(&user.used.operation),
        messages: user.used.messages.iter().map(name).collect(),
        reply: user.used.is_reply,
    })
}
