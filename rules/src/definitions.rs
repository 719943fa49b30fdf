//! The schemas of a document as JSON, each a definition of its own; and each written out without references, as far as
//! that goes.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value as Json, json};
use tidings_document::api::{Api, SchemaId, SchemaKind};
use tidings_document::{SchemaJson, schema_json_of_all};
use tidings_schema::{Dialect, Schema};

/// Some schemas of a document and all that they refer to.
pub(crate) struct Definitions {
    /// As they were written, with the way back to the model.
    pub(crate) json: SchemaJson,
    pub(crate) map: Map<String, Json>,
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
        let mut json = schema_json_of_all(api, &ids);
        let map = std::mem::take(json.schema.get_mut("definitions")?.as_object_mut()?);
        let id_of = |name: &String| {
            Some((
                json.schema_at(&format!("/definitions/{name}"))?,
                name.clone(),
            ))
        };
        let names: HashMap<SchemaId, String> = map.keys().filter_map(id_of).collect();
        let unresolved = unresolved(api, &json, &map);
        let mut definitions = Self {
            dialect: Schema::self_described(json.schema.clone()).dialect,
            json,
            map,
            names,
            vague: HashSet::new(),
        };
        definitions.loosen(unresolved);
        Some(definitions)
    }

    /// Lets schemas that build on one of which nothing is known take more values rather than fewer: it fits any value, so
    /// that two alternatives of `oneOf` may seem to fit, and its opposite never.
    pub(crate) fn loosen(&mut self, unknown: Vec<String>) {
        if unknown.is_empty() {
            return;
        }
        let mut users: HashMap<String, Vec<String>> = HashMap::new();
        for (name, definition) in &self.map {
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
            if let Some(definition) = self.map.get_mut(name) {
                loosen_one(definition);
            }
        }
        self.vague.extend(seen);
    }

    /// A schema without references. What is nested too deeply, refers back to itself or is not known takes any value.
    pub(crate) fn outline(&self, id: SchemaId) -> Outline {
        self.outline_but(id, &HashSet::new())
    }

    /// The outline of what a schema says besides its `oneOf`.
    pub(crate) fn shell(&self, id: SchemaId) -> Outline {
        let mut walk = self.walk(&HashSet::new());
        let known = self
            .names
            .get(&id)
            .and_then(|name| self.map.get_key_value(name));
        let Some((name, Json::Object(keywords))) = known else {
            return walk.end(Json::Bool(true));
        };
        let besides = keywords.iter().filter(|(keyword, _)| *keyword != "oneOf");
        let besides = besides.map(|(keyword, value)| (keyword.clone(), value.clone()));
        let besides = Json::Object(besides.collect());
        walk.way.push(name);
        let schema = walk.schema(&besides);
        walk.end(schema)
    }

    /// The outline in which some schemas take any value.
    pub(crate) fn outline_but(&self, id: SchemaId, open: &HashSet<SchemaId>) -> Outline {
        let mut walk = self.walk(open);
        let schema = match self.names.get(&id) {
            Some(name) => walk.definition(name),
            None => walk.anything(),
        };
        walk.end(schema)
    }

    fn walk(&self, open: &HashSet<SchemaId>) -> Walk<'_> {
        Walk {
            definitions: self,
            open: open.iter().filter_map(|id| self.names.get(id)).collect(),
            way: Vec::new(),
            left: MAX_KEYWORDS,
            is_exact: true,
        }
    }
}

/// Keywords of an outline; those beyond say nothing.
const MAX_KEYWORDS: usize = 1_500;
/// Schemas inside each other in an outline; those beyond take any value.
const MAX_NESTED: usize = 12;

/// A schema without references, or one that takes all its values and more.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outline {
    pub(crate) schema: Schema,
    /// Whether it takes just the values of the schema.
    pub(crate) is_exact: bool,
    /// How many keywords it has.
    pub(crate) size: usize,
}

