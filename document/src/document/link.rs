//! After the root is parsed: finds every reference that can be reached, reads the files they name, reports what leads
//! nowhere.
use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
};

use super::{
    Document,
    chains::{self, Followed},
    target::{Fail, address, split},
};
use crate::{
    Change, Diagnostic, FileId, Fix, Node, Settings, Text, Url, Value,
    pointer::{escaped_token, push_token},
    proto::schema_of,
    roots::Roots,
    rules, suggest,
};

/// Findings after which the walk ends: what is wrong so often is wrong in one place.
const MOST: usize = 10_000;

/// Reads the files that references name, and reports references that lead nowhere or only to themselves.
pub(super) fn link(
    document: &Document,
    roots: &Roots,
    settings: &Settings,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut walk = Walk::new(document, roots, settings, diagnostics);
    walk.run();
    walk.imports();
    let followed = std::mem::take(&mut walk.followed);
    let room = MOST.saturating_sub(diagnostics.len());
    diagnostics.extend(chains::findings(&followed).into_iter().take(room));
}

/// Goes through everything that the root reaches: all of the root file, and of others what references name.
pub(super) struct Walk<'a, 's> {
    pub(super) document: &'a Document,
    pub(super) roots: &'s Roots,
    pub(super) settings: &'s Settings,
    pub(super) known: HashMap<PathBuf, FileId>,
    /// What was read of URLs; `None` where that failed.
    pub(super) fetched: HashMap<Url, Option<FileId>>,
    seen: HashSet<usize>,
    todo: Vec<&'a Node>,
    /// Schemas that are said to be Protobuf.
    pub(super) schemas: Vec<&'a Node>,
    followed: Vec<Followed<'a>>,
    /// Keys that may still be compared with misspelt ones: in large objects each comparison takes long.
    comparisons: usize,
    pub(super) diagnostics: &'s mut Vec<Diagnostic>,
}

impl<'a, 's> Walk<'a, 's> {
    pub(super) fn new(
        document: &'a Document,
        roots: &'s Roots,
        settings: &'s Settings,
        diagnostics: &'s mut Vec<Diagnostic>,
    ) -> Self {
        let sources = &document.sources;
        let (mut known, mut fetched) = (HashMap::new(), HashMap::new());
        for id in sources.iter() {
            let Some(name) = sources.file(id).map(|file| &file.name) else {
                continue;
            };
            match &name.url {
                Some(url) => drop(fetched.insert(url.clone(), Some(id))),
                None => drop(known.insert(name.canonical.clone(), id)),
            }
        }
        Self {
            document,
            roots,
            settings,
            known,
            fetched,
            seen: HashSet::new(),
            todo: Vec::new(),
            schemas: Vec::new(),
            followed: Vec::new(),
            comparisons: 200_000,
            diagnostics,
        }
    }

    fn run(&mut self) {
        self.todo.extend(self.document.root());
        while let Some(node) = self.todo.pop().filter(|_| self.diagnostics.len() < MOST) {
            if !self.seen.insert(address(node)) {
                continue;
            }
            match &node.value {
                Value::Array(items) => self.todo.extend(items.iter().rev().filter(nests)),
                Value::Object(object) => {
                    if let Some(reference) = node.reference() {
                        self.reference(node, reference);
                    }
                    self.mapping(node);
                    self.schemas.extend(schema_of(node));
                    let values = object.iter().map(|entry| &entry.value);
                    self.todo.extend(values.rev().filter(nests));
                }
                _ => {}
            }
        }
    }

    fn reference(&mut self, node: &'a Node, reference: Text<'a>) {
        loop {
            match self.document.target_anywhere(reference) {
                Ok(target) => {
                    let target = target.node;
                    self.todo.push(target);
                    self.followed.push(Followed {
                        node,
                        reference,
                        target,
                    });
                }
                Err(Fail::Unlinked(text)) => {
                    let link = self.link(text);
                    self.document.add_link(text, link);
                    continue;
                }
                Err(fail) => {
                    let found = unresolved(reference, &fail, &mut self.comparisons);
                    let found = found.map(|found| found.fix(self.escaped(reference, &fail)));
                    let found = found.map(|found| self.with_meant(reference, found));
                    let found = found.map(|found| self.without_keys(found, &fail));
                    self.diagnostics.extend(found);
                }
            }
            return;
        }
    }

    /// The files that a discriminator's `mapping` names: no `$ref` need lead there.
    fn mapping(&mut self, node: &'a Node) {
        let discriminator = node.get("discriminator").and_then(Node::as_object);
        let mapping = discriminator.and_then(|object| object.get("mapping")?.as_object());
        let values = mapping.into_iter().flatten().map(|entry| &entry.value);
        for target in values.filter_map(Node::text).filter(names_file) {
            while let Err(Fail::Unlinked(text)) = self.document.target_anywhere(target) {
                let link = self.link(text);
                self.document.add_link(text, link);
            }
            self.todo.extend(
                self.document
                    .target_anywhere(target)
                    .ok()
                    .map(|found| found.node),
            );
        }
    }

