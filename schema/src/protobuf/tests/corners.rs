//! What sets a field and what does not, how deep values may be nested, and examples where a part has none.
use super::*;

fn compile(text: &str) -> ProtobufValidator {
    let schema = ProtobufSchema::compile(&files(&[("a.proto", text)])).unwrap();
    schema.payload(&["A"]).unwrap()
}

#[test]
fn null_sets_no_field_but_those_whose_value_it_is() {
    let schema = compile(
        "syntax = \"proto3\"; import \"google/protobuf/struct.proto\";
        message A {
          oneof one { google.protobuf.NullValue none = 1; string text = 2; google.protobuf.Value any = 3; B b = 4; E e = 5; }
          repeated google.protobuf.Value list = 6;
        }
        message B { string x = 1; }
        enum E { ZERO = 0; }",
    );
    for (value, expected) in [
        (json!({ "text": null, "any": 1 }), true),
        (json!({ "b": null, "text": "x" }), true),
        (json!({ "e": null, "text": "x" }), true),
        (json!({ "text": "x", "none": null }), false),
        (json!({ "text": "x", "any": null }), false),
        (json!({ "none": null }), true),
        (json!({ "any": null }), true),
        (json!({ "list": null }), true),
        (json!({ "list": [null, 1] }), true),
    ] {
        assert_eq!(schema.is_valid_json(&value), expected, "{value}");
    }
}

#[test]
fn what_is_required_is_not_set_by_null() {
    let schema = compile("syntax = \"proto2\"; message A { required int32 id = 1; }");
    assert!(schema.is_valid_json(&json!({ "id": 0 })));
    assert!(!schema.is_valid_json(&json!({ "id": null })));
}

#[test]
fn an_unknown_group_ends_at_its_own_end() {
    let schema = compile("syntax = \"proto3\"; message A { int32 id = 1; }");
    // Group 9 with a field 1, and a group 2 with a field 1 in it.
    let known = b"\x08\x05";
    let group = b"\x4b\x08\x05\x13\x08\x05\x14\x4c";
    let bytes = [&group[..], known].concat();
    assert_eq!(
        lines(&schema.validate_binary(&bytes)),
        " field number `9` is not known (A)"
    );
    let other_end = [&group[..7], b"\x54"].concat();
    assert!(
        lines(&schema.validate_binary(&other_end)).contains("a group `10` ends that did not begin")
    );
}

#[test]
fn messages_are_nested_up_to_a_limit() {
    let schema = compile("syntax = \"proto3\"; message A { A a = 1; }");
    let nested = |levels| {
        (0..levels).fold(Vec::new(), |inner: Vec<u8>, _| {
            let length = inner.len();
            let low = (length & 0x7f) as u8;
            let head = match length {
                0..=0x7f => vec![0x0a, low],
                _ => vec![0x0a, low | 0x80, (length >> 7) as u8],
            };
            [head, inner].concat()
        })
    };
    assert_eq!(lines(&schema.validate_binary(&nested(100))), "");
    let deeper = lines(&schema.validate_binary(&nested(101)));
    assert!(
        deeper.contains("nested deeper than `100` levels"),
        "{deeper}"
    );
}

#[test]
fn an_optional_part_without_a_value_is_left_out_of_examples() {
    let schema = compile(
        "syntax = \"proto2\";
        message A { optional B b = 1; required int32 n = 2; }
        message B { required B b = 1; }",
    );
    let made = schema.examples(0);
    assert!(!made.values.is_empty());
    for value in &made.values {
        assert!(
            value["n"].is_number() && value.get("b").is_none(),
            "{value}"
        );
    }
}

#[test]
fn maps_of_messages_end_as_the_messages_do() {
    let schema = compile(
        "syntax = \"proto3\"; message A { string name = 1; map<string, A> parts = 2; map<string, int32> counts = 3; }",
    );
    let made = schema.examples(0);
    for value in &made.values {
        assert!(value["counts"].is_object(), "{value}");
        let depth = value.to_string().matches("\"parts\"").count();
        assert!((1..=2).contains(&depth), "{value}");
    }
}
