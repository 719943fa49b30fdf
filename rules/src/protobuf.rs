//! Protobuf schemas of a document, compiled: what is wrong with them has its place in the document or in its files.

use std::collections::{HashMap, hash_map::Entry};

use tidings_document::api::{Api, Message, Proto, ProtoId};
use tidings_document::{Diagnostic, Node, Span};
use tidings_schema::{
    ProtobufError, ProtobufFile, ProtobufImport, ProtobufSchema, ProtobufValidator,
    protobuf_builtins,
};

use crate::lint::PROTOBUF_SCHEMA_INVALID;

/// The schema of a message's payload that is described in Protobuf; nothing where it is not.
///
/// # Errors
/// When it cannot be used: why, and where. There is no reason where reading the document has told it.
pub fn protobuf(
    api: &Api<'_>,
    message: &Message<'_>,
) -> Option<Result<ProtobufValidator, Vec<Diagnostic>>> {
    Some(Compiled::default().payload(api, message, message.payload.as_ref()?.proto?))
}

/// Schemas by their texts: what is wrong with one is told once.
#[derive(Default)]
pub(crate) struct Compiled {
    schemas: HashMap<ProtoId, Option<ProtobufSchema>>,
}

impl Compiled {
    /// What is wrong with a text of itself, whichever of its messages is meant.
    pub(crate) fn schema(&mut self, api: &Api<'_>, id: ProtoId) -> Vec<Diagnostic> {
        self.compiled(api, id).err().unwrap_or_default()
    }

    /// The schema; what is wrong with it is told once.
    fn compiled(&mut self, api: &Api<'_>, id: ProtoId) -> Result<&ProtobufSchema, Vec<Diagnostic>> {
        let schema = match self.schemas.entry(id) {
            Entry::Occupied(known) => known.into_mut().as_ref(),
            Entry::Vacant(unknown) => match compile(api, id) {
                Ok(schema) => unknown.insert(Some(schema)).as_ref(),
                Err(errors) => {
                    unknown.insert(None);
                    return Err(errors);
                }
            },
        };
        schema.ok_or_else(Vec::new)
    }

    /// The message of a text that is a payload's.
    pub(crate) fn payload(
        &mut self,
        api: &Api<'_>,
        message: &Message<'_>,
        id: ProtoId,
    ) -> Result<ProtobufValidator, Vec<Diagnostic>> {
        self.compiled(api, id)?
            .payload(&message.names())
            .map_err(|error| vec![at_reference(message, diagnostic(&api[id], &error))])
    }
}

/// What is wrong with the choice of a text's message: it stands where the payload refers to the text, which may be right for others.
fn at_reference(message: &Message<'_>, found: Diagnostic) -> Diagnostic {
    let payload = message.node.get("payload");
    let schema = payload.and_then(|payload| payload.get("schema"));
    let reference = [payload, schema]
        .into_iter()
        .flatten()
        .find_map(Node::reference);
    let Some(reference) = reference else {
        return found;
    };
    let text = found.span;
    Diagnostic {
        span: reference.span,
        ..found
    }
    .related(text, "the text with these messages")
}

fn compile(api: &Api<'_>, id: ProtoId) -> Result<ProtobufSchema, Vec<Diagnostic>> {
    let needed = api.needed_protos(id);
    let files = needed.iter().map(|needed| {
        let imports = needed.imports.iter().cloned();
        ProtobufFile {
            name: needed.proto.name.clone(),
            text: needed.proto.text,
            imports: imports.map(ProtobufImport::from).collect(),
        }
    });
    let files: Vec<ProtobufFile<'_>> = files.collect();
    ProtobufSchema::compile(&files).map_err(|errors| {
        let proto = |error: &ProtobufError| needed[error.file].proto;
        let errors = errors
            .iter()
            .filter(|error| !is_reported(proto(error), error));
        errors
            .map(|error| diagnostic(proto(error), error))
            .collect()
    })
}

/// Whether an error is about an import that reading the document refused.
fn is_reported(proto: &Proto<'_>, error: &ProtobufError) -> bool {
    let mut imports = proto.imports.iter();
    imports.any(|import| import.is_reported && error.range.as_ref() == Some(&import.range))
}

fn diagnostic(proto: &Proto<'_>, error: &ProtobufError) -> Diagnostic {
    let (span, message) = place(proto, error);
    let found = Diagnostic::new(&PROTOBUF_SCHEMA_INVALID.rule, span, message);
    let help = near(proto, error)
        .or_else(|| error.help.clone())
        .or_else(|| where_it_may_be(proto, error));
    match help {
        Some(help) => found.help(help),
        None => found,
    }
}

/// What helps to find a file that is imported.
fn where_it_may_be(proto: &Proto<'_>, error: &ProtobufError) -> Option<String> {
    let mut imports = proto.imports.iter();
    let missing = imports.find(|import| error.range.as_ref() == Some(&import.range));
    let missing = missing.filter(|import| !import.looked_in.is_empty())?;
    let folders = missing.looked_in.iter().map(|folder| format!("`{folder}`"));
    let folders: Vec<_> = folders.collect();
    Some(format!(
        "it was looked for in {}; name the folder that paths start from with `--proto-path DIR`",
        folders.join(", ")
    ))
}

/// A name of the text, or a file that comes along, which one that is not there is near to.
fn near(proto: &Proto<'_>, error: &ProtobufError) -> Option<String> {
    let message = error.message.as_str();
    let within = |begin: &str, end: &str| message.strip_prefix(begin)?.strip_suffix(end);
    let near = match within("import `", "` was not found") {
        Some(path) => tidings_document::nearest(path, protobuf_builtins()),
        None => {
            let name = within("name `", "` is not defined")?;
            let defined = defined(proto.text).chain(SCALARS.iter().copied());
            tidings_document::nearest(name, defined.take(COMPARISONS))
        }
    };
    Some(format!("did you mean `{}`?", near?))
}

/// Names that one is compared with.
const COMPARISONS: usize = 1000;

static SCALARS: &[&str] = &[
    "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32",
    "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes",
];

/// The messages and enums that a text defines, wherever they stand in it.
fn defined(text: &str) -> impl Iterator<Item = &str> {
    let mut words = text.split_whitespace();
    std::iter::from_fn(move || {
        words.find(|word| matches!(*word, "message" | "enum"))?;
        Some(words.next()?.trim_end_matches('{'))
    })
}

/// The place of an error; where that cannot be told, that of the text, and the line in the message.
fn place(proto: &Proto<'_>, error: &ProtobufError) -> (Span, String) {
    let text = proto.text;
    let first = text.len() - text.trim_start().len();
    let line = text[first..].lines().next().unwrap_or_default().len();
    let Some(range) = error.range.clone() else {
        let place = proto.place(first..first + line);
        return (place.unwrap_or(proto.node.span), error.message.clone());
    };
    // A place of several lines is shown by its first.
    let end = text
        .get(range.clone())
        .and_then(|part| part.find('\n'))
        .map_or(range.end, |length| range.start + length);
    match proto.place(range.start..end) {
        Some(place) => (place, error.message.clone()),
        None => {
            let before = text.get(..range.start).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            (
                proto.node.span,
                format!("line {line} of the schema: {}", error.message),
            )
        }
    }
}
