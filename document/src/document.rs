//! A document: its files, and where every reference in them leads.
mod chains;
mod imports;
mod link;
mod load;
mod meant;
mod open;
mod remote;
mod target;

use elsa::sync::FrozenVec;

use crate::{
    Diagnostic, FileId, Node, Settings, Sources, Span, Text, Value, pointer::push_token,
    roots::Roots, sources::Link,
};

pub(crate) use open::explain_way;
pub use open::{OpenError, open, open_alone, open_text};
pub use target::{End, Resolved};
pub(crate) use target::{HOPS, address};

/// Everything that was read: the root file, and the files that it refers to.
#[derive(Debug, Default)]
pub struct Document {
    sources: Sources,
    /// Trees that were made while reading, such as a message with its traits.
    made: FrozenVec<Box<Node>>,
}

impl Document {
    /// Its files.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The root object; `None` when the text could not be read as YAML or JSON at all.
    #[must_use]
    pub fn root(&self) -> Option<&Node> {
        self.sources.file(FileId(0))?.root.as_ref()
    }

    /// The tree of a file; `None` when its text could not be read.
    #[must_use]
    pub fn tree(&self, file: FileId) -> Option<&Node> {
        self.sources.file(file)?.root.as_ref()
    }

    /// Reads the file that a text names, seen from the file that it stands in and within the roots of the first file, and
    /// follows none of its references. A file that was read already is not read again. `None` is in the diagnostics.
    pub fn include(
        &self,
        name: Text<'_>,
        settings: &Settings,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<FileId> {
        let root = self.sources.file(FileId(0))?;
        let roots = Roots::of(&root.name, settings);
        match link::Walk::new(self, &roots, settings, diagnostics).link(name) {
            Link::File(id) => Some(id),
            _ => None,
        }
    }

    /// The node that the reference in a node names, one hop away; `None` where there is no reference or no such node.
    #[must_use]
    pub fn named_by<'a>(&'a self, node: &'a Node) -> Option<&'a Node> {
        self.target(node.reference()?)
            .ok()
            .map(|target| target.node)
    }

    /// Notes where the file part of a reference leads.
    fn add_link(&self, reference: Text<'_>, link: Link) {
        if let Some(file) = self.sources.file(reference.span.file) {
            let (name, _) = target::split(reference.value);
            file.links.insert(name.to_owned(), Box::new(link));
        }
    }

    /// Keeps a tree that was made from other nodes.
    pub(crate) fn keep(&self, node: Node) -> &Node {
        self.made.push_get(Box::new(node))
    }

    /// JSON pointer of the innermost value or key at a place, in its file.
    #[must_use]
    pub fn pointer_at(&self, span: Span) -> String {
        let mut pointer = String::new();
        let root = self
            .sources
            .file(span.file)
            .and_then(|file| file.root.as_ref());
        let mut node = root;
        while let Some(current) = node.take() {
            match &current.value {
                Value::Object(object) => {
                    let inside = object.entry_at(span, |entry| {
                        holds(entry.key_span, span) || holds(entry.value.span, span)
                    });
                    if let Some(entry) = inside {
                        push_token(&mut pointer, &entry.key);
                        node = Some(&entry.value).filter(|value| holds(value.span, span));
                    }
                }
                Value::Array(items) => {
                    let inside = items.iter().position(|item| holds(item.span, span));
                    if let Some(at) = inside {
                        push_token(&mut pointer, &at.to_string());
                        node = Some(&items[at]);
                    }
                }
                _ => {}
            }
        }
        pointer
    }
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}
