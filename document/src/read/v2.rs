//! Versions 2.0 to 2.6, told in the terms of version 3: what others `publish` the application receives, what they
//! `subscribe` to it sends.
mod channel;
pub(super) mod shapes;

use super::{
    fields::Fields,
    message,
    reader::{Reader, below},
    schema::{self, At},
    security,
    v3::variables,
};
use crate::{
    Node, Span, Text,
    api::{Place, SchemaFormat, Server},
    document::address,
};

/// Reads a whole document.
pub(super) fn read(reader: &mut Reader<'_, '_>) {
    security::read_components(reader);
    let root = Fields::of(reader.api.node);
    for (key, node) in reader.map(&root, "servers") {
        server(reader, node, key, Place::Root);
    }
    for (key, node) in reader.component("servers") {
        server(reader, node, key, Place::Components);
    }
    for (key, node) in reader.map(&root, "channels") {
        channel::channel(reader, node, key, Place::Root);
    }
    for (key, node) in reader.component("channels") {
        channel::channel(reader, node, key, Place::Components);
    }
    message::read_components(reader);
    schema::read_components(reader);
    for (map, field) in [("parameters", "schema"), ("messageTraits", "payload")] {
        unused_schemas(reader, map, field);
    }
}

/// Schemas in components that may have no user of their own.
fn unused_schemas(reader: &mut Reader<'_, '_>, map: &str, field: &str) {
    for (key, node) in reader.component(map) {
        let base = below(&below("/components", map), key.value);
        let inner = node.get(field).filter(|_| node.reference().is_none());
        let readable = node.get("schemaFormat").is_none();
        if let Some(inner) = inner.filter(|_| readable) {
            let at = At {
                key: None,
                pointer: &below(&base, field),
            };
            schema::schema(reader, inner, &at, SchemaFormat::AsyncApi);
        }
    }
}

fn server<'a>(
    reader: &mut Reader<'a, '_>,
    entry: &'a Node,
    key: Text<'a>,
    place: Place,
) -> Option<()> {
    let node = reader.document.follow(entry)?;
    if place != Place::Root && reader.servers.contains_key(&address(node)) {
        return None;
    }
    node.as_object()?;
    let fields = Fields::of(node);
    let url = reader
        .text(&fields, "url")
        .unwrap_or(reader.nothing(node.span));
    let (host, pathname) = split_url(reader, url);
    let id = u32::try_from(reader.api.servers.len()).ok()?;
    let server = Server {
        node,
        key,
        place,
        host,
        pathname,
        url: Some(url),
        protocol: reader
            .text(&fields, "protocol")
            .unwrap_or(reader.nothing(node.span)),
        protocol_version: reader.text(&fields, "protocolVersion"),
        variables: variables(reader, &fields),
        security: security::named_requirements(reader, &fields),
        about: reader.about(&fields),
    };
    reader.api.servers.push(server);
    reader.servers.insert(address(node), id);
    Some(())
}

/// Authority and path of a URL, which may lack its scheme.
fn split_url<'a>(reader: &Reader<'a, '_>, url: Text<'a>) -> (Text<'a>, Option<Text<'a>>) {
    let start = url.value.find("://").map_or(0, |at| at + 3);
    let rest = &url.value[start..];
    let slash = rest.find('/').map_or(url.value.len(), |at| start + at);
    let host = part(reader, url, start, slash);
    let pathname = (slash < url.value.len()).then(|| part(reader, url, slash, url.value.len()));
    (host, pathname)
}

/// A part of a text, with its own place where the text is written as it is.
fn part<'a>(reader: &Reader<'a, '_>, text: Text<'a>, from: usize, to: usize) -> Text<'a> {
    let written = reader.document.sources().slice(text.span);
    let span = match written.find(text.value) {
        None => text.span,
        Some(at) => {
            let offset =
                |within: usize| text.span.start + u32::try_from(at + within).unwrap_or_default();
            Span {
                start: offset(from),
                end: offset(to),
                ..text.span
            }
        }
    };
    Text {
        value: &text.value[from..to],
        span,
    }
}
