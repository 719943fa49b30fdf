//! References where none may stand, what should be a reference and is none, and references to a thing of another kind.
use super::{Check, Task, check_own};
use crate::{
    Diagnostic, Node, Object, Severity, Span, Text,
    api::Version,
    read::{
        described::described,
        shape::{Kind, Rest, Shape},
    },
    rules,
};

impl Check<'_, '_> {
    /// Reports an object in the place of a reference to it.
    pub(super) fn not_a_reference(&mut self, task: &Task<'_>, of: &Kind) {
        let pointer = self.document.pointer_at(task.node.span);
        let last = pointer.rsplit('/').next().unwrap_or_default();
        let message = match last.parse::<usize>() {
            Ok(_) => format!("an item of `{}` must be a reference", task.name),
            Err(_) => format!("`{}` must be a reference", task.name),
        };
        let place = match of {
            Kind::Ref(shape) => place_of(shape.name, self.version),
            _ => None,
        };
        let (map, form) = place.unwrap_or(("components", "#/components/KIND/NAME"));
        let root = self.document.root().and_then(|root| root.get(map));
        let help = match task.node.as_str() {
            Some(text) if text.contains('/') => format!("write `$ref: '{text}'`"),
            Some(text) if root.is_some_and(|root| root.get(text).is_some()) => {
                format!("write `$ref: '#/{map}/{text}'`")
            }
            _ => format!("define it under `{map}` and refer to it: `$ref: '{form}'`"),
        };
        let found = Diagnostic::new(&rules::TYPE_MISMATCH, self.head(task.node), message);
        self.diagnostics.push(found.help(help));
    }

    pub(super) fn reference_not_allowed(
        &mut self,
        shape: &Shape,
        reference: Text<'_>,
        node: &Node,
    ) {
        if shape.rest == Rest::Open || shape.field("$ref").is_some() {
            return;
        }
        let key = node.as_object().and_then(|object| object.entry("$ref"));
        let key = key.map(|entry| entry.key_span);
        // The text of an alias stands elsewhere.
        let before =
            key.filter(|key| key.file == reference.span.file && key.start < reference.span.start);
        let span = before.map_or(reference.span, |key| Span {
            start: key.start,
            ..reference.span
        });
        let message = format!("a reference may not stand for {}", shape.name);
        self.diagnostics.push(
            Diagnostic::new(&rules::REFERENCE_NOT_ALLOWED, span, message)
                .help("write the object itself here"),
        );
    }

    /// Reports a reference into a file in none of the languages of documents.
    pub(super) fn leads_to_foreign_file(&mut self, task: &Task<'_>, end: &Node) -> bool {
        let is_elsewhere = end.span.file != task.node.span.file;
        let is_data = task.kind.is_data();
        if !is_elsewhere || is_data && self.document.follow_text(task.node).is_some() {
            return false;
        }
        let Some(found) = self.document.foreign(task.node) else {
            return false;
        };
        self.diagnostics.push(match is_data {
            true => as_data(found),
            false => found,
        });
        true
    }

    /// Reports a reference to a thing of another kind, which does not fit: it is the reference that is wrong.
    pub(super) fn leads_to_another_kind(
        &mut self,
        reference: Text<'_>,
        target: (&Node, &Object),
        shape: &'static Shape,
    ) -> bool {
        let fragment = reference.value.split_once('#').map_or("", |(_, rest)| rest);
        let Some(other) = kind_at(fragment).filter(|other| *other != shape.name) else {
            return false;
        };
        let mut found = Vec::new();
        check_own(self.document, self.version, target, shape, &mut found);
        if found.is_empty() {
            return false;
        }
        let text = reference.value;
        let message = format!("`{text}` is {other}, where {} must stand", shape.name);
        let help = match place_of(shape.name, self.version) {
            _ if described(target.0).is_some() => {
                format!("refer to the schema within it: `{text}/schema`")
            }
            Some((_, form)) => format!("refer to {}: `{form}`", shape.name),
            None => format!("refer to {}", shape.name),
        };
        let found = Diagnostic::new(&rules::TYPE_MISMATCH, reference.span, message);
        let found = found.related(self.head(target.0), format!("this is {other}"));
        self.diagnostics.push(found.help(help));
        true
    }
}

/// A finding about what leads into a foreign file, where data or a text is meant, such as an example: the document can do without.
pub(crate) fn as_data(found: Diagnostic) -> Diagnostic {
    let help =
        "write it here; a text may also be the whole of a file that ends with `.md` or `.txt`";
    found.weighing(Severity::Warning).help(help)
}

/// Where things of a kind are defined that operations and channels refer to: the field of the root, and a reference to one.
fn place_of(kind: &str, version: Version) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        "a message" if version.is_v2() => ("components", "#/components/messages/NAME"),
        "a server" if version.is_v2() => ("components", "#/components/servers/NAME"),
        "a channel" if version.is_v2() => ("components", "#/components/channels/NAME"),
        "a channel" => ("channels", "#/channels/NAME"),
        "a message" => ("channels", "#/channels/CHANNEL/messages/NAME"),
        "a server" => ("servers", "#/servers/NAME"),
        _ => return None,
    })
}

/// What stands at a place of a document, in the words of the shapes.
fn kind_at(pointer: &str) -> Option<&'static str> {
    let mut steps = pointer.strip_prefix('/')?.split('/');
    let map = match (steps.next()?, steps.next()) {
        ("info", None) => return Some("`info`"),
        ("components", Some(map)) => {
            steps.next()?;
            map
        }
        (map, Some(_)) => map,
        _ => return None,
    };
    let map = match (map, steps.next(), steps.next()) {
        (map, None, None) => map,
        ("channels", Some(inner), Some(_)) => inner,
        _ => return None,
    };
    let rest = steps.next();
    let kind = match map {
        "servers" => "a server",
        "channels" => "a channel",
        "operations" => "an operation",
        "messages" => "a message",
        "parameters" => "a parameter",
        "replies" => "a reply",
        "replyAddresses" => "a reply address",
        "correlationIds" => "a correlation id",
        "tags" => "a tag",
        "serverVariables" => "a server variable",
        "schemas" => "a schema",
        _ => return None,
    };
    rest.is_none().then_some(kind)
}
