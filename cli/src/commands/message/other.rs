//! Payload schemas that are none of JSON: in Avro or in Protobuf, compiled from where the document has them.
use anyhow::bail;
use serde_json::Value;
use tidings_document::{
    Diagnostic, Document, Node, Span,
    api::{Api, Message, Payload, SchemaFormat},
};
use tidings_schema::{AvroJson, AvroValidator, Examples, ProtobufValidator, Violation};

/// A compiled schema.
pub(crate) enum OtherPayload {
    Avro {
        validator: AvroValidator,
        /// What pointers into the schema begin with in its file.
        pointer: String,
    },
    Protobuf(ProtobufValidator),
}

impl OtherPayload {
    pub(crate) fn is_valid_json(&self, value: &Value, form: AvroJson) -> bool {
        match self {
            Self::Avro { validator, .. } => validator.is_valid_json(value, form),
            Self::Protobuf(validator) => validator.is_valid_json(value),
        }
    }

    pub(crate) fn validate_json(&self, value: &Value, form: AvroJson) -> Vec<Violation> {
        match self {
            Self::Avro { validator, .. } => self.placed(validator.validate_json(value, form)),
            Self::Protobuf(validator) => validator.validate_json(value),
        }
    }

    pub(crate) fn validate_binary(&self, bytes: &[u8]) -> Vec<Violation> {
        match self {
            Self::Avro { validator, .. } => self.placed(validator.validate_binary(bytes)),
            Self::Protobuf(validator) => validator.validate_binary(bytes),
        }
    }

    /// Examples in the language's own JSON.
    pub(crate) fn examples(&self, seed: u64) -> Examples {
        match self {
            Self::Avro { validator, pointer } => {
                let mut made = validator.examples(seed);
                for missing in &mut made.missing {
                    missing.insert_str(0, pointer);
                }
                made
            }
            Self::Protobuf(validator) => validator.examples(seed),
        }
    }

    fn placed(&self, mut found: Vec<Violation>) -> Vec<Violation> {
        if let Self::Avro { pointer, .. } = self {
            for found in &mut found {
                found.schema.insert_str(0, pointer);
            }
        }
        found
    }
}

/// Compiles the schema of a message's payload; nothing where that is in another language.
///
/// # Errors
/// When the schema cannot be used: why, and where.
pub(crate) fn compile(
    document: &Document,
    api: &Api<'_>,
    message: &Message<'_>,
) -> anyhow::Result<Option<OtherPayload>> {
    let Some(payload) = &message.payload else {
        return Ok(None);
    };
    match payload.format {
        SchemaFormat::Avro => avro(document, payload).map(Some),
        SchemaFormat::Protobuf => protobuf(document, api, message, payload).map(Some),
        _ => Ok(None),
    }
}

fn protobuf(
    document: &Document,
    api: &Api<'_>,
    message: &Message<'_>,
    payload: &Payload<'_>,
) -> anyhow::Result<OtherPayload> {
    is_found(document, payload.node)?;
    let found = match tidings_rules::protobuf(api, message) {
        Some(Ok(validator)) => return Ok(OtherPayload::Protobuf(validator)),
        Some(Err(found)) => found,
        None => bail!(
            "its Protobuf schema is no text ({})",
            place(document, payload.node.span)
        ),
    };
    let reason = |found: &Diagnostic| {
        let help = found.help.as_deref().map(|help| format!(" ({help})"));
        let place = place(document, found.span);
        format!("{}, at {place}{}", found.message, help.unwrap_or_default())
    };
    let reasons: Vec<_> = found.iter().map(reason).collect();
    match &reasons[..] {
        [] => bail!("its Protobuf schema imports what cannot be read"),
        _ => bail!("its Protobuf schema cannot be used: {}", reasons.join("; ")),
    }
}

fn is_found(document: &Document, node: &Node) -> anyhow::Result<()> {
    if let Some(reference) = node.reference() {
        bail!(
            "its schema `{}` was not found ({})",
            reference.value,
            place(document, reference.span)
        );
    }
    Ok(())
}

fn avro(document: &Document, payload: &Payload<'_>) -> anyhow::Result<OtherPayload> {
    let node = payload.node;
    is_found(document, node)?;
    let pointer = document.pointer_at(node.span);
    // One of a file's list of types may use those before it.
    let file = document.tree(node.span.file);
    let list = file.filter(|file| file.as_array().is_some());
    let position = pointer.strip_prefix('/').and_then(|at| at.parse().ok());
    if let (Some(list), Some(position)) = (list, position) {
        let validator = compile_node(document, list, "")?.branch(position);
        if let Some(validator) = validator {
            let pointer = String::new();
            return Ok(OtherPayload::Avro { validator, pointer });
        }
    }
    let validator = compile_node(document, node, &pointer)?;
    Ok(OtherPayload::Avro { validator, pointer })
}

fn compile_node(document: &Document, node: &Node, pointer: &str) -> anyhow::Result<AvroValidator> {
    let errors = match AvroValidator::compile(&node.to_json()) {
        Ok(validator) => return Ok(validator),
        Err(errors) => errors,
    };
    let reasons: Vec<_> = errors
        .iter()
        .map(|error| {
            let place = place(document, span_at(node, &error.pointer));
            format!(
                "{}, at `{pointer}{}` ({place})",
                error.message, error.pointer
            )
        })
        .collect();
    bail!("its Avro schema cannot be used: {}", reasons.join("; "))
}

fn place(document: &Document, span: Span) -> String {
    let start = document.sources().range(span).start;
    let path = document.sources().path(span.file).display();
    format!("{path}:{}:{}", start.line, start.column)
}

/// The place of the value under a pointer, or of the innermost value on the way that is there.
fn span_at(mut node: &Node, pointer: &str) -> Span {
    for token in pointer.split('/').skip(1) {
        let key = token.replace("~1", "/").replace("~0", "~");
        let index: Option<usize> = token.parse().ok();
        let items = node.as_array().and_then(|items| items.get(index?));
        match node.get(&key).or(items) {
            Some(next) => node = next,
            None => break,
        }
    }
    node.span
}
