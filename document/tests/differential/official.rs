//! The judgement of the official meta-schemas, as the official parser asks for it: the resolved document must fit, and of the
//! document as it is written no `$ref` may be called unexpected. Formats count, but those of draft-07's own meta-schema.
use std::{collections::BTreeMap, fs, path::Path};

use jsonschema::{Draft, ValidationError, Validator, error::ValidationErrorKind};
use libtest_mimic::Failed;
use serde_json::{Map, Value, json};

use crate::{
    Finding,
    pointer::{below, follow, local, parent},
};

pub(crate) const VERSIONS: &[&str] = &[
    "2.0.0", "2.1.0", "2.2.0", "2.3.0", "2.4.0", "2.5.0", "2.6.0", "3.0.0", "3.1.0",
];

/// Stands in what was reached by a reference, at places where nothing else may stand.
const BY_REFERENCE: &str = "x-by-reference";

/// Values that a resolved document may have.
const MOST_VALUES: usize = 30_000;

pub(crate) struct Official {
    pub(crate) schemas: BTreeMap<&'static str, Value>,
    judges: BTreeMap<&'static str, Judge>,
}

struct Judge {
    resolved: Validator,
    written: Validator,
}

impl Official {
    pub(crate) fn load(folder: &Path) -> Result<Self, Failed> {
        let mut official = Self {
            schemas: BTreeMap::new(),
            judges: BTreeMap::new(),
        };
        for version in VERSIONS {
            let schema = fs::read(folder.join(format!("{version}.json")))?;
            let schema: Value = serde_json::from_slice(&schema)?;
            let written = own_draft_07(schema.clone());
            let judge = Judge {
                resolved: compile(&prepared(written.clone(), version), true)?,
                // Where references may stand, whatever signs they have: braces of addresses are none of a URI.
                written: compile(&written, false)?,
            };
            official.judges.insert(version, judge);
            official.schemas.insert(version, schema);
        }
        Ok(official)
    }

    /// What is wrong with a document; `None` where that depends on other machines, or takes too long to tell. The resolver of
    /// the official parser leaves references in circles as they are, which says nothing where they came in by a mutation:
    /// then there is no answer either.
    pub(crate) fn judge(&self, document: &Value, mutated: &str) -> Option<Vec<Finding>> {
        let judge = document
            .get("asyncapi")
            .and_then(Value::as_str)
            .and_then(|version| self.judges.get(version));
        let Some(judge) = judge else {
            return Some(vec![Finding::new("/asyncapi", "unknown version")]);
        };
        let mut resolver = Resolver {
            root: document,
            values: 0,
            findings: Vec::new(),
            circles: Vec::new(),
            too_much: false,
        };
        let resolved = resolver.resolved(document, "", "", &mut Vec::new());
        let mut circles = resolver.circles.iter();
        if resolver.too_much || circles.any(|at| at == mutated || at == parent(mutated)) {
            return None;
        }
        let mut findings = resolver.findings;
        if !judge.resolved.is_valid(&resolved) {
            for error in judge.resolved.iter_errors(&resolved) {
                leaves(document, &error, &mut findings);
            }
        }
        if !judge.written.is_valid(document) {
            for error in judge.written.iter_errors(document) {
                unexpected_references(&error, &mut findings);
            }
        }
        Some(findings)
    }
}

fn compile(schema: &Value, with_formats: bool) -> Result<Validator, Failed> {
    Ok(jsonschema::options()
        .with_draft(Draft::Draft7)
        .should_validate_formats(with_formats)
        .build(schema)?)
}

/// The schema as the official parser's validator takes it. It has draft-07 built in: no formats are asserted there, and `enum`
/// may be empty or hold a value twice. Mail addresses have a dot in their domain.
fn own_draft_07(schema: Value) -> Value {
    const OFFICIAL: &str = "http://json-schema.org/draft-0";
    const OWN: &str = "http://example.com/draft-0";
    fn renamed(value: Value, formats: bool) -> Value {
        match value {
            Value::Object(object)
                if object.get("format").is_some_and(|format| format == "email") =>
            {
                json!({"type": "string", "format": "email", "pattern": "@.*[.]"})
            }
            Value::Object(object) => object
                .into_iter()
                .filter(|(key, value)| formats || key != "format" || !value.is_string())
                .map(|(key, value)| {
                    let formats = formats && !key.starts_with(OFFICIAL);
                    let value = match (key.as_str(), value) {
                        ("$ref" | "$id" | "id", Value::String(text)) => {
                            json!(text.replace(OFFICIAL, OWN))
                        }
                        (_, value) => renamed(value, formats),
                    };
                    (key.replace(OFFICIAL, OWN), value)
                })
                .collect(),
            Value::Array(items) => items
                .into_iter()
                .map(|item| renamed(item, formats))
                .collect(),
            other => other,
        }
    }
    let mut schema = renamed(schema, true);
    let draft_07 = schema["definitions"].get_mut(format!("{OWN}7/schema"));
    if let Some(keyword) = draft_07.and_then(|draft_07| draft_07.pointer_mut("/properties/enum")) {
        *keyword = json!({"type": "array"});
    }
    schema
}

