//! A schema of the model with everything it refers to, as JSON Schema for validators: of draft-07, and of 2020-12 where it
//! says what draft-07 cannot.
use std::collections::HashMap;

use serde_json::{Map, Value as Json, json};

use crate::{
    Node, Value,
    api::{Api, Items, Property, SchemaFormat, SchemaId, SchemaKind, SchemaObject},
    pointer::unescaped_token,
    union::{Union, heirs_of, is_heir, union_of},
};

/// A self-contained JSON Schema, and where its parts come from.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaJson {
    /// The schema: `$ref`s in it lead to its own `definitions`; `$schema` says which draft it is written in.
    pub schema: Json,
    /// What it stands for as a whole.
    root: Option<SchemaId>,
    /// What the definitions stand for, which are numbered from 1.
    ids: Vec<Written>,
}

/// What a definition says of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Written {
    id: SchemaId,
    /// Whether it leaves out the alternatives that a discriminator tells apart: so they see what they all build on.
    is_bare: bool,
}

impl SchemaJson {
    /// The schema of the model that a pointer into [`Self::schema`] stands for: the innermost that holds the place.
    #[must_use]
    pub fn schema_at(&self, pointer: &str) -> Option<SchemaId> {
        self.origin(pointer).map(|(id, _)| id)
    }

    /// The schemas of the model that it is made of.
    #[must_use]
    pub fn schemas(&self) -> Vec<SchemaId> {
        let written = self.ids.iter().map(|written| written.id);
        let mut ids: Vec<SchemaId> = written.chain(self.root).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The schema of the model that a definition says all of.
    #[must_use]
    pub fn defined(&self, name: &str) -> Option<SchemaId> {
        let written = self.definition(name).filter(|written| !written.is_bare);
        written.map(|written| written.id)
    }

    /// The same with the examples that schemas give, for whoever makes some: to validators these say nothing.
    #[must_use]
    pub fn with_examples(mut self, api: &Api<'_>) -> Self {
        let definitions = &mut self.schema["definitions"];
        for (number, written) in (1..).zip(&self.ids) {
            let examples = api[written.id].object().map(|object| &object.examples);
            let examples = examples.filter(|examples| !examples.is_empty());
            let definition = definitions.get_mut(format!("{number}"));
            if let (Some(examples), Some(Json::Object(definition))) = (examples, definition) {
                let examples = examples.iter().map(|node| node.to_json());
                definition.insert("examples".to_owned(), examples.collect());
            }
        }
        self
    }

    /// Where a place in [`Self::schema`] comes from: the innermost schema of the model that holds it, and the rest of the
    /// pointer inside that schema.
    #[must_use]
    pub fn origin<'p>(&self, pointer: &'p str) -> Option<(SchemaId, &'p str)> {
        let pointer = pointer.trim_start_matches('#');
        let mut found = self.root.map(|id| (id, pointer));
        let (mut node, mut rest) = (&self.schema, pointer);
        while let Some(step) = rest.strip_prefix('/') {
            let end = step.find('/').unwrap_or(step.len());
            let Some(inner) = child(node, &step[..end]) else {
                break;
            };
            rest = &step[end..];
            let is_definition = pointer.len() - rest.len() == DEFINITIONS.len() + end;
            let name = match inner.get("$ref").and_then(Json::as_str) {
                Some(target) => target.strip_prefix("#/definitions/"),
                None if is_definition && pointer.starts_with(DEFINITIONS) => Some(&step[..end]),
                None => None,
            };
            if let Some(written) = name.and_then(|name| self.definition(name)) {
                found = Some((written.id, rest));
            }
            let is_tag = rest.starts_with("/required") || rest.starts_with("/properties");
            if is_tag
                && inner
                    .get("$comment")
                    .is_some_and(|comment| comment == DISCRIMINATOR)
            {
                return found.map(|(id, _)| (id, "/discriminator"));
            }
            node = inner;
        }
        found
    }

    fn definition(&self, name: &str) -> Option<Written> {
        let number: usize = name.parse().ok()?;
        self.ids.get(number.checked_sub(1)?).copied()
    }
}

const DEFINITIONS: &str = "/definitions/";
/// Marks what an alternative says only because a discriminator means it.
const DISCRIMINATOR: &str = "discriminator";

/// One step of a pointer.
fn child<'j>(node: &'j Json, step: &str) -> Option<&'j Json> {
    match node {
        Json::Object(map) => map.get(&*unescaped_token(step)),
        Json::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    }
}

