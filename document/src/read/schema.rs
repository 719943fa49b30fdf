//! Schemas: every position has one id, references lead to the id of their target, and a list of waiting schemas stands in
//! for recursion.
use std::collections::HashSet;

use super::{
    discriminator,
    fields::{Fields, entries_of, items_of},
    home::name_in,
    language::format_of,
    pattern, proto,
    reader::{Reader, below},
};
use crate::{
    Document, Node, Number, Text, Value,
    api::{
        Items, MoreKeywords, Payload, Place, Property, Schema, SchemaFormat, SchemaId, SchemaKind,
        SchemaObject, Type, Types,
    },
    document::{HOPS, address},
};

/// Where a schema stands.
pub(crate) struct At<'p, 'a> {
    /// Key in the map that defines it.
    pub(crate) key: Option<Text<'a>>,
    pub(crate) pointer: &'p str,
}

/// A schema of version 3, which may state its language.
pub(crate) fn any<'a>(
    reader: &mut Reader<'a, '_>,
    node: &'a Node,
    at: &At<'_, 'a>,
) -> (Payload<'a>, Option<SchemaId>) {
    let target = reader.document.follow(node).unwrap_or(node);
    let payload = match target
        .get("schema")
        .filter(|_| target.reference().is_none())
    {
        None => in_format(reader, node, None, at),
        Some(inner) => {
            let text = target.get("schemaFormat").and_then(Node::text);
            let resolved = node.reference().map(|_| reader.document.resolve(node));
            let (key, outer) = match resolved {
                None => (at.key, at.pointer.to_owned()),
                Some(resolved) => {
                    let pointer = resolved.pointer.unwrap_or_default();
                    (resolved.key.filter(|_| is_named(&pointer)), pointer)
                }
            };
            let at = At {
                key,
                pointer: &below(&outer, "schema"),
            };
            in_format(reader, inner, text, &at)
        }
    };
    let schema = payload.schema;
    (payload, schema)
}

/// A schema in the language that stands beside it.
pub(crate) fn in_format<'a>(
    reader: &mut Reader<'a, '_>,
    node: &'a Node,
    text: Option<Text<'a>>,
    at: &At<'_, 'a>,
) -> Payload<'a> {
    let format = format_of(reader, text);
    let target = reader.document.follow(node).unwrap_or_else(|| {
        let foreign = reader.document.foreign(node);
        reader.diagnostics.extend(foreign);
        node
    });
    let proto = match format {
        SchemaFormat::Protobuf => proto::text(reader, target),
        _ => None,
    };
    let avro_types = (format == SchemaFormat::Avro)
        .then(|| types_of_file(reader.document, target))
        .flatten();
    Payload {
        avro_types,
        node: target,
        format,
        format_text: text,
        schema: format
            .is_json_schema()
            .then(|| schema(reader, node, at, format)),
        proto,
    }
}

/// The whole of a file that is a list with this node in it.
fn types_of_file<'a>(document: &'a Document, node: &Node) -> Option<&'a Node> {
    let list = document.tree(node.span.file)?;
    let types = list.as_array()?;
    let found = types.binary_search_by_key(&node.span.start, |kind| kind.span.start);
    let is_one = std::ptr::eq(types.get(found.ok()?)?, node);
    is_one.then_some(list)
}

/// The id of a schema; what it says is read later.
pub(crate) fn schema<'a>(
    reader: &mut Reader<'a, '_>,
    node: &'a Node,
    at: &At<'_, 'a>,
    format: SchemaFormat,
) -> SchemaId {
    if let Some(id) = reader.schemas.get(&address(node)) {
        return *id;
    }
    let mut name = name_in(at.pointer);
    let resolved = match says_more(node, format) {
        true => None,
        false => target(reader, node, format, &mut name),
    };
    let (target, key, pointer) = resolved.unwrap_or_else(|| (node, at.key, at.pointer.to_owned()));
    if let Some(id) = reader.schemas.get(&address(target)).copied() {
        let known = &mut reader.api.schemas[id.0 as usize].name;
        *known = known.take().or(name);
        reader.schemas.insert(address(node), id);
        return id;
    }
    let id = SchemaId(u32::try_from(reader.api.schemas.len()).unwrap_or(u32::MAX));
    let place = if is_component(&pointer) {
        Place::Components
    } else {
        Place::Inline
    };
    reader.api.schemas.push(Schema {
        node: target,
        key,
        name,
        place,
        pointer,
        format,
        kind: SchemaKind::Unresolved,
    });
    reader.schemas.insert(address(target), id);
    reader.schemas.insert(address(node), id);
    reader.waiting.push_back((id, format));
    id
}

