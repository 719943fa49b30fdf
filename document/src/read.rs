//! From nodes to the typed [`Api`]: the version decides whose shapes are compared and whose reader runs.
mod binding;
mod bound;
mod check;
mod described;
mod dialect;
mod discriminator;
mod fields;
mod format;
mod home;
mod language;
mod mend;
mod message;
mod moved;
mod pattern;
mod proto;
mod reader;
mod schema;
mod security;
mod shape;
mod shapes;
mod traits;
mod v2;
mod v3;

pub use binding::{binding_structure, is_older_binding};
pub use bound::{BindingSchemas, binding_schemas, bindings};
pub(crate) use described::described;
pub use dialect::schema_structure;
use shape::Kind;
pub use shapes::bindings::{
    Level, binding_fields, binding_paths, binding_protocols, binding_versions,
};

use crate::{
    Diagnostic, Document, FileId, Node, Span, Value,
    api::{Api, Version},
    document::explain_way,
    rules,
};

/// Reads a document into the typed model, and tells what the specification does not allow in it. There is no model when the
/// document is none of AsyncAPI.
#[must_use]
pub fn read(document: &Document) -> (Option<Api<'_>>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let api = read_root(document, &mut diagnostics);
    // What several references lead to may be found wrong several times.
    diagnostics
        .sort_by(|a, b| (a.span, a.rule.id, &a.message).cmp(&(b.span, b.rule.id, &b.message)));
    diagnostics.dedup();
    explain_way(document, &mut diagnostics);
    (api, diagnostics)
}

/// What [`read()`] tells of an Avro schema of a document, again: for whoever has more to say of it.
#[must_use]
pub fn avro_structure(document: &Document, version: Version, schema: &Node) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let named = (schema, "schema");
    check::check(document, version, named, shapes::avro::AVRO, &mut found);
    found
}

fn read_root<'a>(document: &'a Document, diagnostics: &mut Vec<Diagnostic>) -> Option<Api<'a>> {
    let root = document.root()?;
    let version = version(document, root, diagnostics)?;
    let shape = if version.is_v2() {
        &v2::shapes::ROOT
    } else {
        &v3::shapes::ROOT
    };
    let named = (root, "the document");
    check::check(document, version, named, Kind::Object(shape), diagnostics);
    let mut reader = reader::Reader::new(document, version, root, diagnostics);
    if version.is_v2() {
        v2::read(&mut reader);
    } else {
        v3::read(&mut reader);
    }
    schema::read_waiting(&mut reader);
    let mut api = reader.finish();
    api.right_elsewhere = dialect::set_aside(&api, diagnostics);
    Some(api)
}

/// The version that the root states.
fn version(document: &Document, root: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Version> {
    let mut report = |rule, span, message: String, help: String| {
        diagnostics.push(Diagnostic::new(rule, span, message).help(help));
        None
    };
    let start = Span {
        file: FileId(0),
        start: root.span.start,
        end: root.span.start + first_word(document, root),
    };
    let Some(object) = root.as_object() else {
        if matches!(root.value, Value::Null) {
            return report(
                &rules::DOCUMENT_EMPTY,
                start,
                "the document is empty".to_owned(),
                "begin with `asyncapi: 3.0.0`".to_owned(),
            );
        }
        return report(
            &rules::NOT_ASYNCAPI,
            start,
            format!("the root must be an object, not {}", check::in_words(root)),
            check::missing_space(root).unwrap_or_else(|| "begin with `asyncapi: 3.0.0`".to_owned()),
        );
    };
    let Some(entry) = object.entry("asyncapi") else {
        let help = match object.entry("openapi").or_else(|| object.entry("swagger")) {
            Some(_) => "this is an OpenAPI document",
            None => "begin with `asyncapi: 3.0.0`",
        };
        return report(
            &rules::NOT_ASYNCAPI,
            start,
            "there is no field `asyncapi`".to_owned(),
            help.to_owned(),
        );
    };
    let Some(text) = entry.value.as_str() else {
        return report(
            &rules::NOT_ASYNCAPI,
            entry.value.span,
            "`asyncapi` must be text".to_owned(),
            "write the whole version, such as `3.0.0`".to_owned(),
        );
    };
    let known = Version::ALL.into_iter().find(|(_, name)| *name == text);
    if let Some((version, _)) = known {
        return Some(version);
    }
    let help = format!(
        "did you mean `{}`? versions are 2.0.0 to 2.6.0, 3.0.0 and 3.1.0",
        nearest_version(text)
    );
    report(
        &rules::VERSION_UNSUPPORTED,
        entry.value.span,
        format!("version `{text}` is not supported"),
        help,
    )
}

/// The supported version that is most like one that is not: the newest of the same major number, or else of all.
fn nearest_version(text: &str) -> &'static str {
    let mut numbers = text.trim_start_matches(['v', 'V']).split('.');
    let (major, minor) = (numbers.next(), numbers.next());
    let names = || Version::ALL.into_iter().map(|(_, name)| name).rev();
    let same = |name: &&str| name.split('.').next() == major;
    let with_minor = |name: &&str| same(name) && name.split('.').nth(1) == minor;
    let mut all = names();
    let newest = all.next().unwrap_or_default();
    names()
        .find(with_minor)
        .or(names().find(same))
        .unwrap_or(newest)
}

/// Length of the first word of a node, to show where it begins.
fn first_word(document: &Document, node: &Node) -> u32 {
    let text = document.sources().slice(node.span);
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    u32::try_from(end).unwrap_or_default()
}
