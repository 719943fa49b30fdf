//! Values along a descriptor: as bytes that others would write, back from them, and what is refused on either way.
use super::{descriptor::Shape, *};
use crate::Message;
use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, fmt::Debug};

mod bounds;
mod json;
mod known;
mod registered;

/// A message with one field, whose number is 1.
fn one(kind: Kind, shape: Shape) -> &'static Descriptor {
    let fields = vec![Field::new(1, "v", "v", kind, shape)];
    Box::leak(Box::new(Descriptor::new("t.One", fields.leak())))
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct One<T> {
    v: T,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de>"))]
struct Maybe<T> {
    #[serde(
        default,
        with = "crate::codegen::given",
        skip_serializing_if = "Option::is_none"
    )]
    v: Option<T>,
}

fn message(bytes: &[u8]) -> Message {
    Message::new(Bytes::copy_from_slice(bytes))
}

fn read<T: DeserializeOwned>(of: &'static Descriptor, bytes: &[u8]) -> Result<T, String> {
    of.read("M", &message(bytes)).map_err(|error| told(&error))
}

fn told(error: &crate::InvalidMessage) -> String {
    let violation = &error.violations()[0];
    format!("{}: {}", violation.pointer, violation.reason)
}

#[track_caller]
fn keeps<T: Serialize + DeserializeOwned + PartialEq + Debug>(
    of: &'static Descriptor,
    value: &T,
    bytes: &[u8],
) {
    let written = of.write("M", value).unwrap();
    assert_eq!(written, bytes, "{value:?}");
    assert_eq!(read::<T>(of, bytes).unwrap(), *value);
}

#[track_caller]
fn keeps_one<T>(kind: Kind, shape: Shape, v: T, bytes: &[u8])
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    keeps(one(kind, shape), &One { v }, bytes);
}

#[track_caller]
fn refused<T: DeserializeOwned + Debug>(of: &'static Descriptor, bytes: &[u8]) -> String {
    read::<T>(of, bytes).unwrap_err()
}

#[track_caller]
fn unwritten<T: Serialize>(of: &'static Descriptor, value: &T) -> String {
    told(&of.write("M", value).unwrap_err())
}

