//! Values of a document checked against its schemas.

mod obvious;

use serde_json::{Map, Value as Json, json};
use tidings_document::api::{Api, SchemaId};
use tidings_document::{Diagnostic, Node, Rule, Span};
use tidings_schema::{Instance, Schema, SchemaError, Validator, Violation};

use crate::definitions::Definitions;
use crate::places::{at_pointer, holds_reference};
use obvious::Obvious;

/// How many violations of one value are reported; more say nothing new.
const SHOWN: usize = 10;
/// How often broken schemas are taken out before giving up; each round takes out all that are found.
const ROUNDS: usize = 8;

/// Some schemas of a document, compiled together: they mostly share what they refer to, so that compiling each on its
/// own takes the square of the time.
pub(crate) struct Checker<'a> {
    api: &'a Api<'a>,
    definitions: Definitions,
    validator: Validator,
}

impl<'a> Checker<'a> {
    /// Compiles the schemas of those of the values that do not obviously keep them; nothing where there is none.
    pub(crate) fn new<'v>(
        api: &'a Api<'a>,
        values: impl Iterator<Item = (SchemaId, &'v Node)>,
    ) -> Option<Self> {
        let mut obvious = Obvious::new(api);
        let doubtful = values.filter(|(id, value)| !obvious.keeps(*id, value));
        let mut definitions = Definitions::new(api, doubtful.map(|(id, _)| id))?;
        for _ in 0..ROUNDS {
            match Validator::compile(&by_name(&definitions)) {
                Ok(validator) => {
                    return Some(Self {
                        api,
                        definitions,
                        validator,
                    });
                }
                Err(errors) => take_out(&mut definitions, &errors),
            }
        }
        None
    }

    /// Reports what is wrong with a value of the document; `what` names it, such as "default".
    pub(crate) fn check(
        &self,
        rule: &'static Rule,
        what: &str,
        id: SchemaId,
        value: &Node,
        out: &mut Vec<Diagnostic>,
    ) {
        let Some(name) = self
            .definitions
            .names
            .get(&id)
            .filter(|_| !holds_reference(value))
        else {
            return;
        };
        let named = value
            .exact_text()
            .and_then(|text| Instance::read(format!("{{\"{name}\":{text}}}").as_bytes()).ok());
        let violations = match &named {
            Some(named) => self.validator.validate(named),
            None => self.validator.validate(&json!({ name: value.to_json() })),
        };
        let found = violations.iter().take(SHOWN);
        out.extend(found.map(|violation| self.finding(rule, what, name, value, violation)));
    }

    fn finding(
        &self,
        rule: &'static Rule,
        what: &str,
        name: &str,
        value: &Node,
        violation: &Violation,
    ) -> Diagnostic {
        let pointer = violation
            .instance
            .strip_prefix(&format!("/{name}"))
            .unwrap_or_default();
        let is_unexpected = matches!(
            violation.keyword.as_str(),
            "additionalProperties" | "unevaluatedProperties"
        );
        let span = at_pointer(value, pointer, is_unexpected);
        let place = if pointer.is_empty() {
            String::new()
        } else {
            format!(" at `{pointer}`")
        };
        let message = format!("{what} breaks its schema{place}: {}", violation.message);
        let found = Diagnostic::new(rule, span, message).help(mend(what, violation));
        match self.keyword_place(violation) {
            Some(place) => found.related(place, "the schema says so"),
            None => found,
        }
    }

    fn keyword_place(&self, violation: &Violation) -> Option<Span> {
        let node = self.api[self.definitions.json.schema_at(&violation.schema)?].node;
        let entry = node
            .as_object()
            .and_then(|object| object.entry(&violation.keyword));
        Some(entry.map_or(node.span, |entry| entry.key_span))
    }
}

/// How to mend a value that breaks its schema.
pub(crate) fn mend(what: &str, violation: &Violation) -> String {
    match violation.message.split_once(" is not one of ") {
        Some((_, values)) if violation.keyword == "enum" => format!("write one of {values}"),
        _ => format!(
            "change the {what}, or `{}` in its schema",
            violation.keyword
        ),
    }
}

/// A schema whose values have one property each: the name of a definition, and the value to check against that.
fn by_name(definitions: &Definitions) -> Schema {
    let reference = |name: &String| {
        (
            name.clone(),
            json!({ "$ref": format!("#/definitions/{name}") }),
        )
    };
    let properties: Map<String, Json> = definitions.map().keys().map(reference).collect();
    let draft = definitions.json.schema.get("$schema");
    let schema =
        json!({ "$schema": draft, "properties": properties, "definitions": definitions.map() });
    Schema::self_described(schema)
}

/// Lets broken schemas take any value: what is wrong with a schema itself is for other rules to say.
fn take_out(definitions: &mut Definitions, errors: &[SchemaError]) {
    let mut broken = Vec::new();
    for error in errors {
        let name = error
            .pointer
            .strip_prefix("/definitions/")
            .and_then(|rest| rest.split('/').next());
        if let Some(definition) = name.and_then(|name| definitions.get_mut(name)) {
            *definition = Json::Bool(true);
            broken.extend(name.map(ToOwned::to_owned));
        }
    }
    definitions.loosen(broken);
}
