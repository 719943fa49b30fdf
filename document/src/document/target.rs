//! Follows references: one hop, or to the end of the chain; pointers go through references on their way.
use std::borrow::Cow;

use super::Document;
use crate::{
    Diagnostic, FileId, Node, Span, Text, Value,
    pointer::{percent_decoded, push_token, unescaped_token},
    rules,
    sources::{File, Link},
};

/// References followed for one answer; real chains have two or three.
pub(crate) const HOPS: u32 = 32;

/// Steps of a pointer that are tried as one key with slashes in it.
const LONGEST_KEY: usize = 32;

/// Where a node leads.
#[derive(Debug, Clone)]
pub struct Resolved<'a> {
    /// The node at the end: the node itself where it is no reference, the last one reached where the chain breaks.
    pub node: &'a Node,
    /// How the chain ended.
    pub end: End,
    /// Key under which `node` stands, where it was reached by a reference into an object.
    pub key: Option<Text<'a>>,
    /// JSON pointer of `node` in its file, where it was reached by a reference.
    pub pointer: Option<String>,
    /// The `$ref` texts that were followed.
    pub via: Vec<Span>,
}

/// How a chain of references ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// At a node that is no reference.
    Found,
    /// Nowhere (which is reported).
    Missing,
    /// At itself (which is reported).
    Cycle,
    /// In a place that may not be read.
    Remote,
}

/// One hop's end.
#[derive(Debug, Clone)]
pub(crate) struct Target<'a> {
    pub(crate) node: &'a Node,
    pub(crate) key: Option<Text<'a>>,
}

/// Why a hop fails.
#[derive(Debug, Clone)]
pub(crate) enum Fail<'a> {
    /// The file part of this reference was not looked at yet.
    Unlinked(Text<'a>),
    Remote,
    /// The file could not be read (reported where that was tried).
    Broken,
    /// The file that this reference leads to is in none of the languages of documents.
    Foreign(Text<'a>),
    Cycle,
    /// The fragment is no JSON pointer.
    NotPointer,
    /// `node` has nothing under `token`; `rest` was still to come.
    NoKey {
        node: &'a Node,
        token: String,
        rest: Vec<String>,
    },
}

/// How far references are followed.
struct Way {
    /// References that may still be followed.
    hops: u32,
    /// Whether they may lead into files that are in none of the languages of documents.
    anywhere: bool,
}

impl Way {
    const fn new(anywhere: bool) -> Self {
        Self {
            hops: HOPS,
            anywhere,
        }
    }
}

/// Finds out early that a chain goes in circles: it waits at a node, ever longer, for the chain to come by again.
struct Turtle {
    waits_at: usize,
    left: u32,
    patience: u32,
}

impl Turtle {
    fn new(node: &Node) -> Self {
        Self {
            waits_at: address(node),
            left: 1,
            patience: 1,
        }
    }

    fn meets<'a>(&mut self, target: Target<'a>) -> Result<Target<'a>, Fail<'a>> {
        let at = address(target.node);
        if at == self.waits_at {
            return Err(Fail::Cycle);
        }
        self.left -= 1;
        if self.left == 0 {
            self.patience *= 2;
            self.left = self.patience;
            self.waits_at = at;
        }
        Ok(target)
    }
}

impl Document {
    /// Follows a chain of references to its end.
    #[must_use]
    pub fn resolve<'a>(&'a self, node: &'a Node) -> Resolved<'a> {
        let mut resolved = Resolved {
            node,
            end: End::Found,
            key: None,
            pointer: None,
            via: Vec::new(),
        };
        let mut way = Way::new(false);
        let mut turtle = Turtle::new(node);
        while let Some(reference) = resolved.node.reference() {
            resolved.via.push(reference.span);
            let mut pointer = Some(String::new());
            match self
                .hop(reference, &mut way, &mut pointer)
                .and_then(|target| turtle.meets(target))
            {
                Ok(target) => {
                    resolved.node = target.node;
                    resolved.key = target.key;
                    resolved.pointer = pointer;
                }
                Err(fail) => {
                    resolved.end = match fail {
                        Fail::Remote | Fail::Foreign(_) => End::Remote,
                        Fail::Cycle => End::Cycle,
                        _ => End::Missing,
                    };
                    break;
                }
            }
        }
        resolved
    }

    /// The file that a reference names and the JSON pointer of the place in it: one hop, not to the end of a chain.
    #[must_use]
    pub fn place_of(&self, reference: &Node) -> Option<(FileId, String)> {
        let (target, pointer) = self.target_with_pointer(reference)?;
        Some((target.node.span.file, pointer))
    }