/// One schema with everything it refers to. Cycles stay references; schemas that could not be read allow every value.
#[must_use]
pub fn schema_json(api: &Api<'_>, id: SchemaId) -> Json {
    schema_json_with_map(api, id).schema
}

/// As [`schema_json`], with a way back from a pointer to the schema of the model.
#[must_use]
pub fn schema_json_with_map(api: &Api<'_>, id: SchemaId) -> SchemaJson {
    let mut json = schema_json_of_all(api, &[id]);
    json.root = Some(id);
    json
}

/// As [`schema_json_with_map`], for a schema made up of several: those, in their order, are the first definitions.
#[must_use]
pub fn schema_json_of_all(api: &Api<'_>, ids: &[SchemaId]) -> SchemaJson {
    let mut writer = Writer {
        api,
        numbers: HashMap::new(),
        waiting: Vec::new(),
        is_newer: false,
    };
    let mut definitions = Map::new();
    let all: Vec<Json> = ids.iter().map(|id| writer.reference(*id)).collect();
    let mut at = 0;
    while let Some(written) = writer.waiting.get(at).copied() {
        at += 1;
        let schema = writer.schema(written);
        definitions.insert(at.to_string(), schema);
    }
    let mut draft = "http://json-schema.org/draft-07/schema#";
    if writer.is_newer {
        draft = "https://json-schema.org/draft/2020-12/schema";
        definitions.values_mut().for_each(newer);
    }
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!(draft));
    schema.insert("allOf".to_owned(), Json::Array(all));
    schema.insert("definitions".to_owned(), Json::Object(definitions));
    SchemaJson {
        schema: Json::Object(schema),
        root: None,
        ids: writer.waiting,
    }
}

struct Writer<'r, 'a> {
    api: &'r Api<'a>,
    /// Number of each schema among the definitions.
    numbers: HashMap<Written, usize>,
    /// The schemas by their numbers, which begin at 1.
    waiting: Vec<Written>,
    /// Whether draft-07 cannot say what was written.
    is_newer: bool,
}

impl Writer<'_, '_> {
    /// Every schema is a definition of its own: that bounds the depth of what is written, whatever refers to what.
    fn reference(&mut self, id: SchemaId) -> Json {
        self.written(Written { id, is_bare: false })
    }

    fn written(&mut self, written: Written) -> Json {
        let number = *self.numbers.entry(written).or_insert_with(|| {
            self.waiting.push(written);
            self.waiting.len()
        });
        json!({ "$ref": format!("#/definitions/{number}") })
    }

    fn schema(&mut self, written: Written) -> Json {
        let (api, id) = (self.api, written.id);
        match &api[id].kind {
            SchemaKind::Bool(value) => Json::Bool(*value),
            SchemaKind::Unresolved => Json::Bool(true),
            SchemaKind::Object(object) => {
                if let Some(heirs) = self.heirs(written) {
                    return heirs;
                }
                let mut out = plain_keywords(api[id].node);
                self.nested(object, &mut out);
                self.in_place(written, object, &mut out);
                limits(object, &mut out);
                self.counts(object, &mut out);
                requirements(api[id].node, api[id].format, &mut out);
                nullable(object, out)
            }
        }
    }

    /// The schemas that must hold besides, and the alternatives.
    fn in_place(
        &mut self,
        written: Written,
        object: &SchemaObject<'_>,
        out: &mut Map<String, Json>,
    ) {
        let (api, id) = (self.api, written.id);
        if !object.all_of.is_empty() {
            let bases = object.all_of.iter().map(|base| {
                let is_bare = is_alternative(api, id, *base);
                self.written(Written { id: *base, is_bare })
            });
            out.insert("allOf".to_owned(), bases.collect());
        }
        for (name, ids) in [("anyOf", &object.any_of), ("oneOf", &object.one_of)] {
            if ids.is_empty() {
                continue;
            }
            let union = union_of(api, &[id], ids).filter(|union| union.is_stated);
            if union.is_none() || !written.is_bare {
                let branches = ids.iter().map(|id| self.branch(*id, union.as_ref()));
                out.insert(name.to_owned(), branches.collect());
            }
        }
    }

    /// A base as the schemas that it stands for: each says all that the base does.
    fn heirs(&mut self, written: Written) -> Option<Json> {
        if written.is_bare {
            return None;
        }
        let id = written.id;
        let union = heirs_of(self.api, id)?;
        let heirs = union.branches.iter().map(|branch| {
            let is_bare = branch.schema == id;
            let schema = Written {
                id: branch.schema,
                is_bare,
            };
            tagged(self.written(schema), branch.schema, &union)
        });
        let heirs: Json = heirs.collect();
        Some(json!({ "oneOf": heirs }))
    }

