//! Protobuf's JSON.
use super::*;
use crate::protobuf::wire::DEPTH;
use serde_json::{Value, json};

#[track_caller]
fn json_of<T>(of: &'static Descriptor, value: &T, expected: &Value)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let text = of.write_json("M", value).unwrap();
    let shown: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(shown, *expected);
    assert_eq!(of.read_json::<T>("M", &Message::new(text)).unwrap(), *value);
}

fn read_json<T: DeserializeOwned>(of: &'static Descriptor, value: &Value) -> Result<T, String> {
    let message = Message::new(value.to_string());
    of.read_json("M", &message).map_err(|error| told(&error))
}

static COLOUR: Enum = Enum::new("t.Colour", &[("NONE", 0), ("RED", 1), ("ROUGE", 1)]);

#[test]
fn values_have_the_form_of_the_specification() {
    fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(kind: Kind, v: T, shown: Value) {
        json_of(
            one(kind, Shape::Required),
            &One { v },
            &json!({ "v": shown }),
        );
    }
    use Kind::*;
    check(Int32, -1, json!(-1));
    check(Fixed32, u32::MAX, json!(4_294_967_295_u32));
    check(Int64, i64::MIN, json!("-9223372036854775808"));
    check(Uint64, u64::MAX, json!("18446744073709551615"));
    check(Sfixed64, -2_i64, json!("-2"));
    check(Bool, true, json!(true));
    check(String, "é".to_owned(), json!("é"));
    check(
        Bytes,
        bytes::Bytes::from_static(&[0xfb, 0xff]),
        json!("+/8="),
    );
    check(Double, 0.1, json!(0.1));
    check(Double, f64::INFINITY, json!("Infinity"));
    check(Float, 0.1_f32, json!(0.1));
    check(Float, f32::NEG_INFINITY, json!("-Infinity"));
    check(Enum(&COLOUR), 1, json!("RED"));
    check(Enum(&COLOUR), 9, json!(9));
    check(
        Message(&TIMESTAMP),
        Timestamp::new(0, 5_000_000).unwrap(),
        json!("1970-01-01T00:00:00.005Z"),
    );
    check(
        Message(&DURATION),
        Duration::new(-1, -1_000).unwrap(),
        json!("-1.000001s"),
    );
    check(
        Message(&FIELD_MASK),
        vec!["a.b_c".to_owned(), "d".to_owned()],
        json!("a.bC,d"),
    );
    check(
        Message(&FIELD_MASK),
        Vec::<std::string::String>::new(),
        json!(""),
    );
    check(Message(&EMPTY), (), json!({}));
    check(Message(&INT64_VALUE), 5_i64, json!("5"));
    check(
        Message(&VALUE),
        json!({ "a": [1, null, 0.5] }),
        json!({ "a": [1, null, 0.5] }),
    );
    check(Message(&LIST_VALUE), vec![json!("x")], json!(["x"]));
    let map = BTreeMap::from([("a".to_owned(), Value::Null)]);
    check(Message(&STRUCT), map, json!({ "a": null }));
}

#[test]
fn lists_maps_and_messages_are_lists_and_objects() {
    json_of(
        one(Kind::Sint64, Shape::Packed),
        &One { v: vec![1_i64, -1] },
        &json!({ "v": ["1", "-1"] }),
    );
    let map = BTreeMap::from([(true, 1), (false, 0)]);
    json_of(
        one(Kind::Int32, Shape::Map(Kind::Bool)),
        &One { v: map },
        &json!({ "v": { "true": 1, "false": 0 } }),
    );
    let map = BTreeMap::from([(-1_i64, "x".to_owned())]);
    json_of(
        one(Kind::String, Shape::Map(Kind::Int64)),
        &One { v: map },
        &json!({ "v": { "-1": "x" } }),
    );
    let value = Node {
        next: Some(Box::new(node(1))),
        one: Some(Choice::Text("t".to_owned())),
        nodes: vec![node(0)],
        ..node(0)
    };
    json_of(
        &NODE,
        &value,
        &json!({ "next": { "a": 1 }, "text": "t", "nodes": [{}] }),
    );
}

