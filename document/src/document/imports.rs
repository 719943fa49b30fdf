//! Reads the files that Protobuf texts import, within the roots and limits of all files.
use std::{collections::HashSet, path::Path};

use super::{link::Walk, target::address};
use crate::{
    FileId, Node, Text, Value,
    loader::normal,
    proto,
    sources::{Import, Link},
};

/// Imports of one text that are looked at: what has more is no schema.
const MOST: usize = 200;

/// The payload or schema of an object that says it is Protobuf.
pub(super) fn schema_of(node: &Node) -> Option<&Node> {
    let format = node.get("schemaFormat")?.as_str()?;
    let is_protobuf = format.to_ascii_lowercase().contains("protobuf");
    let inner = node.get("payload").or_else(|| node.get("schema"));
    inner.filter(|_| is_protobuf)
}

impl<'a> Walk<'a, '_> {
    /// Reads what the texts import that were met, and what that imports.
    pub(super) fn imports(&mut self) {
        let document = self.document;
        let met = std::mem::take(&mut self.schemas);
        let mut waiting: Vec<&'a Node> = met
            .into_iter()
            .filter_map(|node| document.follow(node))
            .collect();
        let mut seen = HashSet::new();
        while let Some(node) = waiting.pop() {
            let Value::String(text) = &node.value else {
                continue;
            };
            if !seen.insert(address(node)) {
                continue;
            }
            let mut places = proto::Places::new(node, document.sources.slice(node.span));
            for range in proto::imports(text).into_iter().take(MOST) {
                let path = Text {
                    value: &text[range.clone()],
                    span: places.place(range).unwrap_or(node.span),
                };
                waiting.extend(self.import(path).and_then(|id| document.tree(id)));
            }
        }
    }

    /// The file that an import leads to, where it was not looked at before.
    fn import(&mut self, path: Text<'_>) -> Option<FileId> {
        let from = path.span.file;
        let file = self.document.sources.file(from)?;
        if is_googles(path.value) || file.imports.get(path.value).is_some() {
            return None;
        }
        let import = match &file.name.url {
            Some(base) => match self.remote(base.join(path.value), path) {
                Link::File(id) => Import::File(id),
                Link::Remote | Link::Broken => Import::Refused,
            },
            None => self.import_file(from, path),
        };
        file.imports.insert(path.value.to_owned(), Box::new(import));
        match import {
            Import::File(id) => Some(id),
            _ => None,
        }
    }

    /// A file beside the file that imports it, else beside the document.
    fn import_file(&mut self, from: FileId, path: Text<'_>) -> Import {
        let folder = [from, FileId(0)]
            .into_iter()
            .find(|folder| self.is_there(*folder, path.value));
        let import = match folder {
            Some(folder) => self.load(folder, path.value, path).map(Import::File),
            None if self.may_be_there(from, path.value) => Ok(Import::Missing),
            None => self.load(from, path.value, path).map(Import::File),
        };
        import.unwrap_or_else(|found| {
            self.diagnostics.push(*found);
            Import::Refused
        })
    }

    fn is_there(&self, from: FileId, path: &str) -> bool {
        self.may_be_there(from, path)
            && self
                .wanted(from, path)
                .is_some_and(|wanted| self.settings.loader.exists(&wanted))
    }

    fn may_be_there(&self, from: FileId, path: &str) -> bool {
        self.wanted(from, path)
            .is_some_and(|wanted| self.is_allowed(&wanted))
    }

    fn wanted(&self, from: FileId, path: &str) -> Option<std::path::PathBuf> {
        let folder = self.document.sources.file(from)?.name.location.parent();
        Some(normal(&folder.unwrap_or(Path::new("/")).join(path)))
    }
}

/// Whether the compiler of Protobuf brings a file along.
pub(crate) fn is_googles(path: &str) -> bool {
    path.starts_with("google/protobuf/")
}

impl super::Document {
    /// What an import of the text of a node leads to.
    pub(crate) fn import(&self, node: &Node, path: &str) -> Option<Import> {
        let file = self.sources.file(node.span.file)?;
        file.imports.get(path).copied()
    }
}