    /// The node at the end of a chain, where it has one.
    pub(crate) fn follow<'a>(&'a self, node: &'a Node) -> Option<&'a Node> {
        self.end(node, Way::new(false)).ok()
    }

    /// The same in any file: to tell what is wrong, and for nothing that is shown.
    pub(crate) fn follow_anywhere<'a>(&'a self, node: &'a Node) -> Option<&'a Node> {
        self.end(node, Way::new(true)).ok()
    }

    /// The same for a text: it may be the whole of a file of prose.
    pub(crate) fn follow_text<'a>(&'a self, node: &'a Node) -> Option<Text<'a>> {
        let end = self.follow_anywhere(node)?;
        let file = end.span.file;
        let is_prose = || self.sources.file(file).is_some_and(File::is_prose);
        let is_free = file == node.span.file || self.sources.shows(file) || is_prose();
        end.text().filter(|_| is_free)
    }

    /// The finding where a chain leads into a file in none of the languages of documents, at which it ends.
    pub(crate) fn foreign(&self, node: &Node) -> Option<Diagnostic> {
        match self.end(node, Way::new(false)) {
            Err(Fail::Foreign(reference)) => Some(foreign(reference)),
            _ => None,
        }
    }

    fn end<'a>(&'a self, mut node: &'a Node, mut way: Way) -> Result<&'a Node, Fail<'a>> {
        let mut turtle = Turtle::new(node);
        while let Some(reference) = node.reference() {
            node = turtle
                .meets(self.hop(reference, &mut way, &mut None)?)?
                .node;
        }
        Ok(node)
    }

    /// What one reference names.
    pub(crate) fn target<'a>(&'a self, reference: Text<'a>) -> Result<Target<'a>, Fail<'a>> {
        self.hop(reference, &mut Way::new(false), &mut None)
    }

    /// The same in any file.
    pub(super) fn target_anywhere<'a>(
        &'a self,
        reference: Text<'a>,
    ) -> Result<Target<'a>, Fail<'a>> {
        self.hop(reference, &mut Way::new(true), &mut None)
    }

    /// What a reference leads to in one hop, with its pointer; nothing where it leads nowhere.
    pub(crate) fn target_with_pointer<'a>(
        &'a self,
        node: &'a Node,
    ) -> Option<(Target<'a>, String)> {
        self.target_with_pointer_of(node.reference()?)
    }

    /// The same for the text of a reference.
    pub(crate) fn target_with_pointer_of<'a>(
        &'a self,
        reference: Text<'a>,
    ) -> Option<(Target<'a>, String)> {
        let (mut way, mut pointer) = (Way::new(false), Some(String::new()));
        let target = self.hop(reference, &mut way, &mut pointer);
        Some((target.ok()?, pointer?))
    }

    /// One hop; `pointer` becomes that of its end where it is asked for.
    fn hop<'a>(
        &'a self,
        reference: Text<'a>,
        way: &mut Way,
        pointer: &mut Option<String>,
    ) -> Result<Target<'a>, Fail<'a>> {
        way.hops = way.hops.checked_sub(1).ok_or(Fail::Cycle)?;
        let (file, fragment) = split(reference.value);
        let from = self.sources.file(reference.span.file);
        let meant = from.and_then(|from| from.meant(reference));
        let id = match from.and_then(|from| from.links.get(file)) {
            _ if file.is_empty() || meant.is_some() => reference.span.file,
            None => return Err(Fail::Unlinked(reference)),
            Some(Link::Remote) => return Err(Fail::Remote),
            Some(Link::Broken) => return Err(Fail::Broken),
            Some(Link::File(id)) if !way.anywhere && !self.sources.shows(*id) => {
                return Err(Fail::Foreign(reference));
            }
            Some(Link::File(id)) => *id,
        };
        let Some(meant) = meant else {
            return self.within(id, "", fragment, way, pointer);
        };
        if !file.is_empty() || fragment.is_empty() {
            return self.within(id, meant, fragment, way, pointer);
        }
        // In a document pointers start from its root, whatever ids stand around them, and else from these; anchors are the other way round.
        let [first, second] = match fragment.starts_with('/') {
            true => ["", meant],
            false => [meant, ""],
        };
        let found = self.within(id, first, fragment, way, pointer);
        match found {
            Err(Fail::NoKey { .. } | Fail::NotPointer) => {
                self.within(id, second, fragment, way, pointer).or(found)
            }
            found => found,
        }
    }

    /// What a fragment leads to in a file, from the schema at a pointer.
    fn within<'a>(
        &'a self,
        id: FileId,
        schema: &str,
        fragment: &str,
        way: &mut Way,
        pointer: &mut Option<String>,
    ) -> Result<Target<'a>, Fail<'a>> {
        let file = self.sources.file(id);
        let node = file.and_then(|file| file.root.as_ref());
        let node = node.ok_or(Fail::Broken)?;
        let mut target = Target { node, key: None };
        pointer.iter_mut().for_each(String::clear);
        let steps: Cow<'_, str> = match fragment {
            _ if schema.is_empty() && fragment.starts_with('/') => fragment.into(),
            _ if fragment.starts_with('/') => format!("{schema}{fragment}").into(),
            "" => schema.into(),
            anchor => {
                let steps = file.and_then(|file| file.anchor(schema, anchor));
                steps.ok_or(Fail::NotPointer)?.into()
            }
        };
        if steps.is_empty() {
            return Ok(target);
        }
        let tokens = steps.strip_prefix('/').ok_or(Fail::NotPointer)?;
        let mut tokens = tokens.split('/');
        while let Some(token) = tokens.next() {
            let step = self.step(&mut target, token, way, pointer);
            step.map_err(|fail| {
                let Fail::NoKey { node, token, .. } = fail else {
                    return fail;
                };
                let rest = tokens.clone().take(LONGEST_KEY);
                let rest = rest.map(|token| decode(token).into_owned()).collect();
                Fail::NoKey { node, token, rest }
            })?;
        }
        Ok(target)
    }

    /// One step of a pointer, through references where the node is one.
    fn step<'a>(
        &'a self,
        target: &mut Target<'a>,
        token: &str,
        way: &mut Way,
        pointer: &mut Option<String>,
    ) -> Result<(), Fail<'a>> {
        let token = decode(token);
        loop {
            if let Some((key, child)) = child(target.node, &token) {
                target.node = child;
                target.key = key;
                if let Some(pointer) = pointer {
                    push_token(pointer, &token);
                }
                return Ok(());
            }
            let Some(reference) = target.node.reference() else {
                return Err(Fail::NoKey {
                    node: target.node,
                    token: token.into_owned(),
                    rest: Vec::new(),
                });
            };
            *target = self.hop(reference, way, pointer)?;
        }
    }
}

