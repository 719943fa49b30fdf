//! What becomes of Protobuf schemas: which types, and which stay bytes.
use super::{code, files, notes};
use std::path::Path;
use tidings_codegen::{Layout, Settings, Unknown, generate};

/// A document whose messages have these Protobuf schemas, and say this of themselves beside.
fn document(schemas: &[(&str, &str)]) -> String {
    let messages = schemas.iter().enumerate().map(|(index, (schema, more))| {
        let schema = serde_json::to_string(schema).unwrap();
        format!(
            "      m{index}: {{ {more} payload: {{ schemaFormat: application/vnd.google.protobuf;version=3, schema: {schema} }} }}\n"
        )
    });
    let messages: String = messages.collect();
    format!(
        "asyncapi: 3.0.0\ninfo: {{ title: T, version: 1.0.0 }}\nchannels:\n  c:\n    address: c\n    messages:\n{messages}"
    )
}

const PLAIN: &str = "syntax = \"proto3\"; package p; message A { string id = 1; }";

#[test]
fn what_has_no_type_stays_bytes_and_is_told() {
    let any = "syntax = \"proto3\"; import \"google/protobuf/any.proto\"; message A { repeated google.protobuf.Any held = 1; }";
    let group = "syntax = \"proto2\"; message A { optional B b = 1; } message B { repeated group C = 1 {} }";
    let kafka = "bindings: { kafka: { schemaIdLocation: payload, schemaIdPayloadEncoding: apicurio-new } },";
    for (schema, more, reason) in [
        (
            PLAIN,
            "contentType: text/plain,",
            "the content type `text/plain` says no encoding of Protobuf",
        ),
        (
            PLAIN,
            kafka,
            "the id of its schema stands in the payload as `apicurio-new`",
        ),
        (
            any,
            "contentType: application/json,",
            "`A.held` is a `google.protobuf.Any` in JSON",
        ),
        (group, "", "`B.c` is a group"),
        (
            "syntax = \"proto3\"; message A { Missing a = 1; }",
            "",
            "name `Missing` is not defined",
        ),
        (
            "syntax = \"proto3\"; message A {} message B {}",
            "",
            "the payload may be any of the messages `A`, `B`",
        ),
        ("", "", "there is no message in the schema"),
    ] {
        let text = document(&[(schema, more)]);
        let told = notes(&text, "type-opaque");
        let [(_, message)] = &told[..] else {
            panic!("{schema}: {told:?}")
        };
        let stays = message.strip_prefix("a Protobuf payload stays bytes: ");
        assert!(stays.unwrap().starts_with(reason), "{message}");
        assert!(
            code(&text).contains("pub payload: codegen::Bytes"),
            "{schema}"
        );
    }
}

#[test]
fn extensions_have_no_field_and_are_told() {
    let schema = "syntax = \"proto2\"; message A { extensions 100; } extend A { optional string more = 100; }";
    let told = notes(&document(&[(schema, "")]), "type-opaque");
    let messages: Vec<_> = told.into_iter().map(|(_, message)| message).collect();
    assert_eq!(
        messages,
        ["extension `more` of `A` has no field: it stays bytes among the unknown fields"]
    );
}

#[test]
fn types_of_one_name_are_one_where_they_are_the_same() {
    let money = "message Money { int64 units = 1; }";
    let of = |name: &str, money: &str| {
        format!(
            "syntax = \"proto3\"; package p; /* @RootNode */ message {name} {{ Money price = 1; }} {money}"
        )
    };
    let (one, two) = (of("One", money), of("Two", money));
    let other = of("Other", "message Money { string units = 1; }");
    let text = code(&document(&[(&one, ""), (&two, ""), (&other, "")]));
    assert_eq!(text.matches("pub struct Money").count(), 2, "{text}");
    assert!(text.contains("pub struct MoneyValue"), "{text}");
    for part in ["pub price: Option<Money>", "pub price: Option<MoneyValue>"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn names_of_enums_are_left_out_of_their_values() {
    let schema = "syntax = \"proto3\"; package p; message Order { Kind kind = 1; Other other = 2; Sign sign = 3; \
        enum Kind { KIND_UNKNOWN = 0; KIND_A_B = 1; } enum Sign { SIGN_NONE = 0; SIGN_2 = 2; } } \
        enum Other { OTHER_A = 0; B = 1; }";
    let text = code(&document(&[(schema, "")]));
    for part in [
        "pub enum OrderKind { /// `KIND_UNKNOWN`. #[default] Unknown, /// `KIND_A_B`. AB,",
        "Other(i32), } impl OrderKind",
        "pub enum Other { /// `OTHER_A`. #[default] OtherA, /// `B`. B,",
        "#[default] SignNone, /// `SIGN_2`. Sign2,",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn documentation_is_that_of_the_schema() {
    let schema = "syntax = \"proto2\";\n\n// An <order>.\nmessage Order {\n  // Which.\n  optional string id = 1 [default = \"x\", deprecated = true];\n}";
    let text = code(&document(&[(schema, "")]));
    for part in [
        "/// An \\<order\\>. #[derive",
        "/// Which. /// /// Where it is not set, it counts as `x`. /// /// The document says not to use it any more.",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn fields_that_the_schema_has_not_are_kept_dropped_or_refused() {
    let text = document(&[(PLAIN, "")]);
    let of = |unknown| {
        let settings = Settings {
            unknown,
            ..Settings::default()
        };
        code_by(&text, &settings)
    };
    let (kept, dropped) = (of(Unknown::Keep), of(Unknown::Drop));
    assert!(
        kept.contains("pub unknown_fields: codegen::protobuf::UnknownFields"),
        "{kept}"
    );
    assert!(
        !dropped.contains("unknown") && !dropped.contains("deny_"),
        "{dropped}"
    );
    assert!(of(Unknown::Refuse).contains("deny_unknown_fields"));
}

fn code_by(text: &str, settings: &Settings) -> String {
    let reading = tidings_document::Settings::default();
    let bytes = text.as_bytes().to_vec();
    let (document, _) = tidings_document::open_text(Path::new("t.yaml"), bytes, &reading).unwrap();
    let api = tidings_document::read(&document).0.unwrap();
    let files = generate(&api, settings).0;
    let types = files.into_iter().find(|file| file.path == "src/types.rs");
    types.unwrap().text
}

#[test]
fn a_crate_with_protobuf_asks_for_its_feature() {
    let files = files(&document(&[(PLAIN, "")]), Layout::Crate);
    let manifest = files.into_iter().find(|file| file.path == "Cargo.toml");
    assert!(
        manifest
            .unwrap()
            .text
            .contains(r#", features = ["protobuf"] }"#)
    );
}
