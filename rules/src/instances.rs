//! Values of a document checked against its schemas.

use std::collections::HashMap;

use serde_json::{Map, Value as Json, json};
use tidings_document::api::{Api, Schema, SchemaId, SchemaKind, SchemaObject};
use tidings_document::{Diagnostic, Node, Rule, SchemaJson, Span, schema_json_with_map};
use tidings_schema::{SchemaError, Validator, Violation};

use crate::places::{at_pointer, holds_reference};

/// How many violations of one value are reported; more say nothing new.
const SHOWN: usize = 10;
/// How often broken schemas are taken out before giving up; each round takes out all that are found.
const ROUNDS: usize = 8;

/// Some schemas of a document, compiled together: they mostly share what they refer to, so that compiling each on its
/// own takes the square of the time.
pub(crate) struct Checker<'a> {
    api: &'a Api<'a>,
    json: SchemaJson,
    validator: Validator,
    /// Names of the schemas among the definitions.
    names: HashMap<SchemaId, String>,
}

impl<'a> Checker<'a> {
    /// Compiles these schemas; nothing where there is none.
    pub(crate) fn new(api: &'a Api<'a>, ids: impl Iterator<Item = SchemaId>) -> Option<Self> {
        let ids: Vec<SchemaId> = ids.collect();
        if ids.is_empty() {
            return None;
        }
        let json = all_of(api, ids);
        let mut definitions = json.schema.get("definitions")?.as_object()?.clone();
        let id_of = |name: &String| {
            Some((
                json.schema_at(&format!("/definitions/{name}"))?,
                name.clone(),
            ))
        };
        let names: HashMap<SchemaId, String> = definitions.keys().filter_map(id_of).collect();
        for _ in 0..ROUNDS {
            match Validator::compile(&by_name(json.schema.get("$schema"), &definitions)) {
                Ok(validator) => {
                    return Some(Self {
                        api,
                        json,
                        validator,
                        names,
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
        let Some(name) = self.names.get(&id).filter(|_| !holds_reference(value)) else {
            return;
        };
        let violations = self.validator.validate(&json!({ name: value.to_json() }));
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
        let found = Diagnostic::new(rule, span, message);
        match self.keyword_place(violation) {
            Some(place) => found.related(place, "the schema says so"),
            None => found,
        }
    }

    fn keyword_place(&self, violation: &Violation) -> Option<Span> {
        let node = self.api[self.json.schema_at(&violation.schema)?].node;
        let entry = node
            .as_object()
            .and_then(|object| object.entry(&violation.keyword));
        Some(entry.map_or(node.span, |entry| entry.key_span))
    }
}

/// The JSON form of a schema made up of all of these; it is the first definition.
fn all_of(api: &Api<'_>, ids: Vec<SchemaId>) -> SchemaJson {
    let mut api = api.clone();
    let object = SchemaObject {
        all_of: ids,
        ..SchemaObject::default()
    };
    let id = SchemaId(u32::try_from(api.schemas.len()).unwrap_or(u32::MAX));
    let made_up = Schema {
        node: api.node,
        key: None,
        place: tidings_document::api::Place::Inline,
        pointer: String::new(),
        format: tidings_document::api::SchemaFormat::AsyncApi,
        kind: SchemaKind::Object(Box::new(object)),
    };
    api.schemas.push(made_up);
    schema_json_with_map(&api, id)
}

/// A schema whose values have one property each: the name of a definition, and the value to check against that.
fn by_name(draft: Option<&Json>, definitions: &Map<String, Json>) -> tidings_schema::Schema {
    let mut definitions = definitions.clone();
    if let Some(made_up) = definitions.values_mut().next() {
        *made_up = Json::Bool(true);
    }
    let reference = |name: &String| {
        (
            name.clone(),
            json!({ "$ref": format!("#/definitions/{name}") }),
        )
    };
    let properties: Map<String, Json> = definitions.keys().map(reference).collect();
    let schema = json!({ "$schema": draft, "properties": properties, "definitions": definitions });
    tidings_schema::Schema::self_described(schema)
}

/// Lets broken schemas take any value: what is wrong with a schema itself is for other rules to say.
fn take_out(definitions: &mut Map<String, Json>, errors: &[SchemaError]) {
    for error in errors {
        let name = error
            .pointer
            .strip_prefix("/definitions/")
            .and_then(|rest| rest.split('/').next());
        if let Some(definition) = name.and_then(|name| definitions.get_mut(name)) {
            *definition = Json::Bool(true);
        }
    }
}