fn child<'a>(node: &'a Node, token: &str) -> Option<(Option<Text<'a>>, &'a Node)> {
    match &node.value {
        Value::Object(object) => {
            let entry = object.entry(token)?;
            Some((Some(entry.name()), &entry.value))
        }
        Value::Array(items) => {
            let at: usize = token.parse().ok()?;
            Some((None, items.get(at)?))
        }
        _ => None,
    }
}

fn foreign(reference: Text<'_>) -> Diagnostic {
    let path = path_of(split(reference.value).0);
    let message = format!("`{path}` holds neither AsyncAPI, JSON Schema, Avro nor Protobuf");
    let found = Diagnostic::new(&rules::REFERENCE_FOREIGN, reference.span, message);
    found.help("refer to a part of a document; if that file holds one, look for a field that is misspelt, or add `type` to the schema")
}

/// The file part and the fragment of a reference.
pub(super) fn split(reference: &str) -> (&str, &str) {
    reference.split_once('#').unwrap_or((reference, ""))
}

/// A step of a pointer as the key that it names.
pub(super) fn decode(token: &str) -> Cow<'_, str> {
    match percent_decoded(token) {
        Cow::Borrowed(token) => unescaped_token(token),
        Cow::Owned(token) => unescaped_token(&token).into_owned().into(),
    }
}

/// Whether a reference leads to the web.
pub(super) fn is_remote(file: &str) -> bool {
    file.split_once("://").is_some_and(|(scheme, _)| {
        scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
    })
}

/// The scheme of a reference's file part, where it has one. A single letter is a drive.
pub(super) fn scheme(file: &str) -> Option<&str> {
    let (scheme, rest) = file.split_once(':')?;
    let fits = scheme.len() > 1
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    (fits && rest.starts_with('/')).then_some(scheme)
}

/// Path of a reference's file part.
pub(super) fn path_of(file: &str) -> Cow<'_, str> {
    percent_decoded(file.strip_prefix("file://").unwrap_or(file))
}

/// Identity of a node while its document lives.
pub(crate) fn address(node: &Node) -> usize {
    std::ptr::from_ref(node) as usize
}
