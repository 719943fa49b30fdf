//! How Avro values travel: what the content type says, and what the Kafka binding does.
use crate::{
    docs::code,
    ir::Framing,
    lower::registry::{is_framed, media},
};
use serde_json::Value as Json;

/// The framing, or why there is none that generated code knows.
pub(super) fn framing(content_type: Option<&str>, kafka: &Json) -> Result<Framing, String> {
    if is_framed(kafka)? {
        return Ok(Framing::Registry);
    }
    let Some(content_type) = content_type else {
        return Ok(Framing::Datum);
    };
    let unknown = || {
        format!(
            "the content type {} says no encoding of Avro",
            code(content_type)
        )
    };
    let (media, encoding) = media(content_type);
    let binary = BINARY.contains(&media.as_str()) || media.ends_with("+avro");
    match encoding.as_deref() {
        _ if !binary => Err(unknown()),
        None | Some("datum" | "binary") => Ok(Framing::Datum),
        Some("single-object") => Ok(Framing::SingleObject),
        Some("confluent") => Ok(Framing::Registry),
        Some(_) => Err(unknown()),
    }
}

/// Media types of values in binary, beside all that end with `+avro`.
const BINARY: [&str; 8] = [
    "avro/binary",
    "application/avro",
    "application/avro-binary",
    "application/x-avro",
    "application/x-avro-binary",
    "application/vnd.apache.avro",
    "application/vnd.apache.avro+binary",
    "application/octet-stream",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn content_types_and_bindings_say_how_values_travel() {
        let none = json!(null);
        let payload = json!({ "schemaIdLocation": "payload" });
        let legacy =
            json!({ "schemaIdLocation": "payload", "schemaIdPayloadEncoding": "apicurio-legacy" });
        let header =
            json!({ "schemaIdLocation": "header", "schemaIdPayloadEncoding": "confluent" });
        for (content_type, kafka, expected) in [
            (None, &none, Some(Framing::Datum)),
            (Some("avro/binary"), &none, Some(Framing::Datum)),
            (Some("application/*+avro"), &none, Some(Framing::Datum)),
            (
                Some("Application/Vnd.Apache.Avro; version=1.9"),
                &none,
                Some(Framing::Datum),
            ),
            (
                Some("avro/binary; Encoding=\"single-object\""),
                &none,
                Some(Framing::SingleObject),
            ),
            (
                Some("avro/binary;encoding=confluent"),
                &none,
                Some(Framing::Registry),
            ),
            (Some("avro/binary;encoding=snappy"), &none, None),
            (Some("application/json"), &none, None),
            (Some("text/plain"), &none, None),
            (None, &payload, Some(Framing::Registry)),
            (Some("application/json"), &payload, Some(Framing::Registry)),
            (None, &legacy, None),
            (None, &header, Some(Framing::Datum)),
        ] {
            assert_eq!(
                framing(content_type, kafka).ok(),
                expected,
                "{content_type:?} {kafka}"
            );
        }
    }
}