#[test]
fn values_have_the_bytes_of_the_specification() {
    use Kind::*;
    use Shape::Implicit;
    let ten = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    let minus_one = [&[0x08][..], &ten].concat();
    keeps_one(Int32, Implicit, 150, &[0x08, 0x96, 0x01]);
    keeps_one(Int32, Implicit, -1, &minus_one);
    keeps_one(Int64, Implicit, -1_i64, &minus_one);
    keeps_one(
        Int64,
        Implicit,
        i64::MAX,
        &[0x08, 255, 255, 255, 255, 255, 255, 255, 255, 0x7f],
    );
    keeps_one(
        Uint32,
        Implicit,
        u32::MAX,
        &[0x08, 255, 255, 255, 255, 0x0f],
    );
    keeps_one(Uint64, Implicit, u64::MAX, &minus_one);
    keeps_one(Sint32, Implicit, -2, &[0x08, 3]);
    keeps_one(
        Sint32,
        Implicit,
        i32::MIN,
        &[0x08, 255, 255, 255, 255, 0x0f],
    );
    keeps_one(Sint64, Implicit, i64::MIN, &minus_one);
    keeps_one(Fixed32, Implicit, 1_u32, &[0x0d, 1, 0, 0, 0]);
    keeps_one(Sfixed32, Implicit, -1, &[0x0d, 255, 255, 255, 255]);
    keeps_one(Fixed64, Implicit, 1_u64, &[0x09, 1, 0, 0, 0, 0, 0, 0, 0]);
    keeps_one(
        Sfixed64,
        Implicit,
        -2_i64,
        &[0x09, 254, 255, 255, 255, 255, 255, 255, 255],
    );
    keeps_one(Double, Implicit, 1.0, &[0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
    keeps_one(Float, Implicit, -0.0_f32, &[0x0d, 0, 0, 0, 0x80]);
    keeps_one(Bool, Implicit, true, &[0x08, 1]);
    keeps_one(String, Implicit, "testing".to_owned(), b"\x0a\x07testing");
    keeps_one(
        Bytes,
        Implicit,
        bytes::Bytes::from_static(&[0, 255]),
        &[0x0a, 2, 0, 255],
    );
    let long = "x".repeat(300);
    let bytes = [&[0x0a, 0xac, 0x02][..], long.as_bytes()].concat();
    keeps_one(String, Implicit, long, &bytes);
}

#[test]
fn what_values_begin_with_is_written_only_where_it_is_told_from_none() {
    keeps_one(Kind::Int32, Shape::Implicit, 0, &[]);
    keeps_one(Kind::String, Shape::Implicit, String::new(), &[]);
    keeps_one(Kind::Bool, Shape::Implicit, false, &[]);
    keeps_one(Kind::Double, Shape::Implicit, 0.0, &[]);
    keeps_one(Kind::Bytes, Shape::Implicit, Bytes::new(), &[]);
    let optional = one(Kind::Sint64, Shape::Optional);
    keeps(optional, &Maybe::<i64> { v: None }, &[]);
    keeps(optional, &Maybe { v: Some(0_i64) }, &[0x08, 0]);
    let required = one(Kind::Bool, Shape::Required);
    keeps(required, &One { v: false }, &[0x08, 0]);
    assert_eq!(
        refused::<One<bool>>(required, &[]),
        "/payload/v: is missing"
    );
}

#[test]
fn lists_stand_alone_or_together_and_are_read_either_way() {
    keeps_one(
        Kind::Int32,
        Shape::Packed,
        vec![3, 270, 86_942],
        &[0x0a, 6, 3, 0x8e, 2, 0x9e, 0xa7, 5],
    );
    keeps_one(Kind::Int32, Shape::Packed, Vec::<i32>::new(), &[]);
    keeps_one(
        Kind::Fixed32,
        Shape::Packed,
        vec![0_u32],
        &[0x0a, 4, 0, 0, 0, 0],
    );
    keeps_one(
        Kind::Double,
        Shape::Packed,
        vec![0.0],
        &[0x0a, 8, 0, 0, 0, 0, 0, 0, 0, 0],
    );
    keeps_one(
        Kind::Int32,
        Shape::Repeated,
        vec![1, 0],
        &[0x08, 1, 0x08, 0],
    );
    keeps_one(
        Kind::String,
        Shape::Repeated,
        vec!["a".to_owned(), String::new()],
        &[0x0a, 1, b'a', 0x0a, 0],
    );
    let mixed = [0x08, 1, 0x0a, 2, 2, 3, 0x0a, 0, 0x08, 4];
    for shape in [Shape::Packed, Shape::Repeated] {
        let read: One<Vec<i32>> = read(one(Kind::Int32, shape), &mixed).unwrap();
        assert_eq!(read.v, [1, 2, 3, 4]);
    }
    let wrong = refused::<One<Vec<i32>>>(one(Kind::Int32, Shape::Packed), &[0x0a, 2, 1, 0x80]);
    assert_eq!(
        wrong,
        "/payload/v/1: the bytes end too early: 1 are needed, 0 are left"
    );
}

#[test]
fn maps_are_lists_of_entries() {
    let map = BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 0)]);
    let bytes = [
        0x0a, 5, 0x0a, 1, b'a', 0x10, 1, 0x0a, 5, 0x0a, 1, b'b', 0x10, 0,
    ];
    keeps_one(Kind::Int32, Shape::Map(Kind::String), map, &bytes);
    let map = BTreeMap::from([(false, vec![7_u8]), (true, vec![])]);
    let map: BTreeMap<bool, Bytes> = map
        .into_iter()
        .map(|(key, value)| (key, value.into()))
        .collect();
    let bytes = [0x0a, 5, 0x08, 0, 0x12, 1, 7, 0x0a, 4, 0x08, 1, 0x12, 0];
    keeps_one(Kind::Bytes, Shape::Map(Kind::Bool), map, &bytes);
    // What an entry lacks is what values begin with, and the last of a key counts.
    let of = one(Kind::Int32, Shape::Map(Kind::Sint32));
    let read: One<BTreeMap<i32, i32>> =
        read(of, &[0x0a, 0, 0x0a, 2, 0x10, 5, 0x0a, 4, 0x10, 6, 0x08, 1]).unwrap();
    assert_eq!(read.v, BTreeMap::from([(0, 5), (-1, 6)]));
    assert!(
        refused::<One<BTreeMap<i32, i32>>>(of, &[0x0a, 2, 0x18, 1])
            .starts_with("/payload/v/0: field number 3")
    );
}

