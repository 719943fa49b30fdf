//! The Avro schema of a payload, compiled from where the document has it.
use anyhow::bail;
use tidings_document::{Document, Node, Span, api::Payload};
use tidings_schema::AvroValidator;

/// A compiled schema, and where it stands.
pub(crate) struct AvroPayload {
    pub(crate) validator: AvroValidator,
    /// What pointers into the schema begin with in its file.
    pub(crate) pointer: String,
}

/// Compiles the schema of a payload.
///
/// # Errors
/// When the schema cannot be used: why, and where.
pub(crate) fn compile(document: &Document, payload: &Payload<'_>) -> anyhow::Result<AvroPayload> {
    let node = payload.node;
    if let Some(reference) = node.reference() {
        bail!(
            "its schema `{}` was not found ({})",
            reference.value,
            place(document, reference.span)
        );
    }
    let pointer = document.pointer_at(node.span);
    // One of a file's list of types may use those before it.
    let file = document.tree(node.span.file);
    let list = file.filter(|file| file.as_array().is_some());
    let position = pointer.strip_prefix('/').and_then(|at| at.parse().ok());
    if let (Some(list), Some(position)) = (list, position) {
        let validator = compile_node(document, list, "")?.branch(position);
        if let Some(validator) = validator {
            let pointer = String::new();
            return Ok(AvroPayload { validator, pointer });
        }
    }
    let validator = compile_node(document, node, &pointer)?;
    Ok(AvroPayload { validator, pointer })
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