/// What a reference leads to, past others that say nothing more, with its key and its pointer. `name` becomes the one that
/// it has on the way.
fn target<'a>(
    reader: &Reader<'a, '_>,
    mut node: &'a Node,
    format: SchemaFormat,
    name: &mut Option<String>,
) -> Option<(&'a Node, Option<Text<'a>>, String)> {
    let mut file = node.span.file;
    for _ in 0..HOPS {
        let (target, pointer) = reader.document.target_with_pointer(node)?;
        node = target.node;
        // In one file the last name is that of the schema itself; names of other files are other people's.
        if name.is_none() || node.span.file == file {
            *name = name_in(&pointer).or(name.take());
            file = node.span.file;
        }
        if node.reference().is_none() || says_more(node, format) {
            let key = target.key.filter(|_| is_named(&pointer));
            return Some((node, key, pointer));
        }
    }
    None
}

/// Whether a reference is one keyword among others: before 2019-09 the others counted for nothing.
fn says_more(node: &Node, format: SchemaFormat) -> bool {
    const NOTHING: &[&str] = &["$ref", "$comment", "description", "summary", "title"];
    let mut entries = node.as_object().into_iter().flatten();
    format.is_newer()
        && node.reference().is_some()
        && entries.any(|entry| !NOTHING.contains(&entry.key.as_str()))
}

/// Whether the last step of a pointer is a name that people gave.
fn is_named(pointer: &str) -> bool {
    let map = pointer.rsplit('/').nth(1);
    map.is_some_and(|map| matches!(map, "schemas" | "definitions" | "$defs" | "properties"))
}

/// Whether a pointer names a component, or the schema beside its format in one.
fn is_component(pointer: &str) -> bool {
    let name = pointer.strip_prefix("/components/schemas/");
    name.is_some_and(|name| !name.strip_suffix("/schema").unwrap_or(name).contains('/'))
}

/// The schemas of `components` that were not met before.
///
/// What payloads reach is read before, in the dialect of the payload.
pub(crate) fn read_components(reader: &mut Reader<'_, '_>) {
    read_waiting(reader);
    for (key, node) in reader.component("schemas") {
        let at = At {
            key: Some(key),
            pointer: &below("/components/schemas", key.value),
        };
        if reader.api.version.is_v2() {
            schema(reader, node, &at, SchemaFormat::AsyncApi);
        } else {
            let (payload, _) = any(reader, node, &at);
            if payload.schema.is_none() {
                reader.api.other_schemas.push(payload);
            }
        }
    }
}

/// Reads what waits, and what that brings up.
pub(crate) fn read_waiting(reader: &mut Reader<'_, '_>) {
    while let Some((id, format)) = reader.waiting.pop_front() {
        let node = reader.api[id].node;
        let kind = match &node.value {
            Value::Bool(value) => SchemaKind::Bool(*value),
            Value::Object(_) if node.reference().is_none() || says_more(node, format) => {
                let pointer = reader.api[id].pointer.clone();
                SchemaKind::Object(Box::new(object(reader, node, &pointer, format)))
            }
            // A reference without an end, or no schema at all, which is reported where it is read or checked.
            _ => {
                let foreign = reader.document.foreign(node);
                reader.diagnostics.extend(foreign);
                SchemaKind::Unresolved
            }
        };
        reader.api.schemas[id.0 as usize].kind = kind;
    }
}

/// Reads the subschemas of one schema.
struct Inside<'r, 'a, 'd> {
    reader: &'r mut Reader<'a, 'd>,
    fields: Fields<'a>,
    pointer: &'r str,
    format: SchemaFormat,
}

fn object<'a>(
    reader: &mut Reader<'a, '_>,
    node: &'a Node,
    pointer: &str,
    format: SchemaFormat,
) -> SchemaObject<'a> {
    let mut inside = Inside {
        reader,
        fields: Fields::of(node),
        pointer,
        format,
    };
    let mut more = (!is_plain(node)).then(Box::<MoreKeywords<'a>>::default);
    let mut object = SchemaObject {
        properties: inside.map("properties"),
        ..SchemaObject::default()
    };
    // In this order, in which schemas get their ids.
    if let Some(more) = &mut more {
        more.pattern_properties = inside.map("patternProperties");
    }
    object.additional_properties = inside.one("additionalProperties");
    if let Some(more) = &mut more {
        inside.names(more);
    }
    object.items = inside.items();
    if let Some(more) = &mut more {
        inside.combine(node, more);
        inside.describe_more(more);
        inside.limit(more);
        inside.discriminate(node, more);
    }
    inside.describe(&mut object);
    object.more = more;
    pattern::check(reader, &object);
    object
}