#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Node {
    a: i32,
    b: String,
    #[serde(
        default,
        with = "crate::codegen::given",
        skip_serializing_if = "Option::is_none"
    )]
    next: Option<Box<Node>>,
    #[serde(
        default,
        with = "crate::codegen::given",
        skip_serializing_if = "Option::is_none"
    )]
    one: Option<Choice>,
    nodes: Vec<Node>,
    #[serde(rename = "unknown fields", default)]
    unknown: UnknownFields,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Choice {
    #[serde(rename = "text")]
    Text(String),
    #[serde(rename = "node")]
    Node(Box<Node>),
}

static NODE: Descriptor = Descriptor::new(
    "t.Node",
    &[
        Field::new(1, "a", "a", Kind::Int32, Shape::Implicit),
        Field::new(2, "b", "b", Kind::String, Shape::Implicit),
        Field::new(3, "next", "next", Kind::Message(&NODE), Shape::Optional),
        Field::new(0, "one", "", Kind::Oneof(&CHOICES), Shape::Optional),
        Field::new(6, "nodes", "nodes", Kind::Message(&NODE), Shape::Repeated),
    ],
);

static CHOICES: [Field; 2] = [
    Field::new(4, "text", "text", Kind::String, Shape::Required),
    Field::new(5, "node", "node", Kind::Message(&NODE), Shape::Required),
];

fn node(a: i32) -> Node {
    Node {
        a,
        ..Node::default()
    }
}

#[test]
fn messages_lie_within_each_other() {
    let value = Node {
        next: Some(Box::new(node(150))),
        nodes: vec![node(0), node(1)],
        ..node(0)
    };
    keeps(
        &NODE,
        &value,
        &[0x1a, 3, 0x08, 0x96, 0x01, 0x32, 0, 0x32, 2, 0x08, 1],
    );
    let long = Node {
        b: "x".repeat(200),
        ..node(7)
    };
    let value = Node {
        next: Some(Box::new(long)),
        ..node(1)
    };
    let written = NODE.write("M", &value).unwrap();
    assert_eq!(written[..8], [0x08, 1, 0x1a, 0xcd, 0x01, 0x08, 7, 0x12]);
    assert_eq!(read::<Node>(&NODE, &written).unwrap(), value);
}

#[test]
fn fields_come_in_any_order_and_the_last_counts() {
    let bytes = [0x12, 1, b'a', 0x08, 1, 0x12, 1, b'b', 0x08, 2];
    let expected = Node {
        b: "b".to_owned(),
        ..node(2)
    };
    assert_eq!(read::<Node>(&NODE, &bytes).unwrap(), expected);
    // Of a message every part counts.
    let bytes = [0x1a, 2, 0x08, 1, 0x1a, 3, 0x12, 1, b'x', 0x1a, 2, 0x08, 2];
    let next = Node {
        b: "x".to_owned(),
        ..node(2)
    };
    let read: Node = read(&NODE, &bytes).unwrap();
    assert_eq!(read.next, Some(Box::new(next)));
}

#[test]
fn of_a_oneof_the_last_is_there() {
    let of = |one| Node {
        one: Some(one),
        ..node(0)
    };
    keeps(&NODE, &of(Choice::Text(String::new())), &[0x22, 0]);
    keeps(
        &NODE,
        &of(Choice::Node(Box::new(node(3)))),
        &[0x2a, 2, 0x08, 3],
    );
    let read: Node = read(&NODE, &[0x2a, 2, 0x08, 3, 0x22, 1, b't']).unwrap();
    assert_eq!(read, of(Choice::Text("t".to_owned())));
    // What came before another choice counts no more, what came after it does.
    let bytes = [0x2a, 2, 0x08, 3, 0x22, 0, 0x2a, 3, 0x12, 1, b'x', 0x2a, 0];
    let text = Node {
        b: "x".to_owned(),
        ..node(0)
    };
    let read: Node = super::tests::read(&NODE, &bytes).unwrap();
    assert_eq!(read, of(Choice::Node(Box::new(text))));
    assert_eq!(
        refused::<Node>(&NODE, &[0x2a, 1, 0x08]),
        "/payload/one/node: the bytes end too early: 1 are needed, 0 are left"
    );
}

