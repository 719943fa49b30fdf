//! Payload schemas that are none of JSON: in Avro or in Protobuf, compiled from where the document has them.
use anyhow::bail;
use serde_json::Value;
use tidings_document::{
    AvroTypes, Diagnostic, Document, Node, Span,
    api::{Api, Message, Payload, SchemaFormat},
};
use tidings_rules::AvroSchema;
use tidings_schema::{AvroJson, Examples, ProtobufValidator, Violation};

/// A compiled schema.
pub(crate) enum OtherPayload<'a> {
    Avro {
        document: &'a Document,
        schema: AvroSchema<'a>,
    },
    Protobuf(ProtobufValidator),
}

impl OtherPayload<'_> {
    pub(crate) fn is_valid_json(&self, value: &Value, form: AvroJson) -> bool {
        match self {
            Self::Avro { schema, .. } => schema.validator.is_valid_json(value, form),
            Self::Protobuf(validator) => validator.is_valid_json(value),
        }
    }

    pub(crate) fn validate_json(&self, value: &Value, form: AvroJson) -> Vec<Violation> {
        match self {
            Self::Avro { schema, .. } => self.placed(schema.validator.validate_json(value, form)),
            Self::Protobuf(validator) => validator.validate_json(value),
        }
    }

    pub(crate) fn validate_binary(&self, bytes: &[u8]) -> Vec<Violation> {
        match self {
            Self::Avro { schema, .. } => self.placed(schema.validator.validate_binary(bytes)),
            Self::Protobuf(validator) => validator.validate_binary(bytes),
        }
    }

    /// Examples in the language's own JSON.
    pub(crate) fn examples(&self, seed: u64) -> Examples {
        match self {
            Self::Avro { document, schema } => {
                let mut made = schema.validator.examples(seed);
                for missing in &mut made.missing {
                    *missing = schema.pointer(document, missing);
                }
                made
            }
            Self::Protobuf(validator) => validator.examples(seed),
        }
    }

    fn placed(&self, mut found: Vec<Violation>) -> Vec<Violation> {
        if let Self::Avro { document, schema } = self {
            for found in &mut found {
                found.schema = schema.pointer(document, &found.schema);
            }
        }
        found
    }
}

/// Compiles the schema of a message's payload; nothing where that is in another language.
///
/// # Errors
/// When the schema cannot be used: why, and where.
pub(crate) fn compile<'a>(
    document: &'a Document,
    api: &Api<'a>,
    message: &Message<'a>,
) -> anyhow::Result<Option<OtherPayload<'a>>> {
    let Some(payload) = &message.payload else {
        return Ok(None);
    };
    match payload.format {
        SchemaFormat::Avro => avro(document, api, payload).map(Some),
        SchemaFormat::Protobuf => protobuf(document, api, message, payload).map(Some),
        _ => Ok(None),
    }
}

fn protobuf(
    document: &Document,
    api: &Api<'_>,
    message: &Message<'_>,
    payload: &Payload<'_>,
) -> anyhow::Result<OtherPayload<'static>> {
    is_found(document, payload.node)?;
    let found = match tidings_rules::protobuf(api, message) {
        Some(Ok(validator)) => return Ok(OtherPayload::Protobuf(validator)),
        Some(Err(found)) => found,
        None => bail!(
            "its Protobuf schema is no text ({})",
            place(document, payload.node.span)
        ),
    };
    if found.is_empty() {
        bail!("its Protobuf schema imports what cannot be read");
    }
    bail!(
        "its Protobuf schema cannot be used: {}",
        reasons(document, &found)
    )
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

fn avro<'a>(
    document: &'a Document,
    api: &Api<'a>,
    payload: &Payload<'a>,
) -> anyhow::Result<OtherPayload<'a>> {
    is_found(document, payload.node)?;
    match tidings_rules::avro(&AvroTypes::new(api), payload) {
        Some(Ok(schema)) => Ok(OtherPayload::Avro { document, schema }),
        Some(Err(found)) => bail!(
            "its Avro schema cannot be used: {}",
            reasons(document, &found)
        ),
        None => bail!("its schema is not Avro"),
    }
}

/// Findings in one line.
fn reasons(document: &Document, found: &[Diagnostic]) -> String {
    let reason = |found: &Diagnostic| {
        let found = found.clone().discreet(document.sources());
        let help = found.help.as_deref().map(|help| format!(" ({help})"));
        let place = place(document, found.span);
        format!("{}, at {place}{}", found.message, help.unwrap_or_default())
    };
    found.iter().map(reason).collect::<Vec<_>>().join("; ")
}

/// A place in one line.
pub(crate) fn place(document: &Document, span: Span) -> String {
    let start = document.sources().range(span).start;
    let path = document.sources().path(span.file).display();
    format!("{path}:{}:{}", start.line, start.column)
}