    /// The finding without the keys of a file that is not shown.
    fn without_keys(&self, mut found: Diagnostic, fail: &Fail<'_>) -> Diagnostic {
        if let Fail::NoKey { node, .. } = fail
            && !self.document.sources.shows(node.span.file)
        {
            (found.help, found.fix) = (None, None);
        }
        found
    }

    /// The reference with a key's slashes escaped, where just one key is meant and leads somewhere.
    fn escaped(&self, reference: Text<'_>, fail: &Fail<'_>) -> Option<Fix> {
        let Fail::NoKey { node, token, rest } = fail else {
            return None;
        };
        let object = node.as_object()?;
        let (before, fragment) = reference.value.split_once('#')?;
        let tokens: Vec<&str> = fragment.split('/').collect();
        let at = tokens.len().checked_sub(rest.len() + 1)?;
        let mut joined = token.clone();
        let mut found = Vec::new();
        for (count, more) in (1..).zip(rest) {
            joined = format!("{joined}/{more}");
            if object.get(&joined).is_some() {
                let mut pointer = tokens[..at].join("/");
                push_token(&mut pointer, &joined);
                let behind = tokens.get(at + count + 1..)?.iter();
                let behind: String = behind.map(|token| format!("/{token}")).collect();
                found.push(format!("{before}#{pointer}{behind}"));
            }
        }
        let [text] = &found[..] else {
            return None;
        };
        let target = Text {
            value: text.as_str(),
            span: reference.span,
        };
        self.document.target_anywhere(target).ok()?;
        let change = Change::Scalar(reference.span, text.clone());
        Some(Fix::new("escape the slashes of the key", change))
    }
}

/// Whether a value of a `mapping` is a reference to a file, and not the name of a schema.
fn names_file(value: &Text<'_>) -> bool {
    let (file, _) = split(value.value);
    let has_ending = [".yaml", ".yml", ".json"]
        .iter()
        .any(|end| file.ends_with(end));
    !file.is_empty() && (has_ending || file.len() < value.value.len() || file.contains('/'))
}

/// Whether references can stand in it.
fn nests(node: &&Node) -> bool {
    matches!(node.value, Value::Array(_) | Value::Object(_))
}

/// What is wrong with a reference; a key may be meant as long as there are comparisons left.
fn unresolved(reference: Text<'_>, fail: &Fail<'_>, comparisons: &mut usize) -> Option<Diagnostic> {
    let text = reference.value;
    let found =
        |message: String| Diagnostic::new(&rules::REFERENCE_UNRESOLVED, reference.span, message);
    match fail {
        Fail::Remote | Fail::Broken | Fail::Foreign(_) | Fail::Unlinked(_) => None,
        Fail::Cycle => {
            let message = format!("`{text}` leads through itself");
            let found = Diagnostic::new(&rules::REFERENCE_CYCLE, reference.span, message);
            Some(found.help("refer to the object itself"))
        }
        Fail::NotPointer => {
            let message = format!("`{text}` does not name a place");
            Some(
                found(message)
                    .help("write a JSON pointer after `#`, such as `#/components/schemas/User`"),
            )
        }
        Fail::NoKey { node, token, rest } => {
            let leads_nowhere =
                |text: &str| found(format!("`{text}` leads nowhere: there is no `{token}`"));
            let found = leads_nowhere(text);
            let Some(object) = node.as_object() else {
                let found = found.related(node.span, format!("this is {}", article(node.kind())));
                return Some(found.help("let the pointer end there, or lead elsewhere"));
            };
            let mut joined = token.clone();
            for more in rest {
                joined.push('/');
                joined.push_str(more);
                if object.get(&joined).is_some() {
                    let escaped = escaped_token(&joined);
                    return Some(found.help(format!("escape the slashes of the key: `{escaped}`")));
                }
            }
            let keys = || object.iter().map(|entry| entry.key.as_str());
            let near = suggest::nearest(token, keys().take(*comparisons));
            *comparisons = comparisons.saturating_sub(object.len());
            // All that leads through one missing key has one cause, which is told in the same words.
            let found = leads_nowhere(without_last(text, rest.len()));
            Some(found.help(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None if object.is_empty() => "the object is empty there".to_owned(),
                None => format!("there is `{}`", listed(keys())),
            }))
        }
    }
}

/// A reference without the last names of its pointer.
fn without_last(reference: &str, names: usize) -> &str {
    let cut = reference.rmatch_indices('/').take(names).last();
    let shorter = cut.map_or(reference, |(at, _)| &reference[..at]);
    match shorter.contains("#/") {
        true => shorter,
        false => reference,
    }
}

/// Names in a row; of many the first ones.
fn listed<'k>(keys: impl Iterator<Item = &'k str>) -> String {
    let mut keys: Vec<&str> = keys.take(7).collect();
    if keys.len() > 6 {
        keys[6] = "…";
    }
    keys.join("`, `")
}

fn article(kind: &str) -> String {
    match kind {
        "array" | "object" => format!("an {kind}"),
        "null" => "null".to_owned(),
        _ => format!("a {kind}"),
    }
}
