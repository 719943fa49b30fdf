//! The schemas of a document as JSON, each a definition of its own.

mod outline;

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value as Json, json};
use tidings_document::api::{Api, SchemaId, SchemaKind};
use tidings_document::{SchemaJson, schema_json_of_all};
use tidings_schema::{Dialect, Schema};

pub(crate) use outline::Outline;

/// Some schemas of a document and all that they refer to.
pub(crate) struct Definitions {
    /// As they were written, with the way back to the model.
    pub(crate) json: SchemaJson,
    dialect: Dialect,
    /// Names of the schemas among the definitions.
    pub(crate) names: HashMap<SchemaId, String>,
    /// Those that build on one of which nothing is known: they take more values than the schema does.
    vague: HashSet<String>,
}

impl Definitions {
    /// The definitions of these schemas; nothing where there is none.
    pub(crate) fn new(api: &Api<'_>, ids: impl Iterator<Item = SchemaId>) -> Option<Self> {
        let ids: Vec<SchemaId> = ids.collect();
        if ids.is_empty() {
            return None;
        }
        let json = schema_json_of_all(api, &ids);
        let map = json.schema.get("definitions")?.as_object()?;
        let id_of = |name: &String| Some((json.defined(name)?, name.clone()));
        let names: HashMap<SchemaId, String> = map.keys().filter_map(id_of).collect();
        let unresolved = unresolved(api, &json, map);
        let head = json!({ "$schema": json.schema.get("$schema") });
        let mut definitions = Self {
            dialect: Schema::self_described(head).dialect,
            json,
            names,
            vague: HashSet::new(),
        };
        definitions.loosen(unresolved);
        Some(definitions)
    }

    /// The definitions by their names.
    pub(crate) fn map(&self) -> &Map<String, Json> {
        let map = self
            .json
            .schema
            .get("definitions")
            .and_then(Json::as_object);
        map.expect("a schema of all has definitions")
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Json> {
        self.json.schema.get_mut("definitions")?.get_mut(name)
    }

    /// Lets schemas that build on one of which nothing is known take more values rather than fewer: it fits any value, so
    /// that two alternatives of `oneOf` may seem to fit, and its opposite never.
    pub(crate) fn loosen(&mut self, unknown: Vec<String>) {
        if unknown.is_empty() {
            return;
        }
        let mut users: HashMap<String, Vec<String>> = HashMap::new();
        for (name, definition) in self.map() {
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
        for name in &seen {
            if let Some(definition) = self.get_mut(name) {
                loosen_one(definition);
            }
        }
        self.vague.extend(seen);
    }
}

/// The definitions that stand for what could not be read.
fn unresolved(api: &Api<'_>, json: &SchemaJson, definitions: &Map<String, Json>) -> Vec<String> {
    if !api
        .schemas
        .iter()
        .any(|schema| matches!(schema.kind, SchemaKind::Unresolved))
    {
        return Vec::new();
    }
    let is_unresolved = |name: &&String| {
        let id = json.schema_at(&format!("/definitions/{name}"));
        let schema = id.and_then(|id| api.schemas.get(id.0 as usize));
        schema.is_some_and(|schema| matches!(schema.kind, SchemaKind::Unresolved))
    };
    definitions.keys().filter(is_unresolved).cloned().collect()
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