/// Whether a schema has none but the keywords that most have.
fn is_plain(node: &Node) -> bool {
    const PLAIN: &[&str] = &[
        "type",
        "description",
        "properties",
        "items",
        "required",
        "format",
        "title",
        "enum",
        "examples",
        "example",
        "default",
        "const",
        "additionalProperties",
    ];
    let mut entries = node.as_object().into_iter().flatten();
    entries.all(|entry| PLAIN.contains(&entry.key.as_str()))
}

impl<'a> Inside<'_, 'a, '_> {
    fn names(&mut self, more: &mut MoreKeywords<'a>) {
        more.property_names = self.one("propertyNames");
        more.unevaluated_properties = self.newer("unevaluatedProperties");
        more.dependencies = self.dependencies();
    }

    fn combine(&mut self, node: &'a Node, more: &mut MoreKeywords<'a>) {
        more.additional_items = self.additional_items();
        more.unevaluated_items = self.newer("unevaluatedItems");
        more.contains = self.one("contains");
        more.all_of = self.all_of(node);
        more.any_of = self.list("anyOf");
        more.one_of = self.list("oneOf");
        more.not = self.one("not");
        more.if_ = self.one("if");
        more.then = self.one("then");
        more.else_ = self.one("else");
        self.map("definitions");
        self.map("$defs");
    }

    fn child(&mut self, node: &'a Node, key: Option<Text<'a>>, steps: &[&str]) -> SchemaId {
        let mut pointer = self.pointer.to_owned();
        for step in steps {
            crate::pointer::push_token(&mut pointer, step);
        }
        let at = At {
            key,
            pointer: &pointer,
        };
        schema(self.reader, node, &at, self.format)
    }

    /// Whether a node can be a schema at all.
    fn is_schema(&self, node: &Node) -> bool {
        matches!(node.value, Value::Object(_) | Value::Bool(_))
    }

    fn one(&mut self, name: &str) -> Option<SchemaId> {
        let node = self.fields.get(name)?;
        self.is_schema(node)
            .then(|| self.child(node, None, &[name]))
    }