struct Walk<'d> {
    definitions: &'d Definitions,
    /// Those that take any value here.
    open: HashSet<&'d String>,
    /// The definitions that are being written out.
    way: Vec<&'d str>,
    left: usize,
    is_exact: bool,
}

impl Walk<'_> {
    fn end(self, schema: Json) -> Outline {
        Outline {
            schema: Schema::new(schema, self.definitions.dialect),
            is_exact: self.is_exact,
            size: MAX_KEYWORDS - self.left,
        }
    }

    fn anything(&mut self) -> Json {
        self.is_exact = false;
        Json::Bool(true)
    }

    fn definition(&mut self, name: &str) -> Json {
        let definitions = self.definitions;
        let Some((name, definition)) = definitions.map.get_key_value(name) else {
            return self.anything();
        };
        if self.open.contains(name)
            || self.way.contains(&name.as_str())
            || self.way.len() >= MAX_NESTED
        {
            return self.anything();
        }
        self.is_exact &= !definitions.vague.contains(name);
        self.way.push(name);
        let schema = self.schema(definition);
        self.way.pop();
        schema
    }

    fn schema(&mut self, schema: &Json) -> Json {
        let Json::Object(keywords) = schema else {
            return schema.clone();
        };
        let target = keywords.get("$ref").and_then(Json::as_str);
        if let Some(name) = target.and_then(|target| target.strip_prefix("#/definitions/")) {
            return self.definition(name);
        }
        // Some keywords without the others may say more than all of them.
        let Some(left) = self.left.checked_sub(keywords.len()) else {
            return self.anything();
        };
        self.left = left;
        let mut out = Map::new();
        for (keyword, value) in keywords {
            self.keyword(keyword, value, &mut out);
        }
        Json::Object(out)
    }

    fn keyword(&mut self, keyword: &str, value: &Json, out: &mut Map<String, Json>) {
        let written = match (keyword, value) {
            ("title" | "description" | "default", _) => return,
            (
                "properties" | "patternProperties" | "dependencies" | "dependentSchemas",
                Json::Object(map),
            ) => {
                let schemas = map
                    .iter()
                    .map(|(name, value)| (name.clone(), self.one_or_many(value)));
                Json::Object(schemas.collect())
            }
            // What takes too many values may not be turned into its opposite.
            ("oneOf" | "not" | "if" | "then" | "else", _) => {
                let before = std::mem::replace(&mut self.is_exact, true);
                let written = self.one_or_many(value);
                let is_exact = std::mem::replace(&mut self.is_exact, before);
                self.is_exact &= is_exact;
                match keyword {
                    "oneOf" if !is_exact => {
                        let all = out.entry("allOf").or_insert_with(|| json!([]));
                        if let Json::Array(all) = all {
                            all.push(json!({ "anyOf": written }));
                        }
                        return;
                    }
                    _ if !is_exact => return,
                    _ => written,
                }
            }
            ("allOf", _) => {
                let written = self.one_or_many(value);
                if let (Some(Json::Array(all)), Json::Array(more)) =
                    (out.get_mut("allOf"), &written)
                {
                    all.extend(more.iter().cloned());
                    return;
                }
                written
            }
            // What they look at depends on the keywords beside them.
            ("unevaluatedItems" | "unevaluatedProperties", _) => {
                self.is_exact = false;
                return;
            }
            (
                "anyOf"
                | "items"
                | "prefixItems"
                | "additionalItems"
                | "additionalProperties"
                | "contains"
                | "propertyNames",
                _,
            ) => self.one_or_many(value),
            _ => value.clone(),
        };
        out.insert(keyword.to_owned(), written);
    }

    fn one_or_many(&mut self, value: &Json) -> Json {
        match value {
            Json::Array(items) if items.iter().any(Json::is_string) => value.clone(),
            Json::Array(items) => items.iter().map(|item| self.schema(item)).collect(),
            _ => self.schema(value),
        }
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
