//! Every scalar type in both encodings: what it takes, up to its bounds, and what is said of the rest.
use super::*;

/// Each type with its field's number and wire type.
const TYPES: [(&str, u8, u8); 15] = [
    ("double", 1, 1),
    ("float", 2, 5),
    ("int32", 3, 0),
    ("int64", 4, 0),
    ("uint32", 5, 0),
    ("uint64", 6, 0),
    ("sint32", 7, 0),
    ("sint64", 8, 0),
    ("fixed32", 9, 5),
    ("fixed64", 10, 1),
    ("sfixed32", 11, 5),
    ("sfixed64", 12, 1),
    ("bool", 13, 0),
    ("string", 14, 2),
    ("bytes", 15, 2),
];

fn schema() -> ProtobufValidator {
    let fields = TYPES.map(|(name, number, _)| format!("{name} f_{name} = {number};"));
    let text = format!("syntax = \"proto3\"; message A {{ {} }}", fields.join(" "));
    let schema = ProtobufSchema::compile(&files(&[("a.proto", &text)])).unwrap();
    schema.payload(&["A"]).unwrap()
}

#[test]
fn json_takes_each_type_within_its_range() {
    let schema = schema();
    let check = |name: &str, value: &Value, expected: bool| {
        let value = json!({ format!("f_{name}"): value });
        assert_eq!(schema.is_valid_json(&value), expected, "{value}");
        assert_eq!(schema.validate_json(&value).is_empty(), expected, "{value}");
    };
    let (u64s, i64s) = (u64::MAX, i64::MIN);
    let ranges: [(&str, i128, i128); 10] = [
        ("int32", i32::MIN.into(), i32::MAX.into()),
        ("sint32", i32::MIN.into(), i32::MAX.into()),
        ("sfixed32", i32::MIN.into(), i32::MAX.into()),
        ("uint32", 0, u32::MAX.into()),
        ("fixed32", 0, u32::MAX.into()),
        ("int64", i64s.into(), i64::MAX.into()),
        ("sint64", i64s.into(), i64::MAX.into()),
        ("sfixed64", i64s.into(), i64::MAX.into()),
        ("uint64", 0, u64s.into()),
        ("fixed64", 0, u64s.into()),
    ];
    for (name, least, most) in ranges {
        for (number, expected) in [
            (least, true),
            (most, true),
            (least - 1, false),
            (most + 1, false),
        ] {
            check(name, &json!(number.to_string()), expected);
        }
        check(name, &json!(7.0), true);
        for value in [
            json!(1.5),
            json!("1.5"),
            json!("x"),
            json!(""),
            json!(true),
            json!([]),
            json!(1e30),
        ] {
            check(name, &value, false);
        }
    }
    for name in ["double", "float"] {
        for text in ["NaN", "Infinity", "-Infinity", "1.5", "-1e9"] {
            check(name, &json!(text), true);
        }
        for value in [json!("nan"), json!("x"), json!(""), json!(true), json!({})] {
            check(name, &value, false);
        }
    }
    check("double", &json!(1e300), true);
    check("float", &json!(1e300), false);
    check("float", &json!("1e300"), false);
    check("float", &json!(f32::MAX), true);
    for (name, good, bad) in [
        ("bool", json!(false), json!("true")),
        ("string", json!(""), json!(1)),
        ("bytes", json!("YQ=="), json!("Y")),
        ("bytes", json!("YQ"), json!("Y*==")),
        ("bytes", json!("-_8="), json!("YQ=")),
        ("bytes", json!(""), json!(1)),
    ] {
        check(name, &good, true);
        check(name, &bad, false);
    }
}