/// The schema for resolved documents: what must be a reference is now what it leads to, and says so.
fn prepared(mut schema: Value, version: &str) -> Value {
    let id = |name: &str| format!("http://asyncapi.com/definitions/{version}/{name}.json");
    for (holder, place, target) in [
        ("channel", "/properties/servers/items", "server"),
        ("operation", "/properties/channel", "channel"),
        ("operation", "/properties/messages/items", "messageObject"),
        ("operationReply", "/properties/channel", "channel"),
        (
            "operationReply",
            "/properties/messages/items",
            "messageObject",
        ),
    ] {
        let holder = schema["definitions"].get_mut(id(holder));
        if let Some(place) = holder.and_then(|holder| holder.pointer_mut(place)) {
            *place = json!({"allOf": [{"$ref": id(target)}, {"required": [BY_REFERENCE]}]});
        }
    }
    schema
}

struct Resolver<'a> {
    root: &'a Value,
    values: usize,
    findings: Vec<Finding>,
    /// Places of references to what they stand in.
    circles: Vec<String>,
    too_much: bool,
}

impl Resolver<'_> {
    /// A value with every reference replaced by what it leads to. One that leads to what it stands in stays. It is written at
    /// `pointer`, and is reached as `role`.
    fn resolved(
        &mut self,
        value: &Value,
        pointer: &str,
        role: &str,
        above: &mut Vec<String>,
    ) -> Value {
        self.values += 1;
        if self.values > MOST_VALUES || above.len() > 200 {
            self.too_much = true;
            return Value::Null;
        }
        if let Some(Value::String(reference)) = value.get("$ref") {
            return self.target(value, reference, (pointer, role), above);
        }
        above.push(pointer.to_owned());
        let resolved = match value {
            Value::Object(object) => {
                let entries = object.iter().map(|(key, value)| {
                    let (pointer, role) = (below(pointer, key), below(role, key));
                    (key.clone(), self.resolved(value, &pointer, &role, above))
                });
                Value::Object(entries.collect())
            }
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(at, item)| {
                    let at = at.to_string();
                    self.resolved(item, &below(pointer, &at), &below(role, &at), above)
                })
                .collect(),
            other => other.clone(),
        };
        above.pop();
        resolved
    }

    fn target(
        &mut self,
        value: &Value,
        reference: &str,
        (pointer, role): (&str, &str),
        above: &mut Vec<String>,
    ) -> Value {
        if reference.contains("://") {
            self.too_much = true;
        }
        let found = local(value).and_then(|fragment| follow(self.root, &fragment));
        let Some((target, place)) = found else {
            self.findings
                .push(Finding::new(pointer, "a reference leads nowhere"));
            return value.clone();
        };
        // Nothing beside a reference counts, but that references lead somewhere.
        for (key, beside) in value.as_object().into_iter().flatten() {
            self.resolved(beside, &below(pointer, key), "", above);
        }
        if above.contains(&place) || place == pointer {
            self.circles.push(pointer.to_owned());
            return value.clone();
        }
        above.push(pointer.to_owned());
        let mut resolved = self.resolved(target, &place, role, above);
        above.pop();
        if let Some(object) = resolved.as_object_mut().filter(|_| must_refer(role)) {
            object.insert(BY_REFERENCE.to_owned(), Value::Bool(true));
        }
        resolved
    }
}

/// Whether a place is one of those where version 3 takes nothing but references.
fn must_refer(pointer: &str) -> bool {
    let mut steps = pointer.rsplit('/');
    let (last, before) = (steps.next(), steps.next());
    last == Some("channel") || matches!(before, Some("messages" | "servers"))
}

/// The innermost errors, at the places where the written document has them.
fn leaves(document: &Value, error: &ValidationError<'_>, findings: &mut Vec<Finding>) {
    let inner = inside(error);
    if inner.is_empty() {
        let noise = matches!(error.kind(), ValidationErrorKind::Required { property } if property == "$ref");
        let path = error.instance_path().to_string();
        let place = follow(document, &path).map_or(path, |(_, place)| place);
        if !noise {
            findings.push(Finding::new(&place, &shortened(&error.to_string())));
        }
        return;
    }
    // A branch that refuses references only because there is none says nothing.
    let before = findings.len();
    for error in inner {
        leaves(document, error, findings);
    }
    if findings.len() == before {
        let path = error.instance_path().to_string();
        findings.push(Finding::new(&path, &shortened(&error.to_string())));
    }
}

fn inside<'e>(error: &'e ValidationError<'_>) -> Vec<&'e ValidationError<'static>> {
    match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            context.iter().flatten().collect()
        }
        _ => Vec::new(),
    }
}

fn unexpected_references(error: &ValidationError<'_>, findings: &mut Vec<Finding>) {
    if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind()
        && unexpected.iter().any(|name| name == "$ref")
    {
        findings.push(Finding::new(
            &error.instance_path().to_string(),
            "no reference may stand here",
        ));
    }
    for error in inside(error) {
        unexpected_references(error, findings);
    }
}

/// An error without the value that it begins with, which may be long.
fn shortened(text: &str) -> String {
    let begin = text.ceil_char_boundary(text.len().saturating_sub(120));
    text[begin..].to_owned()
}

/// A document that is valid and empty.
pub(crate) fn minimal(version: &str) -> Value {
    let mut document = Map::new();
    document.insert("asyncapi".to_owned(), json!(version));
    document.insert("info".to_owned(), json!({"title": "a", "version": "1"}));
    if version.starts_with('2') {
        document.insert("channels".to_owned(), json!({}));
    }
    Value::Object(document)
}