#[test]
fn fields_that_the_schema_has_not_are_written_again_as_they_came() {
    // A number, text, a group with another in it, and eight bytes, around a field that is known.
    let unknown = [
        &[0x50, 1][..],
        b"\x5a\x01x",
        &[0x63, 0x6b, 0x08, 1, 0x6c, 0x64],
        &[0x71, 1, 2, 3, 4, 5, 6, 7, 8],
    ];
    let bytes = [unknown[0], &[0x08, 9], unknown[1], unknown[2], unknown[3]].concat();
    let read: Node = read(&NODE, &bytes).unwrap();
    assert_eq!(read.a, 9);
    assert_eq!(read.unknown.as_bytes(), unknown.concat());
    let written = NODE.write("M", &read).unwrap();
    assert_eq!(written, [&[0x08, 9][..], &unknown.concat()].concat());
    let within = [&[0x1a, 2][..], unknown[0]].concat();
    let read: Node = super::tests::read(&NODE, &within).unwrap();
    assert_eq!(NODE.write("M", &read).unwrap(), within);
}

#[test]
fn names_of_numbers_are_those_of_the_schema_and_others_are_kept() {
    static COLOUR: Enum = Enum::new("t.Colour", &[("NONE", 0), ("RED", 1)]);
    keeps_one(Kind::Enum(&COLOUR), Shape::Implicit, 1, &[0x08, 1]);
    keeps_one(Kind::Enum(&COLOUR), Shape::Implicit, 7, &[0x08, 7]);
    let of = one(Kind::Enum(&COLOUR), Shape::Optional);
    assert!(unwritten(of, &One { v: 1_i64 << 40 }).contains("does not fit in a `t.Colour`"));
}

#[test]
fn what_is_of_another_kind_is_refused_by_its_place() {
    let of = |kind| one(kind, Shape::Implicit);
    let number = [0x08, 1];
    assert_eq!(
        refused::<One<String>>(of(Kind::String), &number),
        "/payload/v: is a number of any length, where the schema has `string`"
    );
    for (bytes, reason) in [
        (&[0x09, 0, 0, 0, 0, 0, 0, 0, 0][..], "is eight bytes"),
        (&[0x0d, 0, 0, 0, 0], "is four bytes"),
        (&[0x0b, 0x0c], "is a group"),
        (&[0x0a, 0], "is bytes behind their length"),
        (
            &[0x08, 0x80, 0x80, 0x80, 0x80, 0x10],
            "4294967296 does not fit in the 32 bits of `int32`",
        ),
        (&[0x0e], "has the unknown form 6"),
        (&[0x00, 1], "0 is no field number"),
        (&[0x0c], "has the unknown form 4"),
    ] {
        let told = refused::<One<i32>>(of(Kind::Int32), bytes);
        assert!(told.contains(reason), "{told}");
    }
    assert_eq!(
        refused::<One<bool>>(of(Kind::Bool), &[0x08, 2]),
        "/payload/v: 2 is no truth value"
    );
    assert_eq!(
        refused::<One<String>>(of(Kind::String), &[0x0a, 1, 0xff]),
        "/payload/v: the text is not UTF-8"
    );
    for (told, reason) in [
        (
            unwritten(of(Kind::Uint32), &One { v: -1 }),
            "/payload/v: -1 does not fit in a `uint32`",
        ),
        (
            unwritten(of(Kind::Int32), &One { v: "x" }),
            "/payload/v: is a text, where the schema has `int32`",
        ),
        (
            unwritten(of(Kind::String), &One { v: 1 }),
            "/payload/v: is an integer, where the schema has `string`",
        ),
        (
            unwritten(of(Kind::Bool), &One { v: vec![1] }),
            "/payload/v: is a list, where the schema has `bool`",
        ),
        (
            unwritten(of(Kind::Bool), &BTreeMap::from([(1, 2)])),
            "/payload: is a map, where the schema has `t.One`",
        ),
    ] {
        assert_eq!(told, reason);
    }
}