    /// An alternative, which holds where the property has one of its values if a discriminator says so.
    fn branch(&mut self, id: SchemaId, union: Option<&Union<'_>>) -> Json {
        let schema = self.reference(id);
        match union {
            Some(union) => tagged(schema, id, union),
            None => schema,
        }
    }

    fn nested(&mut self, object: &SchemaObject<'_>, out: &mut Map<String, Json>) {
        let singles = [
            ("additionalProperties", object.additional_properties),
            ("propertyNames", object.property_names),
            ("additionalItems", object.additional_items),
            ("unevaluatedProperties", object.unevaluated_properties),
            ("unevaluatedItems", object.unevaluated_items),
            ("contains", object.contains),
            ("not", object.not),
            ("if", object.if_),
            ("then", object.then),
            ("else", object.else_),
        ];
        for (name, id) in singles {
            if let Some(id) = id {
                self.is_newer |= name.starts_with("unevaluated");
                out.insert(name.to_owned(), self.reference(id));
            }
        }
        for (name, properties) in [
            ("properties", &object.properties),
            ("patternProperties", &object.pattern_properties),
        ] {
            if !properties.is_empty() {
                out.insert(name.to_owned(), self.map(properties));
            }
        }
        match &object.items {
            Some(Items::All(id)) => {
                out.insert("items".to_owned(), self.reference(*id));
            }
            Some(Items::Each(ids)) => {
                out.insert("items".to_owned(), self.list(ids));
            }
            None => {}
        }
        if !object.dependencies.is_empty() {
            let schemas = self.map(&object.dependencies);
            let all = out.entry("dependencies").or_insert_with(|| json!({}));
            if let (Json::Object(all), Json::Object(schemas)) = (all, schemas) {
                all.extend(schemas);
            }
        }
    }

    fn counts(&mut self, object: &SchemaObject<'_>, out: &mut Map<String, Json>) {
        for (name, count) in [
            ("minContains", object.min_contains),
            ("maxContains", object.max_contains),
        ] {
            if let Some(count) = count {
                self.is_newer = true;
                out.insert(name.to_owned(), json!(count));
            }
        }
    }

    fn list(&mut self, ids: &[SchemaId]) -> Json {
        ids.iter().map(|id| self.reference(*id)).collect()
    }

