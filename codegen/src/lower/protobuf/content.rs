//! How Protobuf values travel: what the content type says, and what the Kafka binding does.
use crate::{
    docs::code,
    lower::registry::{is_framed, media},
};
use serde_json::Value as Json;

/// A form in which values travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Binary,
    Json,
    /// In binary, behind a registry's header.
    Registered,
}

/// The form, or why there is none that generated code knows.
pub(super) fn form(content_type: Option<&str>, kafka: &Json) -> Result<Form, String> {
    if is_framed(kafka)? {
        return Ok(Form::Registered);
    }
    let Some(content_type) = content_type else {
        return Ok(Form::Binary);
    };
    let (media, encoding) = media(content_type);
    let suffix = media.rsplit_once('+').map_or("", |(_, suffix)| suffix);
    let is_json = matches!(&*media, "application/json" | "text/json") || suffix == "json";
    let is_binary = matches!(suffix, "protobuf" | "proto") || BINARY.contains(&&*media);
    match encoding.as_deref() {
        None if is_json => Ok(Form::Json),
        None | Some("binary") if is_binary => Ok(Form::Binary),
        Some("confluent") if is_binary => Ok(Form::Registered),
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
        use Form::{Binary, Json, Registered};
        let none = json!(null);
        for (content_type, expected) in [
            (None, Some(Binary)),
            (Some("application/protobuf"), Some(Binary)),
            (
                Some("Application/X-Protobuf; messageType=\"a.B\""),
                Some(Binary),
            ),
            (Some("application/vnd.example+proto"), Some(Binary)),
            (Some("application/octet-stream"), Some(Binary)),
            (Some("protobuf/binary; encoding=binary"), Some(Binary)),
            (Some("application/json; charset=utf-8"), Some(Json)),
            (Some("application/protobuf+json"), Some(Json)),
            (
                Some("application/x-protobuf; Encoding=\"Confluent\""),
                Some(Registered),
            ),
            (Some("application/json; encoding=confluent"), None),
            (
                Some("application/vnd.google.protobuf; encoding=delimited"),
                None,
            ),
            (Some("text/plain"), None),
            (Some("application/xml"), None),
        ] {
            let found = form(content_type, &none);
            assert_eq!(found.ok(), expected, "{content_type:?}");
        }
        let framed = json!({ "schemaIdLocation": "payload" });
        assert_eq!(form(None, &framed), Ok(Registered));
        assert_eq!(form(Some("application/json"), &framed), Ok(Registered));
        let four = json!({ "schemaIdLocation": "payload", "schemaIdPayloadEncoding": "4" });
        assert_eq!(form(None, &four), Ok(Registered));
        let other =
            json!({ "schemaIdLocation": "payload", "schemaIdPayloadEncoding": "apicurio-new" });
        assert_eq!(
            form(None, &other),
            Err("the id of its schema stands in the payload as `apicurio-new`".to_owned())
        );
        let header = json!({ "schemaIdLocation": "header" });
        assert_eq!(form(None, &header), Ok(Binary));
    }
}
