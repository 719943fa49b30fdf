//! Reads the files that Protobuf texts import, within the roots and limits of all files.
use std::collections::HashSet;

use super::{link::Walk, load::Folder, target::address};
use crate::{
    FileId, Node, Text, Url, Value,
    loader::normal,
    proto,
    sources::{Import, Link},
};

/// Imports of one text that are looked at: what has more is no schema.
const MOST: usize = 200;

/// Folders above a file that are looked into.
const HIGHEST: usize = 32;

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
            Some(_) if comes_along(path.value) => Import::Missing(Vec::new()),
            Some(base) => match self.remote(base.join(&beside(base, path.value)), path) {
                Link::File(id) => Import::File(id),
                Link::Remote | Link::Broken => Import::Refused,
            },
            None => self.import_file(from, path),
        };
        let id = match import {
            Import::File(id) => Some(id),
            _ => None,
        };
        file.imports.insert(path.value.to_owned(), Box::new(import));
        id
    }

    /// A file in the first of the folders that has it.
    fn import_file(&mut self, from: FileId, path: Text<'_>) -> Import {
        let folders = self.folders(from, path.value);
        let allowed: Vec<&Folder> = folders
            .iter()
            .filter(|folder| self.is_allowed(&normal(&folder.location.join(path.value))))
            .collect();
        let has_file = |folder: &&&Folder| {
            let wanted = normal(&folder.location.join(path.value));
            self.settings.loader.exists(&wanted)
        };
        let found = match allowed.iter().find(has_file) {
            Some(folder) => self.load_in(folder, path.value, path),
            None if !allowed.is_empty() => {
                let shown = allowed.iter().map(|folder| folder.text());
                return Import::Missing(shown.collect());
            }
            None => self.load(from, path.value, path),
        };
        found.map(Import::File).unwrap_or_else(|found| {
            self.diagnostics.push(*found);
            Import::Refused
        })
    }

    /// Where imports of a file are looked for: in the folders that the caller names, beside the file and above it, beside
    /// the document and above it; never outside the roots.
    fn folders(&self, from: FileId, path: &str) -> Vec<Folder> {
        let stated = self.settings.proto_paths.iter().filter_map(|folder| {
            let location = self.settings.loader.canonical(folder).ok()?;
            let shown = folder.clone();
            Some(Folder { location, shown })
        });
        let mut folders: Vec<Folder> = stated.collect();
        // Where a path begins with dots, it is meant from the file.
        let most = if path.starts_with('.') { 1 } else { HIGHEST };
        for file in [from, FileId(0)] {
            let Some(file) = self.document.sources.file(file) else {
                continue;
            };
            let first = Folder::of(&file.name);
            let mut above: Vec<_> = std::iter::successors(Some(first), Folder::above)
                .take(most)
                .collect();
            // The file's own folder may be none that it can be read from.
            above.retain(|folder| self.is_allowed(&folder.location));
            folders.extend(above);
        }
        let mut seen = HashSet::new();
        folders.retain(|folder| seen.insert(folder.location.clone()));
        folders
    }
}

/// The way from a URL to an import: from the folder that the first part of the path lies in, where it lies above the file.
fn beside(base: &Url, path: &str) -> String {
    let first = path.split('/').next().filter(|_| path.contains('/'));
    let folders = base
        .path()
        .rsplit_once('/')
        .map_or("", |(folders, _)| folders);
    let mut above = folders.rsplit('/');
    match above.position(|folder| Some(folder) == first) {
        Some(up) => format!("{}{path}", "../".repeat(up + 1)),
        None => path.to_owned(),
    }
}

/// Whether the compiler of Protobuf brings a file along that no file stands for.
fn is_googles(path: &str) -> bool {
    path.starts_with("google/protobuf/")
}

/// Whether the compiler of Protobuf may bring a file along.
fn comes_along(path: &str) -> bool {
    let folders = ["google/api/", "google/rpc/", "google/type/"];
    folders.iter().any(|folder| path.starts_with(folder))
        || matches!(
            path,
            "validate/validate.proto" | "buf/validate/validate.proto"
        )
}

impl super::Document {
    /// What an import of the text of a node leads to.
    pub(crate) fn import(&self, node: &Node, path: &str) -> Option<&Import> {
        let file = self.sources.file(node.span.file)?;
        file.imports.get(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_of_fetched_files_start_above_the_folder_they_begin_with() {
        let join = |base: &str, path: &str| {
            let base = Url::parse(base).unwrap();
            base.join(&beside(&base, path)).unwrap().to_string()
        };
        let base = "https://h/proto/user/v1/create.proto";
        assert_eq!(
            join(base, "user/v2/a.proto"),
            "https://h/proto/user/v2/a.proto"
        );
        assert_eq!(join(base, "a.proto"), "https://h/proto/user/v1/a.proto");
        assert_eq!(
            join(base, "common/a.proto"),
            "https://h/proto/user/v1/common/a.proto"
        );
        assert_eq!(
            join("https://h/a.proto", "a/b.proto"),
            "https://h/a/b.proto"
        );
    }
}
