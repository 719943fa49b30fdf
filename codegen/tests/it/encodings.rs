//! What content types say of payloads in JSON Schema.
use super::{code, files, notes};
use tidings_codegen::Layout;

/// A document with a message of that content type and schema.
fn document(content_type: &str, schema: &str) -> String {
    format!(
        "asyncapi: 3.0.0\ninfo: {{ title: T, version: 1.0.0 }}\nchannels:\n  c:\n    address: c\n    messages:\n      m: {{ contentType: '{content_type}', payload: {schema} }}\n"
    )
}

#[test]
fn what_no_encoding_is_known_of_stays_bytes_and_is_told() {
    for (content_type, schema) in [
        ("application/xml", "{ type: string }"),
        ("text/plain; charset=latin1", "{ type: string }"),
        ("text/csv", "{ type: array, items: { type: string } }"),
        ("text/plain", "{ type: [string, 'null'] }"),
        ("text/plain", "{ type: [string, integer] }"),
    ] {
        let text = document(content_type, schema);
        let told = notes(&text, "type-opaque");
        let reason =
            format!("no encoding is known by `{content_type}`, so the payload stays bytes");
        assert_eq!(told, [(format!("'{content_type}'"), reason)]);
        assert!(
            code(&text).contains("pub payload: codegen::Bytes"),
            "{content_type}"
        );
    }
}

#[test]
fn what_is_bytes_by_its_type_is_so_without_a_word() {
    for content_type in ["application/octet-stream", "image/png", "video/mp4"] {
        let text = document(content_type, "{ type: string, format: binary }");
        assert!(notes(&text, "type-opaque").is_empty(), "{content_type}");
        assert!(
            code(&text).contains("pub payload: codegen::Bytes"),
            "{content_type}"
        );
    }
}

#[test]
fn crates_turn_on_the_encodings_of_their_payloads() {
    let manifest = |content_type: &str| {
        let text = document(content_type, "{ type: string }");
        files(&text, Layout::Crate).remove(0).text
    };
    assert!(manifest("application/cbor").contains(r#", features = ["cbor"] }"#));
    assert!(manifest("application/msgpack").contains(r#", features = ["message-pack"] }"#));
    for content_type in ["application/json", "text/plain", "application/xml"] {
        assert!(
            !manifest(content_type).contains("features"),
            "{content_type}"
        );
    }
}

#[test]
fn crates_turn_on_the_formats_of_other_alphabets() {
    let manifest = |schema: &str| {
        let text = document("application/json", schema);
        files(&text, Layout::Crate).remove(0).text
    };
    for schema in [
        "{ type: string, format: idn-hostname }",
        "{ type: object, properties: { of: { type: array, items: { type: string, format: idn-email } } } }",
        "{ not: { format: idn-email } }",
    ] {
        assert!(
            manifest(schema).contains(r#", features = ["idn"] }"#),
            "{schema}"
        );
    }
    assert!(!manifest("{ type: string, format: hostname }").contains("features"));
}