#[test]
fn json_that_does_not_fit_is_told_by_type() {
    let schema = schema();
    let told = |(name, ..): &(&str, u8, u8)| {
        let found = schema.validate_json(&json!({ format!("f_{name}"): [] }));
        let big = schema.validate_json(&json!({ format!("f_{name}"): "1e400" }));
        let more = lines(&big);
        format!("{} | {more}", lines(&found))
    };
    expect![[r#"
        /f_double the array is not of type `double` (A.f_double) | /f_double `"1e400"` is out of range (A.f_double)
        /f_float the array is not of type `float` (A.f_float) | /f_float `"1e400"` is out of range (A.f_float)
        /f_int32 the array is not of type `int32` (A.f_int32) | /f_int32 `"1e400"` is not of type `int32` (A.f_int32)
        /f_int64 the array is not of type `int64` (A.f_int64) | /f_int64 `"1e400"` is not of type `int64` (A.f_int64)
        /f_uint32 the array is not of type `uint32` (A.f_uint32) | /f_uint32 `"1e400"` is not of type `uint32` (A.f_uint32)
        /f_uint64 the array is not of type `uint64` (A.f_uint64) | /f_uint64 `"1e400"` is not of type `uint64` (A.f_uint64)
        /f_sint32 the array is not of type `sint32` (A.f_sint32) | /f_sint32 `"1e400"` is not of type `sint32` (A.f_sint32)
        /f_sint64 the array is not of type `sint64` (A.f_sint64) | /f_sint64 `"1e400"` is not of type `sint64` (A.f_sint64)
        /f_fixed32 the array is not of type `fixed32` (A.f_fixed32) | /f_fixed32 `"1e400"` is not of type `fixed32` (A.f_fixed32)
        /f_fixed64 the array is not of type `fixed64` (A.f_fixed64) | /f_fixed64 `"1e400"` is not of type `fixed64` (A.f_fixed64)
        /f_sfixed32 the array is not of type `sfixed32` (A.f_sfixed32) | /f_sfixed32 `"1e400"` is not of type `sfixed32` (A.f_sfixed32)
        /f_sfixed64 the array is not of type `sfixed64` (A.f_sfixed64) | /f_sfixed64 `"1e400"` is not of type `sfixed64` (A.f_sfixed64)
        /f_bool the array is not of type `bool` (A.f_bool) | /f_bool `"1e400"` is not of type `bool` (A.f_bool)
        /f_string the array is not of type `string` (A.f_string) | 
        /f_bytes the array is not of type `bytes` (A.f_bytes) | /f_bytes `"1e400"` is not base64 (A.f_bytes)"#]].assert_eq(&TYPES.iter().map(told).collect::<Vec<_>>().join("\n"));
}

#[test]
fn bytes_have_the_wire_type_of_each_type() {
    let schema = schema();
    let value: [&[u8]; 6] = [&[1], &[0; 8], &[1, b'a'], &[], &[], &[0; 4]];
    for (name, number, wire) in TYPES {
        let bytes = |wire: u8| [&[number << 3 | wire], value[usize::from(wire)]].concat();
        assert_eq!(lines(&schema.validate_binary(&bytes(wire))), "", "{name}");
        for other in [0, 1, 2, 5].into_iter().filter(|other| *other != wire) {
            let found = lines(&schema.validate_binary(&bytes(other)));
            assert!(
                found.contains(&format!(
                    "wire type `{other}` is not that of `{name}`, which is `{wire}`"
                )),
                "{found}"
            );
        }
    }
}

#[test]
fn whole_numbers_in_bytes_are_within_their_range() {
    let schema = schema();
    let varint = |mut number: u64| {
        let mut out = Vec::new();
        while number > 0x7f {
            out.push(number as u8 | 0x80);
            number >>= 7;
        }
        out.push(number as u8);
        out
    };
    let check = |number: u8, value: u64, expected: bool| {
        let bytes = [vec![number << 3], varint(value)].concat();
        let found = lines(&schema.validate_binary(&bytes));
        assert_eq!(found.is_empty(), expected, "{number} {value}: {found}");
    };
    let minus = |number: i64| number as u64;
    for (number, good, bad) in [
        (
            3,
            vec![0, i32::MAX as u64, minus(-1), minus(i32::MIN.into())],
            vec![1 << 31, minus(i64::from(i32::MIN) - 1), 1 << 40],
        ),
        (4, vec![0, u64::MAX], vec![]),
        (5, vec![0, u32::MAX.into()], vec![1 << 32]),
        (6, vec![u64::MAX], vec![]),
        (7, vec![0, u32::MAX.into()], vec![1 << 32]),
        (8, vec![u64::MAX], vec![]),
        (13, vec![0, 1], vec![2]),
    ] {
        good.into_iter()
            .for_each(|value| check(number, value, true));
        bad.into_iter()
            .for_each(|value| check(number, value, false));
    }
}

#[test]
fn any_holds_a_message_of_the_schema() {
    let text = "syntax = \"proto3\"; import \"google/protobuf/any.proto\"; import \"google/protobuf/duration.proto\";
        message A { google.protobuf.Any any = 1; google.protobuf.Duration d = 2; }";
    let schema = ProtobufSchema::compile(&files(&[("a.proto", text)])).unwrap();
    let schema = schema.payload(&["A"]).unwrap();
    let told = |any: Value| {
        format!(
            "{any} => {}",
            lines(&schema.validate_json(&json!({ "any": any })))
        )
    };
    let duration = "type.googleapis.com/google.protobuf.Duration";
    let values = [
        json!({}),
        json!(1),
        json!({ "a": 1 }),
        json!({ "@type": 1 }),
        json!({ "@type": "A" }),
        json!({ "@type": "x/A" }),
        json!({ "@type": "x/A", "d": "1s" }),
        json!({ "@type": "x/A", "d": 1, "e": 2 }),
        json!({ "@type": duration, "value": "1s" }),
        json!({ "@type": duration, "value": 1 }),
        json!({ "@type": duration }),
        json!({ "@type": duration, "value": "1s", "more": 1 }),
    ];
    expect![[r#"
        {} => 
        1 => /any `1` is no object (google.protobuf.Any)
        {"a":1} => /any field `@type` is missing (google.protobuf.Any)
        {"@type":1} => /any/@type `1` names no message of the schema (google.protobuf.Any)
        {"@type":"A"} => /any/@type `"A"` names no message of the schema (google.protobuf.Any)
        {"@type":"x/A"} => 
        {"@type":"x/A","d":"1s"} => 
        {"@type":"x/A","d":1,"e":2} => /any/e field `e` is not known (A)
        /any/d `1` is no duration such as `1.5s` (google.protobuf.Duration)
        {"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"} => 
        {"@type":"type.googleapis.com/google.protobuf.Duration","value":1} => /any/value `1` is no duration such as `1.5s` (google.protobuf.Duration)
        {"@type":"type.googleapis.com/google.protobuf.Duration"} => /any field `value` is missing (google.protobuf.Any)
        {"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s","more":1} => /any/more field `more` is not known (google.protobuf.Any)"#]].assert_eq(&values.map(told).join("\n"));
}
