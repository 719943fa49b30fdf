//! Values along a schema: as bytes that others would write, back from them, and what is refused on either way.
use super::{Decimal, Duration, Fixed, Framing, Schema};
use crate::Message;
use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, fmt::Debug};

fn schema(text: &'static str) -> Schema {
    Schema::new(text, Framing::Datum)
}

#[track_caller]
fn keeps<T: Serialize + DeserializeOwned + PartialEq + Debug>(
    schema: &Schema,
    value: &T,
    bytes: &[u8],
) {
    let written = schema.write("M", value).unwrap();
    assert_eq!(written, bytes, "{value:?}");
    assert_eq!(
        schema.read::<T>("M", &Message::new(written)).unwrap(),
        *value
    );
}

#[track_caller]
fn refused<T: DeserializeOwned + Debug>(schema: &Schema, bytes: &[u8]) -> String {
    let message = Message::new(Bytes::copy_from_slice(bytes));
    let error = schema.read::<T>("M", &message).unwrap_err();
    let violation = &error.violations()[0];
    format!("{}: {}", violation.pointer, violation.reason)
}

#[track_caller]
fn unwritten<T: Serialize>(schema: &Schema, value: &T) -> String {
    let error = schema.write("M", value).unwrap_err();
    let violation = &error.violations()[0];
    format!("{}: {}", violation.pointer, violation.reason)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Pair {
    a: i64,
    b: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Either {
    #[serde(rename = "int")]
    Int(i32),
    #[serde(rename = "a.Pair")]
    Pair(Pair),
}

const PAIR: &str = r#"{"type": "record", "name": "a.Pair", "fields": [{"name": "a", "type": "long"}, {"name": "b", "type": "string"}]}"#;
const EITHER: &str = r#"["int", "null", {"type": "record", "name": "a.Pair", "fields": [{"name": "a", "type": "long"}, {"name": "b", "type": "string"}]}]"#;
const LISTS: &str = r#"{"type": "record", "name": "L", "fields": [{"name": "items", "type": {"type": "array", "items": ["null", "L"]}}]}"#;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Lists {
    items: Vec<Option<Lists>>,
}

#[test]
fn values_have_the_bytes_of_the_specification() {
    let foo = || "foo".to_owned();
    keeps(
        &schema(PAIR),
        &Pair { a: 27, b: foo() },
        &[0x36, 0x06, b'f', b'o', b'o'],
    );
    keeps(
        &schema(r#"{"type": "array", "items": "long"}"#),
        &vec![3_i64, 27],
        &[0x04, 0x06, 0x36, 0x00],
    );
    keeps(
        &schema(r#"{"type": "array", "items": "long"}"#),
        &Vec::<i64>::new(),
        &[0x00],
    );
    keeps(
        &schema(r#"{"type": "map", "values": "int"}"#),
        &BTreeMap::from([(foo(), 1)]),
        &[2, 6, b'f', b'o', b'o', 2, 0],
    );
    let optional = schema(r#"["null", "string"]"#);
    keeps(&optional, &None::<String>, &[0]);
    keeps(&optional, &Some("a".to_owned()), &[0x02, 0x02, 0x61]);
    keeps(&schema(r#"["string", "null"]"#), &None::<String>, &[2]);
    keeps(&schema(r#"["long"]"#), &1_i64, &[0, 2]);
    keeps(&schema(r#""null""#), &(), &[]);
    keeps(&schema(r#""boolean""#), &true, &[1]);
    keeps(&schema(r#""float""#), &1.5_f32, &1.5_f32.to_le_bytes());
    keeps(
        &schema(r#""double""#),
        &f64::NEG_INFINITY,
        &f64::NEG_INFINITY.to_le_bytes(),
    );
    keeps(
        &schema(r#""bytes""#),
        &Bytes::from_static(&[0, 255]),
        &[4, 0, 255],
    );
    keeps(
        &schema(r#"{"type": "fixed", "name": "F", "size": 2}"#),
        &Fixed([1, 2]),
        &[1, 2],
    );
}

#[test]
fn branches_of_a_union_are_known_by_their_types() {
    let either = schema(EITHER);
    keeps(&either, &Some(Either::Int(-1)), &[0, 1]);
    keeps(&either, &None::<Either>, &[2]);
    let pair = Pair {
        a: 1,
        b: String::new(),
    };
    keeps(&either, &Some(Either::Pair(pair)), &[4, 2, 0]);
    assert_eq!(
        unwritten(&either, &1),
        "/payload: does not say which branch of the union it is"
    );
    assert_eq!(
        refused::<Option<Either>>(&either, &[6]),
        "/payload: 3 is none of the 3 that there are"
    );
}

#[test]
fn logical_types_are_what_they_stand_for() {
    let uuid: uuid::Uuid = "0193a5b0-0000-7000-8000-000000000001".parse().unwrap();
    keeps(
        &schema(r#"{"type": "fixed", "name": "U", "size": 16, "logicalType": "uuid"}"#),
        &uuid,
        uuid.as_bytes(),
    );
    let text = [&[72][..], uuid.to_string().as_bytes()].concat();
    keeps(
        &schema(r#"{"type": "string", "logicalType": "uuid"}"#),
        &uuid,
        &text,
    );
    let day: jiff::civil::Date = "1970-01-03".parse().unwrap();
    keeps(
        &schema(r#"{"type": "int", "logicalType": "date"}"#),
        &day,
        &[4],
    );
    keeps(
        &schema(r#"["null", {"type": "int", "logicalType": "date"}]"#),
        &Some(day),
        &[2, 4],
    );
    let at: jiff::Timestamp = "1970-01-01T00:00:00.001Z".parse().unwrap();
    let millis = r#"{"type": "long", "logicalType": "timestamp-millis"}"#;
    keeps(&schema(millis), &at, &[2]);
    keeps(&schema(millis), &1_i64, &[2]);
    let price: Decimal = "-1.28".parse().unwrap();
    keeps(
        &schema(r#"{"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}"#),
        &price,
        &[2, 0x80],
    );
    let fixed = schema(
        r#"{"type": "fixed", "name": "D", "size": 2, "logicalType": "decimal", "precision": 4, "scale": 2}"#,
    );
    keeps(&fixed, &price, &[0xff, 0x80]);
    let span = Duration {
        months: 1,
        days: 2,
        milliseconds: 256,
    };
    let bytes = [1, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0];
    keeps(
        &schema(r#"{"type": "fixed", "name": "S", "size": 12, "logicalType": "duration"}"#),
        &span,
        &bytes,
    );
}

#[test]
fn lists_of_unknown_length_and_in_several_blocks_are_read() {
    let numbers = schema(r#"{"type": "array", "items": "long"}"#);
    let message = |bytes: &'static [u8]| Message::new(bytes);
    for bytes in [
        &[2, 2, 2, 4, 0][..],
        &[3, 4, 2, 4, 0],
        &[1, 2, 2, 1, 2, 4, 0],
    ] {
        assert_eq!(
            numbers.read::<Vec<i64>>("M", &message(bytes)).unwrap(),
            [1, 2]
        );
    }
    struct Unsized;
    impl Serialize for Unsized {
        fn serialize<S: serde::Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
            writer.collect_seq([1, 2].into_iter().filter(|_| true))
        }
    }
    assert_eq!(numbers.write("M", &Unsized).unwrap(), &[2, 2, 2, 4, 0][..]);
}

#[test]
fn faults_name_their_place() {
    let orders = schema(
        r#"{"type": "record", "name": "O", "fields": [{"name": "lines", "type": {"type": "array", "items":
            {"type": "map", "values": {"type": "enum", "name": "E", "symbols": ["A"]}}}}]}"#,
    );
    #[derive(Debug, Serialize, Deserialize)]
    struct Order {
        lines: Vec<BTreeMap<String, String>>,
    }
    let lines = |word: &str| {
        vec![
            BTreeMap::new(),
            BTreeMap::from([("a/b".to_owned(), word.to_owned())]),
        ]
    };
    let order = Order { lines: lines("A") };
    let bytes = orders.write("M", &order).unwrap();
    assert_eq!(bytes, &[4, 0, 2, 6, b'a', b'/', b'b', 0, 0, 0][..]);
    assert_eq!(
        unwritten(&orders, &Order { lines: lines("B") }),
        "/payload/lines/1/a~1b: `B` is no symbol of `E`"
    );
    let wrong = [4, 0, 2, 6, b'a', b'/', b'b', 2, 0, 0];
    assert_eq!(
        refused::<Order>(&orders, &wrong),
        "/payload/lines/1/a~1b: 1 is none of the 1 that there are"
    );
    assert_eq!(
        refused::<Pair>(&schema(PAIR), &[2, 2, 0xff]),
        "/payload/b: the text is not UTF-8"
    );
    assert_eq!(
        refused::<Pair>(&schema(PAIR), &[2, 0, 0]),
        "/payload: 1 bytes are left behind the value"
    );
    #[derive(Serialize)]
    struct Other {
        a: i64,
        c: i64,
    }
    assert_eq!(
        unwritten(&schema(PAIR), &Other { a: 1, c: 2 }),
        "/payload/c: is no field that the schema has in this place"
    );
}

#[test]
fn values_of_other_types_are_not_written() {
    let kinds = [
        (
            r#""int""#,
            "is null, where the schema has `int`",
            serde_json::json!(null),
        ),
        (
            r#""int""#,
            "is a text, where the schema has `int`",
            serde_json::json!("1"),
        ),
        (
            r#""int""#,
            "2147483648 does not fit in the 32 bits of an `int`",
            serde_json::json!(1_u64 << 31),
        ),
        (
            r#""long""#,
            "18446744073709551615 has more than 64 bits",
            serde_json::json!(u64::MAX),
        ),
        (
            r#""string""#,
            "is an integer, where the schema has `string`",
            serde_json::json!(1),
        ),
        (
            r#""float""#,
            "is a number of 64 bits, where the schema has `float`",
            serde_json::json!(1.5),
        ),
        (
            r#""string""#,
            "is a truth value, where the schema has `string`",
            serde_json::json!(true),
        ),
        (
            r#""string""#,
            "is a list or a map, where the schema has `string`",
            serde_json::json!([]),
        ),
        (
            r#"["int", "string"]"#,
            "is null, where the schema has `union`",
            serde_json::json!(null),
        ),
    ];
    for (text, reason, value) in kinds {
        assert_eq!(
            unwritten(&schema(text), &value),
            format!("/payload: {reason}"),
            "{text}"
        );
    }
    let fixed = schema(r#"{"type": "fixed", "name": "F", "size": 2}"#);
    assert_eq!(
        unwritten(&fixed, &Fixed([1])),
        "/payload: has 1 bytes, where the schema has 2"
    );
}

#[test]
fn bytes_of_strangers_end_within_bounds() {
    let lists = schema(LISTS);
    // 2^62 items, of which the first is missing; and that many values that take no bytes.
    let many = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    assert!(
        refused::<Lists>(&lists, &many).starts_with("/payload/items/0: the bytes end too early")
    );
    let nulls = schema(r#"{"type": "array", "items": "null"}"#);
    let most = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    let error = refused::<Vec<()>>(&nulls, &most);
    assert!(
        error.ends_with("has more than 65536 values that take no bytes"),
        "{error}"
    );
    // One item each, within each other.
    let deep = [2, 2].repeat(100_000);
    let error = refused::<Lists>(&lists, &deep);
    assert!(
        error.ends_with("is nested deeper than 128 levels"),
        "{error}"
    );
    // The length of a text that is not there.
    assert!(refused::<String>(&schema(r#""string""#), &most).contains("the bytes end too early"));
    assert_eq!(
        refused::<String>(&schema(r#""string""#), &[1]),
        "/payload: -1 is no length"
    );
}

#[test]
fn what_is_nested_too_deeply_is_not_written_either() {
    let nest = |levels: usize| {
        (1..levels).fold(Lists { items: vec![] }, |inner, _| Lists {
            items: vec![Some(inner)],
        })
    };
    let lists = schema(LISTS);
    // A list and a record a level.
    keeps(&lists, &nest(64), &lists.write("M", &nest(64)).unwrap());
    assert!(unwritten(&lists, &nest(65)).ends_with("is nested deeper than 128 levels"));
}

#[test]
fn no_bytes_at_all_do_more_than_fail() {
    let everything = schema(
        r#"{"type": "record", "name": "R", "fields": [
            {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["A", "B"]}},
            {"name": "d", "type": {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}},
            {"name": "t", "type": {"type": "long", "logicalType": "timestamp-micros"}},
            {"name": "u", "type": ["null", "string", {"type": "array", "items": "R"}]}]}"#,
    );
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Everything {
        e: String,
        d: Decimal,
        t: jiff::Timestamp,
        u: Option<Choice>,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Choice {
        #[serde(rename = "string")]
        Text(String),
        #[serde(rename = "array")]
        List(Vec<Everything>),
    }
    let leaf = |u| Everything {
        e: "B".into(),
        d: Decimal::new(-1, 2),
        t: jiff::Timestamp::UNIX_EPOCH,
        u,
    };
    let value = leaf(Some(Choice::List(vec![
        leaf(Some(Choice::Text("x".into()))),
        leaf(None),
    ])));
    let bytes = everything.write("M", &value).unwrap();
    assert_eq!(
        everything
            .read::<Everything>("M", &Message::new(bytes.clone()))
            .unwrap(),
        value
    );
    for length in 0..bytes.len() {
        refused::<Everything>(&everything, &bytes[..length]);
    }
    for place in 0..bytes.len() {
        for other in 0..=255 {
            let mut bytes = bytes.to_vec();
            bytes[place] = other;
            // Whatever is read is written again.
            if let Ok(read) = everything.read::<Everything>("M", &Message::new(bytes)) {
                everything.write("M", &read).unwrap();
            }
        }
    }
}

#[test]
fn single_objects_say_their_schema() {
    static ONE: Schema = Schema::new(r#"{"type": "long"}"#, Framing::SingleObject);
    let bytes = ONE.write("M", &1_i64).unwrap();
    let own = [
        0xc3, 0x01, 0xb7, 0x1d, 0xf4, 0x93, 0x44, 0xe1, 0x54, 0xd0, 2,
    ];
    assert_eq!(bytes, &own[..]);
    assert_eq!(ONE.read::<i64>("M", &Message::new(bytes)).unwrap(), 1);
    let other = [0xc3, 0x01, 0, 0, 0, 0, 0, 0, 0, 1, 2];
    assert_eq!(
        refused::<i64>(&ONE, &other),
        "/payload: was written with schema 0100000000000000 and is read by d054e14493f41db7 only: values are not resolved from one schema to another"
    );
    for bytes in [&own[..5], &[2], &[]] {
        assert!(
            refused::<i64>(&ONE, bytes)
                .starts_with("/payload: is not in Avro's single-object encoding")
        );
    }
    assert_eq!(
        refused::<i64>(&schema(r#""long""#), &own),
        "/payload: 9 bytes are left behind the value (the bytes look as if they were in Avro's single-object encoding)"
    );
}

#[test]
fn registries_number_their_schemas() {
    let long = Schema::new(r#""long""#, Framing::Registry);
    let bytes: &'static [u8] = &[0, 0, 0, 1, 2, 2];
    assert_eq!(long.read::<i64>("M", &Message::new(bytes)).unwrap(), 1);
    assert!(unwritten(&long, &1_i64).contains("cannot be written before `set_id`"));
    long.set_id(258);
    keeps(&long, &1_i64, bytes);
    let other = refused::<i64>(&long, &[0, 0, 0, 0, 7, 2]);
    assert!(
        other.starts_with("/payload: was written with schema 7 and is read by 258 only"),
        "{other}"
    );
    for bytes in [&[1, 0, 0, 1, 2, 2][..], &[0, 0, 0], &[]] {
        assert!(refused::<i64>(&long, bytes).starts_with("/payload: has no zero and no number"));
    }
}

#[test]
fn a_schema_that_is_none_is_an_error_and_no_panic() {
    let none = schema("{}");
    assert_eq!(none.fingerprint(), None);
    assert_eq!(
        unwritten(&none, &1),
        "/payload: the Avro schema cannot be used: `type` is missing"
    );
    assert_eq!(
        refused::<i64>(&none, &[2]),
        "/payload: the Avro schema cannot be used: `type` is missing"
    );
}
