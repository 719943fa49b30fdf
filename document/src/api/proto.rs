//! Protobuf texts that payloads are described in, with those that they import.
use std::{
    collections::{HashMap, hash_map::Entry},
    ops::Range,
};

use super::{Api, ProtoId};
use crate::{Node, Span, proto};

/// A Protobuf text: a file, or a text of the document.
#[derive(Debug, Clone)]
pub struct Proto<'a> {
    /// The node that is the text.
    pub node: &'a Node,
    /// The text.
    pub text: &'a str,
    /// The file it stands in, as it is shown.
    pub name: String,
    /// What it imports, in the order of the text.
    pub imports: Vec<ProtoImport>,
    /// What the node was read from.
    pub(crate) written: &'a str,
}

/// An import of a Protobuf text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtoImport {
    /// Where its path stands in the text, without quotes.
    pub range: Range<usize>,
    /// Where it leads; files that the compiler brings along are not read.
    pub proto: Option<ProtoId>,
    /// The folders that it was looked for in, where none has it.
    pub looked_in: Vec<String>,
    /// Whether it was reported that the file may not be read.
    pub is_reported: bool,
}

impl Proto<'_> {
    /// Where a part of the text stands in its file; nothing where that cannot be told.
    #[must_use]
    pub fn place(&self, range: Range<usize>) -> Option<Span> {
        proto::Places::new(self.node, self.written).place(range)
    }
}

/// A Protobuf text among those that one needs.
#[derive(Debug, Clone)]
pub struct NeededProto<'p, 'a> {
    /// The text.
    pub proto: &'p Proto<'a>,
    /// Where the paths of its imports stand in it, and which of the others they lead to.
    pub imports: Vec<(Range<usize>, Option<usize>)>,
}

impl<'a> Api<'a> {
    /// A Protobuf text, and all that it imports behind it.
    #[must_use]
    pub fn needed_protos(&self, id: ProtoId) -> Vec<NeededProto<'_, 'a>> {
        let mut ids = vec![id];
        let mut positions = HashMap::from([(id, 0)]);
        let mut needed = Vec::new();
        while let Some(id) = ids.get(needed.len()) {
            let proto = &self[*id];
            let imports = proto.imports.iter().map(|import| {
                let file = import.proto.map(|id| match positions.entry(id) {
                    Entry::Occupied(known) => *known.get(),
                    Entry::Vacant(new) => {
                        ids.push(id);
                        *new.insert(ids.len() - 1)
                    }
                });
                (import.range.clone(), file)
            });
            let imports = imports.collect();
            needed.push(NeededProto { proto, imports });
        }
        needed
    }
}
