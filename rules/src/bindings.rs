//! The bindings of a document, wherever they stand.

use std::collections::HashSet;

use tidings_document::Level;
use tidings_document::api::{About, Api, Binding};

/// Every binding with the kind of object that has it, each once however many references lead to it.
pub(crate) fn all<'a>(api: &'a Api<'a>) -> impl Iterator<Item = (Level, Binding<'a>)> {
    let of = |level: Level| {
        move |about: &'a About<'a>| about.bindings.iter().map(move |binding| (level, *binding))
    };
    let servers = api.servers.iter().map(|server| &server.about);
    let channels = api.channels.iter().map(|channel| &channel.about);
    let operations = api.operations.iter().map(|operation| &operation.about);
    let messages = api.messages.iter().map(|message| &message.about);
    let mut seen = HashSet::new();
    servers
        .flat_map(of(Level::Server))
        .chain(channels.flat_map(of(Level::Channel)))
        .chain(operations.flat_map(of(Level::Operation)))
        .chain(messages.flat_map(of(Level::Message)))
        .filter(move |(level, binding)| {
            seen.insert((*level as u8, binding.protocol.value, binding.node.span))
        })
}
