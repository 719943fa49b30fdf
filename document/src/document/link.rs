//! After the root is parsed: finds every reference that can be reached, reads the files they name, reports what leads
//! nowhere.
use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use super::{
    Document, Link,
    open::add_file,
    target::{Fail, HOPS, Target, address, is_remote, path_of, scheme, split},
};
use crate::{
    Diagnostic, FileId, Node, Settings, Span, Text, Value,
    loader::{normal, reason},
    rules, suggest,
};

/// Reads the files that references name, and reports references that lead nowhere or only to themselves.
pub(super) fn link(
    document: &Document,
    roots: &[PathBuf],
    settings: &Settings,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let sources = &document.sources;
    let known = sources
        .iter()
        .filter_map(|id| Some((sources.file(id)?.canonical.clone(), id)))
        .collect();
    let mut walk = Walk {
        document,
        roots,
        settings,
        known,
        seen: HashSet::new(),
        todo: Vec::new(),
        diagnostics,
    };
    walk.run();
}

/// Goes through everything that the root reaches: all of the root file, and of others what references name.
struct Walk<'a, 's> {
    document: &'a Document,
    roots: &'s [PathBuf],
    settings: &'s Settings,
    known: HashMap<PathBuf, FileId>,
    seen: HashSet<usize>,
    todo: Vec<&'a Node>,
    diagnostics: &'s mut Vec<Diagnostic>,
}

impl<'a> Walk<'a, '_> {
    fn run(&mut self) {
        self.todo.extend(self.document.root());
        while let Some(node) = self.todo.pop() {
            if !self.seen.insert(address(node)) {
                continue;
            }
            match &node.value {
                Value::Array(items) => self.todo.extend(items.iter().rev().filter(nests)),
                Value::Object(object) => {
                    if let Some(reference) = node.reference() {
                        self.reference(node, reference);
                    }
                    let values = object.iter().map(|entry| &entry.value);
                    self.todo.extend(values.rev().filter(nests));
                }
                _ => {}
            }
        }
    }

    fn reference(&mut self, node: &'a Node, reference: Text<'a>) {
        loop {
            match self.document.target(reference) {
                Ok(target) => {
                    self.cycle(node, reference, &target);
                    self.todo.push(target.node);
                }
                Err(Fail::Unlinked(text)) => {
                    let link = self.link(text);
                    self.document.add_link(text, link);
                    continue;
                }
                Err(fail) => self.diagnostics.extend(unresolved(reference, &fail)),
            }
            return;
        }
    }

    /// Reports a chain that does not end within bounds, unless it only runs into somebody else's cycle.
    fn too_long(&mut self, reference: Text<'a>, chain: &[Span]) {
        let mut spans = chain.to_vec();
        spans.sort_unstable();
        let circular = spans.windows(2).any(|pair| pair[0] == pair[1]);
        if !circular {
            let message = format!(
                "`{}` leads through more than {HOPS} references",
                reference.value
            );
            let found = Diagnostic::new(&rules::REFERENCE_CYCLE, reference.span, message);
            self.diagnostics
                .push(found.help("refer to the object itself"));
        }
    }

    /// Reports a chain that comes back to this reference, at its first place in the text.
    fn cycle(&mut self, node: &'a Node, reference: Text<'a>, target: &Target<'a>) {
        let mut chain = Vec::new();
        let mut current = target.node;
        let mut first = reference.span;
        while let Some(next) = current.reference() {
            if std::ptr::eq(current, node) {
                if first == reference.span {
                    let message = format!("`{}` leads back to itself", reference.value);
                    let mut found =
                        Diagnostic::new(&rules::REFERENCE_CYCLE, reference.span, message)
                            .help("let one of them be the object itself");
                    for span in chain {
                        found = found.related(span, "by way of this reference");
                    }
                    self.diagnostics.push(found);
                }
                return;
            }
            if chain.len() + 1 >= HOPS as usize {
                self.too_long(reference, &chain);
                return;
            }
            first = first.min(next.span);
            chain.push(next.span);
            let Ok(target) = self.document.target(next) else {
                return;
            };
            current = target.node;
        }
    }
}

/// Whether references can stand in it.
fn nests(node: &&Node) -> bool {
    matches!(node.value, Value::Array(_) | Value::Object(_))
}

