//! Values of a document checked against its schemas.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value as Json, json};
use tidings_document::api::{Api, Schema, SchemaId, SchemaKind, SchemaObject};
use tidings_document::{Diagnostic, Node, Rule, SchemaJson, Span, schema_json_with_map};
use tidings_schema::{Dialect, SchemaError, Validator, Violation};

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
        loosen(&mut definitions, unresolved(api, &json));
        let id_of = |name: &String| {
            Some((
                json.schema_at(&format!("/definitions/{name}"))?,
                name.clone(),
            ))
        };
        let names: HashMap<SchemaId, String> = definitions.keys().filter_map(id_of).collect();
        for _ in 0..ROUNDS {
            match Validator::compile(&by_name(&definitions)) {
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
        kind: SchemaKind::Object(Box::new(object)),
    };
    api.schemas.push(made_up);
    schema_json_with_map(&api, id)
}

/// A schema whose values have one property each: the name of a definition, and the value to check against that.
fn by_name(definitions: &Map<String, Json>) -> tidings_schema::Schema {
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
    let schema = json!({ "properties": properties, "definitions": definitions });
    tidings_schema::Schema::new(schema, Dialect::AsyncApi)
}

/// Lets broken schemas take any value: what is wrong with a schema itself is for other rules to say.
fn take_out(definitions: &mut Map<String, Json>, errors: &[SchemaError]) {
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
    loosen(definitions, broken);
}

/// The definitions that stand for what could not be read.
fn unresolved(api: &Api<'_>, json: &SchemaJson) -> Vec<String> {
    if !api
        .schemas
        .iter()
        .any(|schema| matches!(schema.kind, SchemaKind::Unresolved))
    {
        return Vec::new();
    }
    let definitions = json.schema.get("definitions").and_then(Json::as_object);
    let names = definitions.into_iter().flatten().map(|(name, _)| name);
    let is_unresolved = |name: &&String| {
        let id = json.schema_at(&format!("/definitions/{name}"));
        let schema = id.and_then(|id| api.schemas.get(id.0 as usize));
        schema.is_some_and(|schema| matches!(schema.kind, SchemaKind::Unresolved))
    };
    names.filter(is_unresolved).cloned().collect()
}

/// Lets schemas that build on one of which nothing is known take more values rather than fewer: it fits any value, so that
/// two alternatives of `oneOf` may seem to fit, and its opposite never.
fn loosen(definitions: &mut Map<String, Json>, unknown: Vec<String>) {
    if unknown.is_empty() {
        return;
    }
    let mut users: HashMap<String, Vec<String>> = HashMap::new();
    for (name, definition) in definitions.iter() {
        for target in references(definition) {
            users.entry(target).or_default().push(name.clone());
        }
    }
    let mut seen: HashSet<String> = unknown.iter().cloned().collect();
    let mut todo = unknown;
    while let Some(name) = todo.pop() {
        for user in users.remove(&name).unwrap_or_default() {
            if seen.insert(user.clone()) {
                todo.push(user);
            }
        }
    }
    for name in seen {
        if let Some(definition) = definitions.get_mut(&name) {
            loosen_one(definition);
        }
    }
}

fn loosen_one(definition: &mut Json) {
    let Json::Object(keywords) = definition else {
        return;
    };
    for keyword in ["not", "if", "then", "else"] {
        keywords.shift_remove(keyword);
    }
    if let Some(Json::Array(branches)) = keywords.get_mut("anyOf") {
        branches.iter_mut().for_each(loosen_one);
    }
    if let Some(branches) = keywords.shift_remove("oneOf") {
        let all = keywords.entry("allOf").or_insert_with(|| json!([]));
        if let Json::Array(all) = all {
            all.push(json!({ "anyOf": branches }));
        }
    }
}

/// The definitions that a schema refers to.
fn references(schema: &Json) -> Vec<String> {
    let mut found = Vec::new();
    let mut todo = vec![schema];
    while let Some(value) = todo.pop() {
        match value {
            Json::Object(map) => {
                let target = map.get("$ref").and_then(Json::as_str);
                found.extend(
                    target
                        .and_then(|target| target.strip_prefix("#/definitions/"))
                        .map(ToOwned::to_owned),
                );
                todo.extend(map.values());
            }
            Json::Array(items) => todo.extend(items),
            _ => {}
        }
    }
    found
}
