//! Protobuf texts: each is read once, with what it imports.
use super::reader::Reader;
use crate::{
    Node,
    api::{Proto, ProtoId, ProtoImport},
    document::address,
    proto,
    sources::Import,
};

/// The id of the text of a node, if it is one.
pub(crate) fn text<'a>(reader: &mut Reader<'a, '_>, node: &'a Node) -> Option<ProtoId> {
    // Those that are new, and on the way get more.
    let mut at = reader.api.protos.len();
    let first = add(reader, node)?;
    while let Some(proto) = reader.api.protos.get(at) {
        let imports = imports(reader, proto.node, proto.text);
        reader.api.protos[at].imports = imports;
        at += 1;
    }
    Some(first)
}

fn add<'a>(reader: &mut Reader<'a, '_>, node: &'a Node) -> Option<ProtoId> {
    let text = node.as_str()?;
    if let Some(id) = reader.protos.get(&address(node)) {
        return Some(*id);
    }
    let id = ProtoId(u32::try_from(reader.api.protos.len()).ok()?);
    let sources = reader.document.sources();
    reader.api.protos.push(Proto {
        node,
        text,
        name: sources.path(node.span.file).display().to_string(),
        imports: Vec::new(),
        written: sources.slice(node.span),
    });
    reader.protos.insert(address(node), id);
    Some(id)
}

fn imports<'a>(reader: &mut Reader<'a, '_>, node: &'a Node, text: &'a str) -> Vec<ProtoImport> {
    let document = reader.document;
    let ranges = proto::imports(text).into_iter();
    ranges
        .map(|range| {
            let import = document.import(node, &text[range.clone()]);
            let proto = match import {
                Some(Import::File(id)) => document.tree(*id).and_then(|node| add(reader, node)),
                _ => None,
            };
            let looked_in = match import {
                Some(Import::Missing(folders)) => folders.clone(),
                _ => Vec::new(),
            };
            ProtoImport {
                range,
                proto,
                looked_in,
                is_reported: matches!(import, Some(Import::Refused)),
            }
        })
        .collect()
}