    fn map(&mut self, properties: &[Property<'_>]) -> Json {
        let fields = properties.iter().map(|property| {
            (
                property.name.value.to_owned(),
                self.reference(property.schema),
            )
        });
        Json::Object(fields.collect())
    }
}

/// Whether a schema is one of the alternatives that a base in its `allOf` stands for by a discriminator.
fn is_alternative(api: &Api<'_>, id: SchemaId, base: SchemaId) -> bool {
    let Some(object) = api[base]
        .object()
        .filter(|object| object.discriminator.is_some())
    else {
        return false;
    };
    let mut listed = object.one_of.iter().chain(&object.any_of);
    is_heir(api, id, base) || listed.any(|one| *one == id)
}

/// Stands beside keywords whose numbers would be rounded: by keyword, the text of its value.
const LITERALS: &str = "x-tidings-literals";

/// An alternative with the values that mean it.
fn tagged(schema: Json, id: SchemaId, union: &Union<'_>) -> Json {
    let Some(values) = union.values_of(id) else {
        return schema;
    };
    let values: Json = values.iter().map(|value| value.to_json()).collect();
    json!({
        "$comment": DISCRIMINATOR,
        "required": [union.property],
        "properties": { (union.property): { "enum": values } },
        "allOf": [schema],
    })
}

/// Keywords that hold no schema and mean the same everywhere, as they are written.
fn plain_keywords(node: &Node) -> Map<String, Json> {
    const NAMES: &[&str] = &[
        "title",
        "description",
        "type",
        "format",
        "enum",
        "const",
        "default",
        "minProperties",
        "maxProperties",
        "minItems",
        "maxItems",
        "uniqueItems",
        "multipleOf",
        "minLength",
        "maxLength",
        "pattern",
        "contentEncoding",
        "contentMediaType",
        "required",
    ];
    let mut out = Map::new();
    for entry in node.as_object().into_iter().flatten() {
        if NAMES.contains(&entry.key.as_str()) {
            out.insert(entry.key.clone(), entry.value.to_json());
            if ["const", "enum", "multipleOf"].contains(&entry.key.as_str()) {
                literal(&entry.key, entry.value.exact_text(), &mut out);
            }
        }
        if entry.key == "dependencies" {
            let lists = entry.value.as_object().into_iter().flatten();
            let lists = lists.filter(|entry| matches!(entry.value.value, Value::Array(_)));
            let lists = lists.map(|entry| (entry.key.clone(), entry.value.to_json()));
            out.insert(entry.key.clone(), Json::Object(lists.collect()));
        }
    }
    out
}

/// `dependentRequired`, which a schema may say beside `dependencies` of the same names.
fn requirements(node: &Node, format: SchemaFormat, out: &mut Map<String, Json>) {
    let lists = node.get("dependentRequired").filter(|_| format.is_newer());
    let Some(Json::Object(lists)) = lists.map(Node::to_json) else {
        return;
    };
    let all = out.entry("dependencies").or_insert_with(|| json!({}));
    let Json::Object(all) = all else { return };
    for (name, list) in lists {
        match all.get_mut(&name) {
            None => drop(all.insert(name, list)),
            Some(Json::Array(known)) => {
                known.extend(list.as_array().into_iter().flatten().cloned())
            }
            Some(schema) => *schema = json!({ "required": list, "allOf": [schema.take()] }),
        }
    }
}

/// The keywords of draft-07 that 2020-12 says in another way.
fn newer(schema: &mut Json) {
    if let Some(Json::Array(parts)) = schema.get_mut("anyOf") {
        // Behind `nullable`.
        let parts = parts.iter_mut();
        parts
            .filter(|part| part.get("$ref").is_none())
            .for_each(newer);
    }
    let Json::Object(map) = schema else { return };
    let additional = map.remove("additionalItems");
    if map.get("items").is_some_and(Json::is_array) {
        let prefix = map.remove("items");
        map.extend(prefix.map(|prefix| ("prefixItems".to_owned(), prefix)));
        map.extend(additional.map(|items| ("items".to_owned(), items)));
    }
    let dependencies = map.remove("dependencies");
    for (name, needed) in dependencies
        .as_ref()
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
    {
        let keyword = match needed {
            Json::Array(_) => "dependentRequired",
            _ => "dependentSchemas",
        };
        let all = map.entry(keyword).or_insert_with(|| json!({}));
        all[name] = needed.clone();
    }
}

/// Bounds in the spelling of draft-07, whatever that of the document.
fn limits(object: &SchemaObject<'_>, out: &mut Map<String, Json>) {
    let bounds = [
        ("minimum", &object.minimum),
        ("maximum", &object.maximum),
        ("exclusiveMinimum", &object.exclusive_minimum),
        ("exclusiveMaximum", &object.exclusive_maximum),
    ];
    for (name, bound) in bounds {
        if let Some(bound) = bound {
            out.insert(name.to_owned(), Json::Number((**bound).clone()));
            literal(name, bound.literal().map(str::to_owned), out);
        }
    }
}

/// Puts the text of a keyword's value where a validator finds it, if numbers in it would be rounded.
fn literal(name: &str, text: Option<String>, out: &mut Map<String, Json>) {
    if let Some(text) = text {
        let all = out.entry(LITERALS).or_insert_with(|| json!({}));
        all[name] = Json::String(text);
    }
}

/// `nullable` of OpenAPI allows null beside all that the schema says.
fn nullable(object: &SchemaObject<'_>, mut out: Map<String, Json>) -> Json {
    const ANY_TYPE: &[&str] = &["enum", "const", "allOf", "anyOf", "oneOf", "not", "if"];
    if !object.nullable {
        return Json::Object(out);
    }
    // Only keywords for any type say something of `null`.
    if let Some(Json::String(name)) = out.get("type")
        && !ANY_TYPE.iter().any(|keyword| out.contains_key(*keyword))
    {
        let types = json!([name, "null"]);
        out.insert("type".to_owned(), types);
        return Json::Object(out);
    }
    json!({ "anyOf": [{ "type": "null" }, Json::Object(out)] })
}

impl SchemaFormat {
    /// Whether [`schema_json`] can say what a schema of this format says.
    #[must_use]
    pub fn is_json_schema(self) -> bool {
        self.is_newer()
            || matches!(
                self,
                Self::AsyncApi
                    | Self::JsonSchema04
                    | Self::JsonSchema06
                    | Self::JsonSchema
                    | Self::OpenApi30
            )
    }
}
