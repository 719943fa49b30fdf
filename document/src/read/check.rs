//! Compares nodes with the shapes of the specification and reports what differs, each at the node that is wrong.
mod mismatch;
mod reference;
mod scalar;
mod types;

pub(crate) use mismatch::{in_words, missing_space};
pub(super) use reference::as_data;

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use super::{
    format, mend, moved,
    shape::{Field, Kind, Rest, Shape, is_extension},
};
use crate::{
    Diagnostic, Document, Entry, Node, Object, Span, Text, Value, api::Version, document::address,
    rules, suggest,
};

/// Findings after which checking ends: what is wrong so often is wrong in one place.
const MOST: usize = 10_000;

/// Bytes of an object that are shown at most.
const HEAD: usize = 1000;

/// Checks a node, which is called by a name, and everything below it, references followed, each object once.
pub(crate) fn check(
    document: &Document,
    version: Version,
    (root, name): (&Node, &str),
    kind: Kind,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut check = Check::new(document, version, diagnostics);
    check.later(root, kind, name);
    check.run_all();
}

/// Checks what a node says itself, a reference though it may be.
pub(crate) fn check_own(
    document: &Document,
    version: Version,
    object: (&Node, &Object),
    shape: &'static Shape,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut check = Check::new(document, version, diagnostics);
    check.object(object.0, object.1, shape);
    check.run_all();
}

struct Check<'a, 'd> {
    document: &'a Document,
    version: Version,
    /// Objects and lists that were compared, by node and shape.
    seen: HashSet<(usize, usize)>,
    todo: Vec<Task<'a>>,
    diagnostics: &'d mut Vec<Diagnostic>,
}

/// A value still to be compared.
struct Task<'a> {
    node: &'a Node,
    kind: Kind,
    /// Key of the value, or what it is.
    name: &'a str,
}

impl<'a, 'd> Check<'a, 'd> {
    fn new(document: &'a Document, version: Version, diagnostics: &'d mut Vec<Diagnostic>) -> Self {
        Self {
            document,
            version,
            seen: HashSet::new(),
            todo: Vec::new(),
            diagnostics,
        }
    }

    fn run_all(&mut self) {
        while let Some(task) = self.todo.pop().filter(|_| self.diagnostics.len() < MOST) {
            self.run(&task);
        }
    }

    fn later(&mut self, node: &'a Node, kind: Kind, name: &'a str) {
        self.todo.push(Task { node, kind, name });
    }

    fn run(&mut self, task: &Task<'a>) {
        if matches!(task.kind, Kind::Any) {
            return;
        }
        let written = task.node.get("$ref");
        let reference = written.and_then(Node::text);
        let target = self.document.follow_anywhere(task.node);
        let node = target.unwrap_or(task.node);
        let mut kind = task.kind;
        loop {
            kind = match kind {
                Kind::Chosen(choose) => choose(self.version, node),
                Kind::Versions(all) => match self.of_version(node, all) {
                    Some(chosen) => chosen,
                    None => return,
                },
                _ => break,
            };
        }
        if let (Kind::Object(_) | Kind::Ref(_) | Kind::Reference(_), Some(written), None) =
            (kind, written, reference)
        {
            self.mismatch(written, "$ref", "text");
            return;
        }
        if let (Kind::Object(shape), Some(reference)) = (kind, reference) {
            self.reference_not_allowed(shape, reference, task.node);
        }
        // A reference that leads nowhere was reported when the files were read.
        if target.is_none() || self.leads_to_foreign_file(task, node) {
            return;
        }
        match kind {
            Kind::Any | Kind::Chosen(_) | Kind::Versions(_) => {}
            Kind::Never => {}
            Kind::Reference(of) if reference.is_none() => self.not_a_reference(task, of),
            Kind::Reference(of) => self.later(task.node, *of, task.name),
            Kind::Object(shape) | Kind::Ref(shape) => match node.as_object() {
                Some(object)
                    if reference.is_some_and(|reference| {
                        self.leads_to_another_kind(reference, (node, object), shape)
                    }) => {}
                Some(object) => self.object(node, object, shape),
                None => self.mismatch(node, task.name, shape.name),
            },
            Kind::Map(of) | Kind::Components(of) | Kind::Addresses(of) => match node.as_object() {
                Some(object) => self.map(object, kind, *of),
                None => self.mismatch(node, task.name, "an object"),
            },
            Kind::Tuple(all) => match node.as_array() {
                Some(items) => {
                    for (item, of) in items.iter().zip(all) {
                        self.later(item, *of, task.name);
                    }
                }
                None => self.mismatch(node, task.name, "a list"),
            },
            Kind::List(of) | Kind::Some(of) | Kind::Set(of) => match node.as_array() {
                Some(items) => self.list(node, items, kind, *of, task.name),
                // What a reference leads to is right where it stands: lists have no references in their place.
                None => self.mismatch(task.node, task.name, "a list"),
            },
            _ => self.scalar(node, kind, task.name),
        }
    }

