//! Bindings wherever they stand, and the schemas that they hold. These describe no message, so that the model does without them: they
//! are read for whoever shows them.
use std::collections::HashSet;

use super::{
    binding::kind,
    language::schema_format,
    reader::Reader,
    schema::{self, At},
    shape::Kind,
    shapes::{bindings::Level, schema::is_asyncapi},
};
use crate::{
    Entry, Node,
    api::{About, Api, Binding, SchemaFormat, SchemaId},
};

/// Every binding with the kind of object that has it, each once however many references lead to it.
pub fn bindings<'a, 'r>(api: &'r Api<'a>) -> impl Iterator<Item = (Level, Binding<'a>)> {
    let of = |level: Level| {
        move |about: &'r About<'a>| about.bindings.iter().map(move |binding| (level, *binding))
    };
    let servers = api.servers.iter().map(|server| &server.about);
    let channels = api.channels.iter().map(|channel| &channel.about);
    let operations = api.operations.iter().map(|operation| &operation.about);
    let messages = api.messages.iter().map(|message| &message.about);
    let mut seen = HashSet::new();
    servers
        .flat_map(of(Level::Server))
        .chain(channels.flat_map(of(Level::Channel)))
        .chain(operations.flat_map(of(Level::Operation)))
        .chain(messages.flat_map(of(Level::Message)))
        .filter(move |(level, binding)| {
            seen.insert((*level as u8, binding.protocol.value, binding.node.span))
        })
}

/// The schemas that the bindings of a document hold.
#[derive(Debug)]
pub struct BindingSchemas<'a> {
    /// A model of nothing but them.
    pub api: Api<'a>,
    /// Each with the value of its field.
    pub found: Vec<(&'a Node, SchemaId)>,
    /// Those in Avro, which are none of the model, in the same way.
    pub avro: Vec<(&'a Node, &'a Node)>,
}

/// Reads what bindings hold by what is known of their fields; nothing where that is none.
#[must_use]
pub fn binding_schemas<'a>(api: &Api<'a>) -> Option<BindingSchemas<'a>> {
    let entries = bindings(api).flat_map(|(level, binding)| fields(api, level, binding));
    let entries: Vec<&Entry> = entries.collect();
    if entries.is_empty() {
        return None;
    }
    // What is wrong with them was told when the document was read.
    let mut told = Vec::new();
    let mut reader = Reader::new(api.document, api.version, api.node, &mut told);
    let in_avro = entries
        .iter()
        .filter_map(|entry| Some((&entry.value, avro(api, &entry.value)?)));
    let in_avro: Vec<_> = in_avro.collect();
    let entries = entries.into_iter();
    let others = entries.filter(|entry| avro(api, &entry.value).is_none());
    let found = others.map(|entry| {
        let at = At {
            key: None,
            pointer: &format!("/bindings/{}", entry.key),
        };
        let id = schema::schema(&mut reader, &entry.value, &at, SchemaFormat::AsyncApi);
        (&entry.value, id)
    });
    let found = found.collect();
    schema::read_waiting(&mut reader);
    Some(BindingSchemas {
        api: reader.finish(),
        found,
        avro: in_avro,
    })
}

/// The Avro schema that a field holds: where it says so, or where its type is none of JSON Schema.
fn avro<'a>(api: &Api<'a>, value: &'a Node) -> Option<&'a Node> {
    let value = api.document.resolve(value).node;
    let text = |key: &str| value.get(key).and_then(Node::as_str);
    match text("schemaFormat").map(schema_format) {
        Some(SchemaFormat::Avro) => value.get("schema"),
        Some(_) => None,
        None => matches!(text("type")?, "record" | "enum" | "fixed" | "map").then_some(value),
    }
}

/// The fields of a binding that hold a schema.
fn fields<'a>(api: &Api<'a>, level: Level, binding: Binding<'a>) -> Vec<&'a Entry> {
    let shape = match kind(binding.protocol.value, level, binding.node) {
        Some(Kind::Object(shape) | Kind::Ref(shape)) => shape,
        _ => return Vec::new(),
    };
    let entries = binding.node.as_object().into_iter().flatten();
    let is_schema = |entry: &&Entry| {
        let field = shape.field(&entry.key);
        field.is_some_and(|field| {
            is_asyncapi(field.kind, api.version, &entry.value)
                || matches!(field.kind, Kind::Chosen(_)) && avro(api, &entry.value).is_some()
        })
    };
    entries.filter(is_schema).collect()
}