/// What is wrong with a reference.
fn unresolved(reference: Text<'_>, fail: &Fail<'_>) -> Option<Diagnostic> {
    let text = reference.value;
    let found =
        |message: String| Diagnostic::new(&rules::REFERENCE_UNRESOLVED, reference.span, message);
    match fail {
        Fail::Remote | Fail::Broken | Fail::Unlinked(_) => None,
        Fail::Cycle => Some(Diagnostic::new(
            &rules::REFERENCE_CYCLE,
            reference.span,
            format!("`{text}` leads through itself"),
        )),
        Fail::NotPointer => {
            let message = format!("`{text}` does not name a place");
            Some(
                found(message)
                    .help("write a JSON pointer after `#`, such as `#/components/schemas/User`"),
            )
        }
        Fail::NoKey { node, token, rest } => {
            let found = found(format!("`{text}` leads nowhere: there is no `{token}`"));
            let Some(object) = node.as_object() else {
                return Some(found.related(node.span, format!("this is {}", article(node.kind()))));
            };
            let keys = || object.iter().map(|entry| entry.key.as_str());
            let mut joined = token.clone();
            for more in rest {
                joined.push('/');
                joined.push_str(more);
                if let Some(key) = keys().find(|key| *key == joined) {
                    let escaped = key.replace('~', "~0").replace('/', "~1");
                    return Some(found.help(format!("escape the slashes of the key: `{escaped}`")));
                }
            }
            Some(match suggest::nearest(token, keys()) {
                Some(near) => found.help(format!("did you mean `{near}`?")),
                None => found,
            })
        }
    }
}

fn article(kind: &str) -> String {
    match kind {
        "array" | "object" => format!("an {kind}"),
        "null" => "null".to_owned(),
        _ => format!("a {kind}"),
    }
}

/// Reads further files.
impl Walk<'_, '_> {
    fn link(&mut self, reference: Text<'_>) -> Link {
        let (file, _) = split(reference.value);
        if is_remote(file) {
            let message = format!("`{file}` is not read: remote references are off");
            self.diagnostics.push(
                Diagnostic::new(&rules::REFERENCE_REMOTE, reference.span, message)
                    .help("keep a copy beside the document and refer to that"),
            );
            return Link::Remote;
        }
        match self.load(&path_of(file), reference) {
            Ok(id) => Link::File(id),
            Err(found) => {
                self.diagnostics.push(*found);
                Link::Broken
            }
        }
    }

    fn load(&mut self, path: &str, reference: Text<'_>) -> Result<FileId, Box<Diagnostic>> {
        let unresolved = |reason: String| {
            let message = format!("`{path}` {reason}");
            Box::new(Diagnostic::new(
                &rules::REFERENCE_UNRESOLVED,
                reference.span,
                message,
            ))
        };
        if let Some(other) = scheme(split(reference.value).0).filter(|scheme| *scheme != "file") {
            return Err(unresolved(format!(
                "cannot be read: `{other}:` names no file"
            )));
        }
        let from = self.document.sources.file(reference.span.file);
        let folder = from
            .and_then(|file| file.canonical.parent())
            .unwrap_or(Path::new("/"));
        let wanted = normal(&folder.join(path));
        // By its text first: whether a file beyond the roots exists is nobody's business.
        if !self.is_allowed(&wanted) {
            return Err(self.outside(path, &wanted, reference));
        }
        let limits = &self.settings.limits;
        let canonical = self.settings.loader.canonical(&wanted);
        let canonical = canonical.map_err(|error| unresolved(reason(&error, limits)))?;
        if !self.is_allowed(&canonical) {
            return Err(self.outside(path, &canonical, reference));
        }
        if let Some(id) = self.known.get(&canonical) {
            return Ok(*id);
        }
        if self.document.sources.len() >= limits.files {
            return Err(unresolved(format!(
                "is not read: the document has {} files already",
                limits.files
            )));
        }
        let bytes = self.settings.loader.read(&canonical, limits.file_bytes);
        let bytes = bytes.map_err(|error| unresolved(reason(&error, limits)))?;
        let shown = from
            .and_then(|file| file.path.parent())
            .unwrap_or(Path::new(""));
        let shown = normal(&shown.join(path));
        let id = add_file(
            &self.document.sources,
            shown,
            canonical.clone(),
            bytes,
            Some(reference.span),
            limits,
            self.diagnostics,
        );
        self.known.insert(canonical, id);
        Ok(id)
    }

    fn is_allowed(&self, path: &Path) -> bool {
        self.roots.iter().any(|root| path.starts_with(root))
    }

    fn outside(&self, path: &str, wanted: &Path, reference: Text<'_>) -> Box<Diagnostic> {
        let folder = wanted.parent().unwrap_or(Path::new("/")).display();
        let message = format!("`{path}` lies outside the folders that may be read");
        let found = Diagnostic::new(&rules::REFERENCE_OUTSIDE_ROOT, reference.span, message);
        Box::new(found.help(format!(
            "allow it with `--root {folder}` if you trust the document"
        )))
    }
}