    /// What a binding must look like by the version that it states; by the newest where that is not known, which is reported.
    fn of_version(&mut self, node: &Node, all: &[(&'static str, Kind)]) -> Option<Kind> {
        let (_, newest) = all.first()?;
        let Some(stated) = node.get("bindingVersion") else {
            return Some(*newest);
        };
        let stated = self.document.follow(stated)?;
        let Some(text) = stated.as_str() else {
            self.mismatch(stated, "bindingVersion", "text");
            return None;
        };
        let known = all.iter().find(|(version, _)| *version == text);
        if known.is_none() {
            let words: Vec<_> = all.iter().map(|(version, _)| *version).collect();
            self.word(stated, "bindingVersion", text, &words);
        }
        Some(known.map_or(*newest, |(_, kind)| *kind))
    }

    fn object(&mut self, node: &'a Node, object: &'a Object, shape: &'static Shape) {
        let identity = (address(node), std::ptr::from_ref(shape) as usize);
        if !self.seen.insert(identity) {
            return;
        }
        for entry in object {
            if self.diagnostics.len() >= MOST {
                return;
            }
            match shape.field(&entry.key) {
                Some(field) if field.since > self.version => {
                    self.too_new(entry.name(), field, shape);
                    self.later(&entry.value, field.kind, &entry.key);
                }
                Some(field) if matches!(field.kind, Kind::Never) => {
                    self.not_here(entry.name(), field, shape)
                }
                Some(field) => self.later(&entry.value, field.kind, &entry.key),
                // A `$ref` that stands here is no text, which is told where the object is asked for.
                None if entry.key == "$ref" => {}
                None => self.rest(entry.name(), object, shape),
            }
        }
        for field in shape.all() {
            let stands_for = || moved::stands_for(self.version, shape, object, field.name);
            if field.required && object.get(field.name).is_none() && !stands_for() {
                let message = format!("{} must have `{}`", shape.name, field.name);
                let found = Diagnostic::new(&rules::FIELD_MISSING, self.head(node), message);
                let add = || format!("add `{}`", field.name);
                let mut found = found.help(field.help.map_or_else(add, ToOwned::to_owned));
                if field.name == "type" {
                    found.fix = mend::named_requirement(self.document, self.version, object);
                }
                self.diagnostics.push(found);
            }
        }
        if !shape.any_of.is_empty() && !shape.any_of.iter().any(|name| object.get(name).is_some()) {
            let message = format!("{} must have `{}`", shape.name, shape.any_of.join("` or `"));
            let found = Diagnostic::new(&rules::FIELD_MISSING, self.head(node), message);
            self.diagnostics.push(found.help("add one of them"));
        }
    }

    /// The first line of a node: enough to show an object in which something is missing.
    fn head(&self, node: &Node) -> Span {
        let text = self.document.sources().slice(node.span);
        // A line may be as long as the document, and the same one be shown often.
        let text = &text[..text.floor_char_boundary(HEAD)];
        let line = text.split(['\n', '\r']).next().unwrap_or_default();
        Span {
            end: node.span.start + u32::try_from(line.len()).unwrap_or_default(),
            ..node.span
        }
    }

    fn too_new(&mut self, name: Text<'_>, field: &Field, shape: &Shape) {
        let message = format!(
            "{} has no `{}` in version {}",
            shape.name,
            name.value,
            self.version.as_str()
        );
        self.diagnostics.push(
            Diagnostic::new(&rules::FIELD_UNKNOWN, name.span, message)
                .help(format!("it exists since version {}", field.since.as_str())),
        );
    }

    fn not_here(&mut self, name: Text<'_>, field: &Field, shape: &Shape) {
        let message = format!("{} may not have `{}`", shape.name, name.value);
        let found = Diagnostic::new(&rules::FIELD_NOT_ALLOWED, name.span, message);
        let help = field.help.unwrap_or("remove it");
        self.diagnostics.push(found.help(help));
    }

    fn rest(&mut self, name: Text<'_>, object: &Object, shape: &Shape) {
        let fits = match shape.rest {
            Rest::Open => true,
            Rest::Extensions => is_extension(name.value),
            Rest::None => false,
        };
        if fits {
            return;
        }
        let message = format!("{} has no field `{}`", shape.name, name.value);
        let found = Diagnostic::new(&rules::FIELD_UNKNOWN, name.span, message);
        if let Some(help) = moved::help(self.version, shape, name.value) {
            self.diagnostics.push(found.help(help));
            return;
        }
        if let Some(character) = name.value.chars().find(|part| is_unseen(*part)) {
            let code = u32::from(character);
            let help = format!(
                "there is a space in it that YAML takes for a letter, U+{code:04X}: write a plain one"
            );
            self.diagnostics.push(found.help(help));
            return;
        }
        let known = || {
            let fits =
                |field: &&Field| field.since <= self.version && !matches!(field.kind, Kind::Never);
            shape.all().filter(fits).map(|field| field.name)
        };
        let found = found.fix(mend::misspelt_field(name, object, known()));
        let below = self
            .field_below(name.value, object, shape)
            .or_else(|| map_before(name, object, shape));
        let near = match is_reference(name.value, object) {
            true => Some("$ref"),
            false => suggest::nearest(name.value, known()).filter(|_| below.is_none()),
        };
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => match below {
                Some(owner) => {
                    format!("indent it, with the lines below it, if it belongs to `{owner}`")
                }
                None if shape.rest == Rest::Extensions => {
                    "fields of your own begin with `x-`".to_owned()
                }
                None => format!("it may have `{}`", known().collect::<Vec<_>>().join("`, `")),
            },
        };
        self.diagnostics.push(found.help(help));
    }

    /// The field whose object has one of this name, and not yet: out of it this one may have slipped.
    fn field_below(&self, name: &str, object: &Object, shape: &Shape) -> Option<&'static str> {
        let owns = |field: &&Field| {
            let Some(node) = object
                .get(field.name)
                .filter(|node| node.get("$ref").is_none())
            else {
                return false;
            };
            let mut kind = field.kind;
            while let Kind::Chosen(choose) = kind {
                kind = choose(self.version, node);
            }
            let (Kind::Object(inner) | Kind::Ref(inner)) = kind else {
                return false;
            };
            inner.field(name).is_some() && node.as_object().is_some() && node.get(name).is_none()
        };
        shape.all().find(owns).map(|field| field.name)
    }