    fn list(&mut self, name: &str) -> Vec<SchemaId> {
        let items = items_of(self.reader.get(&self.fields, name));
        let mut ids = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            ids.push(self.child(item, None, &[name, &at.to_string()]));
        }
        ids
    }

    fn map(&mut self, name: &str) -> Vec<Property<'a>> {
        let mut properties = Vec::new();
        for (key, node) in self.reader.map(&self.fields, name) {
            if self.is_schema(node) {
                let schema = self.child(node, Some(key), &[name, key.value]);
                properties.push(Property { name: key, schema });
            }
        }
        properties
    }

    /// A keyword that drafts before 2019-09 do not know.
    fn newer(&mut self, name: &str) -> Option<SchemaId> {
        self.format.is_newer().then(|| self.one(name)).flatten()
    }

    fn all_of(&mut self, node: &'a Node) -> Vec<SchemaId> {
        let mut all = self.list("allOf");
        if says_more(node, self.format)
            && let Some((node, key, pointer)) = target(self.reader, node, self.format, &mut None)
        {
            let at = At {
                key,
                pointer: &pointer,
            };
            all.insert(0, schema(self.reader, node, &at, self.format));
        }
        all
    }

    fn dependencies(&mut self) -> Vec<Property<'a>> {
        let mut all = self.map("dependencies");
        if self.format.is_newer() {
            all.extend(self.map("dependentSchemas"));
        }
        all
    }

    fn has_prefix(&self) -> bool {
        self.format == SchemaFormat::JsonSchema2020 && self.fields.get("prefixItems").is_some()
    }

    fn additional_items(&mut self) -> Option<SchemaId> {
        match self.has_prefix() {
            true => self.one("items"),
            false => self.one("additionalItems"),
        }
    }

    fn items(&mut self) -> Option<Items> {
        if self.has_prefix() {
            return Some(Items::Each(self.list("prefixItems")));
        }
        let node = self.fields.get("items")?;
        match &node.value {
            Value::Array(_) => Some(Items::Each(self.list("items"))),
            _ => self.one("items").map(Items::All),
        }
    }

    fn text(&self, name: &str) -> Option<Text<'a>> {
        self.reader.text(&self.fields, name)
    }

    fn is_true(&self, name: &str) -> bool {
        matches!(
            self.fields.get(name).map(|node| &node.value),
            Some(Value::Bool(true))
        )
    }

    fn number(&self, name: &str) -> Option<Number> {
        match self.fields.get(name).map(|node| &node.value) {
            Some(Value::Number(number)) => Some(number.clone()),
            _ => None,
        }
    }

    fn count(&self, name: &str) -> Option<u64> {
        let number = self.number(name)?;
        let float = || {
            let float = number.as_f64()?;
            // The limits of a document are far below where a float is not exact.
            (float >= 0.0 && float.fract() == 0.0).then_some(float as u64)
        };
        number.as_u64().or_else(float)
    }

    fn describe(&self, object: &mut SchemaObject<'a>) {
        let fields = &self.fields;
        object.title = self.text("title");
        object.description = self.text("description");
        object.types = self.types();
        object.format = self.text("format");
        object.enumeration = self.reader.get(fields, "enum").and_then(Node::as_array);
        object.constant = fields.get("const");
        object.default = fields.get("default");
        object.examples = items_of(self.reader.get(fields, "examples"))
            .iter()
            .collect();
        object.examples.extend(fields.get("example"));
        object.required = self.reader.texts(fields, "required");
    }

    fn describe_more(&self, more: &mut MoreKeywords<'a>) {
        more.deprecated = self.is_true("deprecated");
        more.read_only = self.is_true("readOnly");
        more.write_only = self.is_true("writeOnly");
        more.external_docs = self.reader.external_docs(&self.fields);
        more.extensions = self.reader.extensions(&self.fields);
        more.content_encoding = self.text("contentEncoding");
        more.content_media_type = self.text("contentMediaType");
    }

    fn limit(&self, more: &mut MoreKeywords<'a>) {
        more.nullable = self.format == SchemaFormat::OpenApi30 && self.is_true("nullable");
        more.min_properties = self.count("minProperties");
        more.max_properties = self.count("maxProperties");
        more.min_items = self.count("minItems");
        more.max_items = self.count("maxItems");
        if self.format.is_newer() {
            more.min_contains = self.count("minContains");
            more.max_contains = self.count("maxContains");
        }
        more.unique_items = self.is_true("uniqueItems");
        more.multiple_of = self.number("multipleOf");
        more.min_length = self.count("minLength");
        more.max_length = self.count("maxLength");
        more.pattern = self.text("pattern");
        (more.minimum, more.exclusive_minimum) = self.bound("minimum", "exclusiveMinimum");
        (more.maximum, more.exclusive_maximum) = self.bound("maximum", "exclusiveMaximum");
    }

    /// Inclusive and exclusive bound; `exclusiveMinimum: true` of OpenAPI and draft-04 turns one into the other.
    fn bound(&self, name: &str, exclusive: &str) -> (Option<Number>, Option<Number>) {
        if self.is_true(exclusive) {
            (None, self.number(name))
        } else {
            (self.number(name), self.number(exclusive))
        }
    }

    fn types(&self) -> Option<Types> {
        let node = self.reader.get(&self.fields, "type")?;
        let mut types = Types::default();
        let names = match &node.value {
            Value::Array(items) => items,
            _ => std::slice::from_ref(node),
        };
        for name in names.iter().filter_map(Node::as_str) {
            let known = Type::ALL.into_iter().find(|(_, known)| *known == name);
            types.insert(known?.0);
        }
        (types != Types::default()).then_some(types)
    }

    /// The name of the property in AsyncAPI; an object with a mapping in OpenAPI.
    fn discriminate(&mut self, owner: &'a Node, more: &mut MoreKeywords<'a>) {
        let Some(node) = self.reader.get(&self.fields, "discriminator") else {
            return;
        };
        more.discriminator = node
            .text()
            .or_else(|| node.get("propertyName").and_then(Node::text));
        for (value, target) in entries_of(node.get("mapping")) {
            let found = target
                .text()
                .and_then(|name| discriminator::mapped(self.reader.document, name));
            let schema = found.map(|found| self.found(&found));
            more.discriminator_mapping.push((value, schema));
        }
        self.read_heirs(owner);
    }

    fn found(&mut self, found: &discriminator::Found<'a>) -> SchemaId {
        let at = At {
            key: found.key,
            pointer: &found.pointer,
        };
        schema(self.reader, found.node, &at, self.format)
    }

    /// Reads what builds on a schema in its file: nothing else may lead there.
    fn read_heirs(&mut self, base: &'a Node) {
        let (mut todo, mut seen) = (vec![address(base)], HashSet::new());
        while let Some(base_address) = todo.pop() {
            for heir in self.reader.heirs_in(base.span.file, base_address) {
                if seen.insert(address(heir.node)) {
                    todo.push(address(heir.node));
                    self.found(&heir);
                }
            }
        }
    }
}