#[test]
fn other_forms_are_read_that_the_specification_has() {
    fn read<T: DeserializeOwned + PartialEq + Debug>(kind: Kind, value: Value, expected: T) {
        let read: One<T> = read_json(one(kind, Shape::Required), &json!({ "v": value })).unwrap();
        assert_eq!(read.v, expected);
    }
    use Kind::*;
    read(Int32, json!("7"), 7);
    read(Int32, json!(1.0), 1);
    read(Int32, json!("1e3"), 1000);
    read(Uint64, json!(u64::MAX), u64::MAX);
    read(Double, json!("1.5"), 1.5);
    read(Float, json!(3), 3.0_f32);
    read(Enum(&COLOUR), json!("ROUGE"), 1);
    read(Enum(&COLOUR), json!(1), 1);
    read(
        Bytes,
        json!("-_8"),
        bytes::Bytes::from_static(&[0xfb, 0xff]),
    );
    read(
        Message(&TIMESTAMP),
        json!("1970-01-01T01:00:00+01:00"),
        Timestamp::default(),
    );
    let node: Node = read_json(
        &NODE,
        &json!({ "a": null, "text": null, "next": null, "nodes": null }),
    )
    .unwrap();
    assert_eq!(node, Node::default());
    let nan: One<f64> = read_json(one(Double, Shape::Required), &json!({ "v": "NaN" })).unwrap();
    assert!(nan.v.is_nan());
    let by_name = vec![Field::new(
        1,
        "odd_name",
        "other-name",
        Int32,
        Shape::Implicit,
    )];
    let of = Box::leak(Box::new(Descriptor::new("t.Odd", by_name.leak())));
    for name in ["odd_name", "other-name"] {
        let read: BTreeMap<std::string::String, i32> = read_json(of, &json!({ name: 3 })).unwrap();
        assert_eq!(read["odd_name"], 3);
    }
}

#[test]
fn what_has_no_such_form_is_refused_by_its_place() {
    for (value, reason) in [
        (
            json!({ "a": "x" }),
            "/payload/a: is this text, where the schema has int32",
        ),
        (
            json!({ "a": 1.5 }),
            "/payload/a: is `1.5`, where the schema has int32",
        ),
        (
            json!({ "a": 3e9 }),
            "/payload/a: 3000000000 does not fit in a `int32`",
        ),
        (
            json!({ "a": true }),
            "/payload/a: is `true`, where the schema has int32",
        ),
        (
            json!({ "b": 1 }),
            "/payload/b: is `1`, where the schema has string",
        ),
        (
            json!({ "c": 1 }),
            "/payload/c: is no field that `t.Node` has",
        ),
        (
            json!({ "nodes": {} }),
            "/payload/nodes: is an object, where the schema has a list",
        ),
        (
            json!({ "nodes": [{ "a": 1 }, null] }),
            "/payload/nodes/1: is null, where the schema has t.Node",
        ),
        (
            json!({ "node": {}, "text": "a" }),
            "/payload/text: is there beside another of the same",
        ),
        (
            json!({ "next": [] }),
            "/payload/next: is a list, where the schema has t.Node",
        ),
        (
            json!([]),
            "/payload: is a list, where the schema has t.Node",
        ),
    ] {
        assert_eq!(read_json::<Node>(&NODE, &value).unwrap_err(), reason);
    }
    let of = |kind| one(kind, Shape::Required);
    for (kind, value) in [
        (Kind::Bytes, json!("é")),
        (Kind::Bytes, json!([1])),
        (Kind::Enum(&COLOUR), json!("BLUE")),
        (Kind::Double, json!("inf")),
        (Kind::Double, json!("nan")),
        (Kind::Float, json!("1e39")),
        (Kind::Message(&TIMESTAMP), json!(5)),
        (Kind::Message(&DURATION), json!("5")),
        (Kind::Message(&FIELD_MASK), json!("a_b")),
        (Kind::Message(&EMPTY), json!({ "a": 1 })),
        (Kind::Message(&STRUCT), json!([])),
        (Kind::Message(&LIST_VALUE), json!({})),
        (Kind::Message(&ANY), json!({ "@type": "x/y" })),
        (Kind::Message(&INT32_VALUE), json!({ "value": 1 })),
    ] {
        let told = read_json::<One<Value>>(of(kind), &json!({ "v": value })).unwrap_err();
        assert!(told.starts_with("/payload/v: "), "{told}");
    }
    assert!(NODE.read_json::<Node>("M", &message(b"{")).is_err());
    // What JSON has no form of is not written.
    let unknown: Node = read(&NODE, &[0x50, 1]).unwrap();
    assert!(
        told(&NODE.write_json("M", &unknown).unwrap_err())
            .contains("has fields that the schema has not")
    );
    for path in ["A", "a__b", "a_", "a,b", "a_1"] {
        let paths = One { v: vec![path] };
        let error = of(Kind::Message(&FIELD_MASK))
            .write_json("M", &paths)
            .unwrap_err();
        assert!(told(&error).contains("is no path that JSON has"), "{path}");
    }
    let any = One { v: Any::default() };
    assert!(of(Kind::Message(&ANY)).write_json("M", &any).is_err());
}

#[test]
fn texts_of_strangers_end_within_bounds() {
    let nested = |count: usize| "{\"next\":".repeat(count) + "{}" + &"}".repeat(count);
    let read = |count| NODE.read_json::<Node>("M", &Message::new(nested(count)));
    assert!(read(DEPTH - 1).is_ok());
    assert!(told(&read(DEPTH).unwrap_err()).ends_with("is nested deeper than 100 messages"));
    assert!(read(100_000).is_err());
}