    fn map(&mut self, object: &'a Object, kind: Kind, of: Kind) {
        for entry in object {
            let key = entry.key.as_str();
            if matches!(kind, Kind::Components(_)) && !format::is_component_name(key) {
                continue;
            }
            if matches!(kind, Kind::Addresses(_)) && !format::is_uri_template(key) {
                let message = format!("`{key}` is no channel address");
                let found = Diagnostic::new(&rules::FORMAT_MISMATCH, entry.key_span, message);
                self.diagnostics
                    .push(found.help("write a URI template, such as `orders/{region}`"));
            }
            self.later(&entry.value, of, key);
        }
    }

    fn list(&mut self, node: &'a Node, items: &'a [Node], kind: Kind, of: Kind, name: &'a str) {
        if items.is_empty() && matches!(kind, Kind::Some(_)) {
            let message = format!("`{name}` must have at least one item");
            let found = Diagnostic::new(&rules::VALUE_OUT_OF_RANGE, node.span, message);
            self.diagnostics
                .push(found.help("add an item, or leave it out"));
        }
        if matches!(kind, Kind::Set(_)) {
            self.repeated(node, items, name);
        }
        for item in items {
            self.later(item, of, name);
        }
    }

    fn repeated(&mut self, list: &Node, items: &[Node], name: &str) {
        let mut first: HashMap<_, &Node> = HashMap::new();
        // Many references may lead to one large object: each target is written out once.
        let mut digests = HashMap::new();
        for item in items {
            let target = self.document.follow(item).unwrap_or(item);
            let digest = *digests
                .entry(address(target))
                .or_insert_with(|| digest(target));
            if let Some(earlier) = first.get(&digest) {
                let message = format!("`{name}` holds this item twice");
                self.diagnostics.push(
                    Diagnostic::new(&rules::ITEM_DUPLICATE, item.span, message)
                        .related(earlier.span, "first here")
                        .help("remove one of them")
                        .fix(mend::repeated_item(list, earlier, item)),
                );
            } else {
                first.insert(digest, item);
            }
        }
    }
}

