//! Versions 3.0 and 3.1: servers, channels, operations.
mod channel;
mod operation;
pub(super) mod shapes;

use super::{fields::Fields, message, reader::Reader, schema, security};
use crate::{
    Node, Text,
    api::{Place, Server, Variable},
    document::address,
};

/// Reads a whole document.
pub(super) fn read(reader: &mut Reader<'_, '_>) {
    security::read_components(reader);
    let root = Fields::of(reader.api.node);
    each(reader, reader.map(&root, "servers"), Place::Root, server);
    each(
        reader,
        reader.component("servers"),
        Place::Components,
        server,
    );
    each(
        reader,
        reader.map(&root, "channels"),
        Place::Root,
        channel::channel,
    );
    each(
        reader,
        reader.component("channels"),
        Place::Components,
        channel::channel,
    );
    each(
        reader,
        reader.map(&root, "operations"),
        Place::Root,
        operation::operation,
    );
    each(
        reader,
        reader.component("operations"),
        Place::Components,
        operation::operation,
    );
    message::read_components(reader);
    schema::read_components(reader);
}

/// Reads every entry of a map.
fn each<'a, 'd>(
    reader: &mut Reader<'a, 'd>,
    entries: Vec<(Text<'a>, &'a Node)>,
    place: Place,
    read: fn(&mut Reader<'a, 'd>, &'a Node, Text<'a>, Place) -> Option<u32>,
) {
    for (key, node) in entries {
        read(reader, node, key, place);
    }
}

fn server<'a>(
    reader: &mut Reader<'a, '_>,
    entry: &'a Node,
    key: Text<'a>,
    place: Place,
) -> Option<u32> {
    let node = match (place, reader.first_known(entry, &reader.servers)) {
        (Place::Root, _) => reader.document.follow(entry)?,
        (_, Ok(id)) => return Some(id),
        (_, Err(node)) => node?,
    };
    node.as_object()?;
    let fields = Fields::of(node);
    let nothing = reader.nothing(node.span);
    let security = security::requirements(reader, &fields);
    let id = u32::try_from(reader.api.servers.len()).ok()?;
    reader.api.servers.push(Server {
        node,
        key,
        place,
        host: reader.text(&fields, "host").unwrap_or(nothing),
        pathname: reader.text(&fields, "pathname"),
        url: None,
        protocol: reader.text(&fields, "protocol").unwrap_or(nothing),
        protocol_version: reader.text(&fields, "protocolVersion"),
        variables: variables(reader, &fields),
        security,
        about: reader.about(&fields),
    });
    reader.servers.insert(address(entry), id);
    reader.servers.entry(address(node)).or_insert(id);
    Some(id)
}

/// The variables of a server, for both versions.
pub(super) fn variables<'a>(reader: &Reader<'a, '_>, fields: &Fields<'a>) -> Vec<Variable<'a>> {
    reader
        .map(fields, "variables")
        .into_iter()
        .filter_map(|(name, node)| {
            let node = reader.document.follow(node)?;
            let fields = Fields::of(node);
            Some(Variable {
                name,
                node,
                values: reader.texts(&fields, "enum"),
                default: reader.text(&fields, "default"),
                description: reader.text(&fields, "description"),
                examples: reader.texts(&fields, "examples"),
            })
        })
        .collect()
}
