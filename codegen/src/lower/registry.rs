//! What Kafka bindings and content types say of a schema registry.
use crate::docs::code;
use serde_json::Value as Json;

/// Whether the number of its schema stands before a value as a registry's clients have it, or why that is not known.
pub(super) fn is_framed(kafka: &Json) -> Result<bool, String> {
    let text = |key| kafka.get(key).and_then(Json::as_str);
    if text("schemaIdLocation") != Some("payload") {
        return Ok(false);
    }
    let encoding = text("schemaIdPayloadEncoding").unwrap_or("confluent");
    match encoding.to_ascii_lowercase().as_str() {
        "confluent" | "4" => Ok(true),
        _ => Err(format!(
            "the id of its schema stands in the payload as {}",
            code(encoding)
        )),
    }
}

/// A media type without its parameters, and that of them which is called `encoding`, in small letters.
pub(super) fn media(content_type: &str) -> (String, Option<String>) {
    let mut parts = content_type.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default().to_ascii_lowercase();
    let encoding = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let value = value.trim().trim_matches('"').to_ascii_lowercase();
        let is_it = name.trim().eq_ignore_ascii_case("encoding");
        is_it.then_some(value)
    });
    (media, encoding)
}