/// Whether a character looks like a space or like nothing, and is a letter to YAML.
fn is_unseen(character: char) -> bool {
    let is_zero_width = matches!(character, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}');
    is_zero_width || (character.is_whitespace() && !character.is_ascii())
}

/// Whether a field is a reference that lacks its `$`.
fn is_reference(name: &str, object: &Object) -> bool {
    let leads = |node: &Node| node.as_str().is_some_and(|text| text.contains(['/', '#']));
    let word = name.trim_start_matches(['$', '_', '@']);
    word.eq_ignore_ascii_case("ref") && object.get(name).is_some_and(leads)
}

/// The map out of which an entry that stands behind it may have slipped.
fn map_before<'a>(name: Text<'_>, object: &'a Object, shape: &Shape) -> Option<&'a str> {
    let mut entries = object.iter();
    let own = entries
        .by_ref()
        .position(|entry| entry.key_span == name.span)?;
    let fits = |entry: &&Entry| entry.value.as_object().is_some();
    fits(&object.iter().nth(own)?).then_some(())?;
    let before = object.iter().take(own).next_back().filter(fits)?;
    let kind = shape.field(&before.key)?.kind;
    let is_map = matches!(
        kind,
        Kind::Map(_) | Kind::Components(_) | Kind::Addresses(_)
    );
    is_map.then_some(before.key.as_str())
}

/// A number that nodes of the same value have, in whatever order their keys are.
fn digest(node: &Node) -> u64 {
    let mut hasher = DefaultHasher::new();
    node.kind().hash(&mut hasher);
    match &node.value {
        Value::Null => {}
        Value::Bool(value) => value.hash(&mut hasher),
        Value::Number(number) => number.to_string().hash(&mut hasher),
        Value::String(text) => text.hash(&mut hasher),
        Value::Array(items) => items.iter().for_each(|item| digest(item).hash(&mut hasher)),
        Value::Object(object) => {
            let entry = |entry: &Entry| {
                let mut hasher = DefaultHasher::new();
                (&entry.key, digest(&entry.value)).hash(&mut hasher);
                hasher.finish()
            };
            object
                .iter()
                .map(entry)
                .fold(0, u64::wrapping_add)
                .hash(&mut hasher);
        }
    }
    hasher.finish()
}
