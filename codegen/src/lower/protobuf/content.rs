//! How Protobuf values travel: what the content type says, and what the Kafka binding does.
use crate::docs::code;
use serde_json::Value as Json;

/// Whether values are in Protobuf's JSON rather than in binary, or why generated code does not know how they are written.
pub(super) fn is_json(content_type: Option<&str>, kafka: &Json) -> Result<bool, String> {
    if kafka.get("schemaIdLocation").and_then(Json::as_str) == Some("payload") {
        return Err("the id of its schema stands in the payload".to_owned());
    }
    let Some(content_type) = content_type else {
        return Ok(false);
    };
    let media = content_type.split(';').next().unwrap_or_default().trim();
    let media = media.to_ascii_lowercase();
    let suffix = media.rsplit_once('+').map_or("", |(_, suffix)| suffix);
    match (media.as_str(), suffix) {
        ("application/json" | "text/json", _) | (_, "json") => Ok(true),
        (_, "protobuf" | "proto") => Ok(false),
        _ if BINARY.contains(&media.as_str()) => Ok(false),
        _ => Err(format!(
            "the content type {} says no encoding of Protobuf",
            code(content_type)
        )),
    }
}

/// Media types of values in binary, beside all that end with `+protobuf`.
const BINARY: [&str; 7] = [
    "application/octet-stream",
    "application/protobuf",
    "application/vnd.google.protobuf",
    "application/x-google-protobuf",
    "application/x-protobuf",
    "application/x-protobuffer",
    "protobuf/binary",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn content_types_and_bindings_say_how_values_travel() {
        let none = json!(null);
        for (content_type, expected) in [
            (None, Some(false)),
            (Some("application/protobuf"), Some(false)),
            (
                Some("Application/X-Protobuf; messageType=\"a.B\""),
                Some(false),
            ),
            (Some("application/vnd.example+proto"), Some(false)),
            (Some("application/octet-stream"), Some(false)),
            (Some("application/json; charset=utf-8"), Some(true)),
            (Some("application/protobuf+json"), Some(true)),
            (Some("text/plain"), None),
            (Some("application/xml"), None),
        ] {
            let found = is_json(content_type, &none);
            assert_eq!(found.ok(), expected, "{content_type:?}");
        }
        let framed = json!({ "schemaIdLocation": "payload" });
        assert!(is_json(None, &framed).is_err());
        let header = json!({ "schemaIdLocation": "header" });
        assert_eq!(is_json(None, &header), Ok(false));
    }
}
