//! Schemas of several files, values in both encodings, examples; and what another reader of the same JSON says.
use expect_test::{Expect, expect};
use serde_json::json;

use super::*;

mod corners;
mod outline;
mod scalars;

const ORDER: &str = r#"
syntax = "proto3";
package shop;
import "money.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/any.proto";

message Order {
  string order_id = 1;
  repeated Line lines = 2;
  map<string, int64> stock = 3;
  State state = 4;
  oneof payment {
    Card card = 5;
    string invoice = 6;
  }
  google.protobuf.Timestamp placed = 7;
  google.protobuf.Int32Value rating = 8;
  Money total = 9;
  bytes photo = 10;
  optional uint32 floor = 11;
  float weight = 12;
  google.protobuf.Value extra = 13;
  google.protobuf.Any any = 14;
  message Card { string number = 1; oneof kind { bool debit = 2; int32 limit = 3; } }
  enum State { UNKNOWN = 0; NEW = 1; PAID = 2; }
}
message Line { string sku = 1; sint32 count = 2; repeated fixed32 sizes = 3; Line part = 4; map<int32, Line> parts = 5; }
"#;
const MONEY: &str =
    "syntax = \"proto3\"; package shop; message Money { int64 units = 1; string currency = 2; }";

/// The files of a schema, imports found by name.
fn files<'a>(texts: &[(&str, &'a str)]) -> Vec<ProtobufFile<'a>> {
    let position = |path: &str| texts.iter().position(|(name, _)| *name == path);
    let imports = |text: &str| {
        let quoted = text
            .match_indices("import \"")
            .map(|(at, found)| at + found.len());
        quoted
            .map(|start| {
                let range = start..start + text[start..].find('"').unwrap_or(0);
                let file = position(&text[range.clone()]);
                ProtobufImport { range, file }
            })
            .collect()
    };
    texts
        .iter()
        .map(|(name, text)| ProtobufFile {
            name: (*name).to_owned(),
            text,
            imports: imports(text),
        })
        .collect()
}

fn order() -> ProtobufValidator {
    let files = files(&[("order.proto", ORDER), ("money.proto", MONEY)]);
    ProtobufSchema::compile(&files)
        .unwrap()
        .payload(&[])
        .unwrap()
}

fn lines(found: &[Violation]) -> String {
    let line =
        |found: &Violation| format!("{} {} ({})", found.instance, found.message, found.schema);
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn check_json(value: Value, expect: Expect) {
    let schema = order();
    let found = schema.validate_json(&value);
    assert_eq!(found.is_empty(), schema.is_valid_json(&value));
    expect.assert_eq(&lines(&found));
}

fn check_binary(bytes: &[u8], expect: Expect) {
    expect.assert_eq(&lines(&order().validate_binary(bytes)));
}

fn check_schema(texts: &[(&str, &str)], expect: Expect) {
    let errors = ProtobufSchema::compile(&files(texts)).unwrap_err();
    let show = |error: &ProtobufError| {
        let (name, text) = texts[error.file];
        let place = error.range.clone().map_or("", |range| &text[range]);
        let help = error.help.as_deref().unwrap_or_default();
        format!("{name} `{place}`: {} [{help}]", error.message)
    };
    expect.assert_eq(&errors.iter().map(show).collect::<Vec<_>>().join("\n"));
}

#[test]
fn every_violation_in_json_has_its_place() {
    check_json(
        json!({
            "orderId": "O-1", "lines": [{ "sku": "a", "count": -1, "sizes": [1, "2", 3e2] }], "stock": { "a": "1", "b": 2 },
            "state": "PAID", "card": { "number": "1", "debit": true }, "placed": "2025-01-31T12:00:00Z", "rating": 3,
            "total": { "units": "9007199254740993" }, "photo": "_-8", "floor": null, "weight": "NaN", "extra": null,
            "any": { "@type": "type.googleapis.com/shop.Line", "sku": "x" },
        }),
        expect![[""]],
    );
    check_json(
        json!({
            "order_id": "O-1", "orderId": "O-2", "lines": [{ "sku": 1, "count": 1.5, "sizes": [-1, null] }, 7], "stock": { "a": true },
            "state": "GONE", "card": { "number": "1", "debit": true, "limit": 2, "owner": "x" }, "invoice": "I-1",
            "placed": "yesterday", "rating": "x", "total": { "units": "9223372036854775808" }, "photo": "a", "floor": -1,
            "weight": 1e39, "any": { "@type": "type.googleapis.com/shop.None" }, "more/1": 1,
        }),
        expect![[r#"
            /orderId field `orderId` is given twice: it is `order_id` too (shop.Order.order_id)
            /lines/0/sku `1` is not of type `string` (shop.Line.sku)
            /lines/0/count `1.5` is not of type `sint32` (shop.Line.count)
            /lines/0/sizes/0 `-1` is less than `0` (shop.Line.sizes)
            /lines/0/sizes/1 `null` is not of type `fixed32` (shop.Line.sizes)
            /lines/1 `7` is no object, as `shop.Line` is (shop.Line)
            /stock/a `true` is not of type `int64` (shop.Order.StockEntry.value)
            /state `"GONE"` is not one of `UNKNOWN`, `NEW`, `PAID` (shop.Order.state)
            /card/limit `limit` and `debit` are set, but `kind` has one value (shop.Order.Card.limit)
            /card/owner field `owner` is not known (shop.Order.Card)
            /invoice `invoice` and `card` are set, but `payment` has one value (shop.Order.invoice)
            /placed `"yesterday"` is no time such as `2025-01-31T12:00:00Z` (google.protobuf.Timestamp)
            /rating `"x"` is not of type `int32` (google.protobuf.Int32Value.value)
            /total/units `"9223372036854775808"` does not fit in `64` bits (shop.Money.units)
            /photo `"a"` is not base64 (shop.Order.photo)
            /floor `-1` is less than `0` (shop.Order.floor)
            /weight `1e+39` is out of range (shop.Order.weight)
            /any/@type `"type.googleapis.com/shop.None"` names no message of the schema (google.protobuf.Any)
            /more~11 field `more/1` is not known (shop.Order)"#]],
    );
    check_json(
        json!([]),
        expect![" the array is no object, as `shop.Order` is (shop.Order)"],
    );
    check_json(
        json!({ "lines": [{ "parts": { "x": {}, "1": { "parts": 7 } } }], "any": { "@type": "x/google.protobuf.Duration", "value": "1" } }),
        expect![[r#"
            /lines/0/parts/x key `x` is not of type `int32` (shop.Line.parts)
            /lines/0/parts/1/parts `7` is no object (shop.Line.parts)
            /any/@type `"x/google.protobuf.Duration"` names no message of the schema (google.protobuf.Any)"#]],
    );
}

#[test]
fn every_violation_in_binary_has_its_place() {
    check_binary(b"", expect![[""]]);
    check_binary(
        b"\x0a\x01A\x12\x08\x0a\x01s\x10\x01\x18\x00\x00\x00",
        expect![[r#"
            /lines/0/sizes/0 wire type `0` is not that of `fixed32`, which is `5` (shop.Line.sizes)
            /lines/0 `0` is no field number (shop.Line)"#]],
    );
    // A text that is none, an unknown field, a wrong wire type, an unknown enum's number, packed numbers.
    check_binary(
        b"\x0a\x02\xff\xfe\xa2\x06\x01x\x38\x01\x20\x09\x12\x06\x1a\x04\x01\x00\x00\x00",
        expect![[r#"
            /orderId the text is not UTF-8 (shop.Order.order_id)
             field number `100` is not known (shop.Order)
            /placed wire type `0` is not that of `google.protobuf.Timestamp`, which is `2` (shop.Order.placed)"#]],
    );
    check_binary(
        b"\x12\x7f\x0a",
        expect![
            "/lines/0 the bytes end too early: `127` are needed, `1` are left (shop.Order.lines)"
        ],
    );
    check_binary(
        b"\x12\x02\x10\xff",
        expect!["/lines/0/count the bytes end inside a number (shop.Line.count)"],
    );
    check_binary(b"\x07", expect![" `0` is no field number (shop.Order)"]);
    check_binary(
        b"\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        expect!["/state a number has more than `10` bytes (shop.Order.state)"],
    );
    check_binary(
        b"\0\0\0\0\x07\0\x0a\x01A",
        expect![
            " `6` bytes too many stand before the value: the header of a schema registry's clients (shop.Order)"
        ],
    );
    check_binary(
        b"\x12\x03\x12\x01\x22",
        expect![
            "/lines/0/count wire type `2` is not that of `sint32`, which is `0` (shop.Line.count)"
        ],
    );
}

#[test]
fn hostile_bytes_are_read_within_bounds() {
    let schema = order();
    let mut deep = Vec::new();
    for _ in 0..100_000 {
        deep.extend(b"\x9b\x06");
    }
    assert!(lines(&schema.validate_binary(&deep)).contains("nested deeper"));
    let unknown: Vec<u8> = (16..4_000_u32)
        .flat_map(|number| [((number << 3 & 0x7f) | 0x80) as u8, (number >> 4) as u8, 0])
        .collect();
    assert!(schema.validate_binary(&unknown).len() <= 1_000);
    let parts = (0..200).fold(Vec::new(), |inner: Vec<u8>, _| {
        let mut outer = vec![0x22];
        let mut length = inner.len();
        while length > 0x7f {
            outer.push((length & 0x7f | 0x80) as u8);
            length >>= 7;
        }
        outer.push(length as u8);
        outer.extend(inner);
        outer
    });
    let line = [vec![0x12, 0xff, 0xff, 0x03], parts].concat();
    assert!(!schema.validate_binary(&line).is_empty());
}

#[test]
fn faults_of_schemas_have_their_places() {
    check_schema(
        &[(
            "a.proto",
            "syntax = \"proto3\";\nmessage A {\n  strin id = 1;\n  B b = 1\n}\n",
        )],
        expect![
            "a.proto `}`: expected `;` or `[`, but found `}` [end what stands before with `;`]"
        ],
    );
    check_schema(
        &[(
            "a.proto",
            "syntax = \"proto3\"; message A { strin id = 1; B b = 1; }",
        )],
        expect![[r#"
            a.proto `strin`: name `strin` is not defined [define it, or `import` the file that does]
            a.proto `B`: name `B` is not defined [define it, or `import` the file that does]
            a.proto `1`: field number `1` is already used [give each field a number of its own]"#]],
    );
    check_schema(
        &[
            (
                "a.proto",
                "syntax = \"proto3\"; import \"b.proto\"; import \"google/x.proto\"; message A {}",
            ),
            ("b.proto", "message B { int32 x = 1; }"),
        ],
        expect![[r#"
            a.proto `google/x.proto`: import `google/x.proto` was not found []
            b.proto `int32 x = 1;`: fields must have a label with proto2 syntax (expected one of `optional`, `repeated` or `required`) [begin the schema with `syntax = "proto3";`, or write `optional`, `repeated` or `required` before the type]"#]],
    );
    check_schema(
        &[
            ("a.proto", "import \"b.proto\"; message A {}"),
            ("b.proto", "import \"a.proto\"; message B {}"),
        ],
        expect![
            "b.proto `a.proto`: import of `a.proto` leads back to a file that imports this one [move what both need into a file that imports neither]"
        ],
    );
    check_schema(
        &[
            (
                "a.proto",
                "import \"b.proto\"; import \"b.proto\"; message A {}",
            ),
            ("b.proto", ""),
        ],
        expect!["a.proto `b.proto`: `b.proto` is imported twice [leave one of them out]"],
    );
    check_schema(
        &[
            ("a.proto", "import \"b.proto\"; message A {}"),
            ("b.proto", "message A {}"),
        ],
        expect!["a.proto `A`: name `A` is already defined in file `b.proto` []"],
    );
    let deep = format!("option a = {{ {} }};", "b { ".repeat(100_000));
    check_schema(
        &[("a.proto", &deep)],
        expect!["a.proto `{`: brackets are nested deeper than `100` levels []"],
    );
    let deep = "message A { ".repeat(60);
    check_schema(
        &[("a.proto", &deep)],
        expect![
            "a.proto `message`: reached maximum recursion limit for nested messages [messages and groups may be nested at most 31 levels deep]"
        ],
    );
}

#[test]
fn the_payload_is_marked_or_named_or_used_by_no_other() {
    let payload = |text: &str, names: &[&str]| {
        let schema = ProtobufSchema::compile(&files(&[("a.proto", text)])).unwrap();
        match schema.payload(names) {
            Ok(validator) => validator.message().to_owned(),
            Err(error) => error.message,
        }
    };
    let text = "syntax = \"proto3\"; package p; message A { B b = 1; A a = 2; } message B {} message C { D d = 1; message D {} }";
    assert_eq!(
        payload(
            "syntax = \"proto3\"; message A { B b = 1; A a = 2; } message B {}",
            &[]
        ),
        "A"
    );
    assert_eq!(payload(text, &["B"]), "p.B");
    assert_eq!(payload(text, &["x", "p.C"]), "p.C");
    expect!["the payload may be any of the messages `p.A`, `p.C`"].assert_eq(&payload(text, &[]));
    let marked = text.replace("message D", "\n// @RootNode\nmessage D");
    assert_eq!(payload(&marked, &["B"]), "p.C.D");
    let twice = marked.replace("message B", "\n/* @RootNode */ message B");
    expect!["several messages are marked with `@RootNode`: `p.B`, `p.C.D`"]
        .assert_eq(&payload(&twice, &[]));
    expect!["there is no message in the schema"].assert_eq(&payload("syntax = \"proto3\";", &[]));
}

/// The message that a text is about, or why that is not clear.
fn root(messages: &str, names: &[&str]) -> String {
    let text = format!("syntax = \"proto3\"; {messages}");
    let schema = ProtobufSchema::compile(&files(&[("a.proto", &text)])).unwrap();
    match schema.payload(names) {
        Ok(validator) => validator.message().to_owned(),
        Err(error) => error.message,
    }
}

#[test]
fn what_a_message_needs_in_turn_does_not_count_as_its_user() {
    let tree = "message Tree { map<string, Tree> grafts = 1; Leaf leaf = 2; Tree parent = 3; Inner inner = 4;
        message Inner { Tree outer = 1; Deep deep = 2; message Deep { repeated Tree trees = 1; } } } message Leaf {}";
    assert_eq!(root(tree, &[]), "Tree");
    let maps = "message Stock { map<string, Item> items = 1; } message Item { oneof x { Part part = 1; } } message Part {}";
    assert_eq!(root(maps, &[]), "Stock");
    let above = "message Top { A a = 1; } message A { B b = 1; } message B { A a = 1; }";
    assert_eq!(root(above, &[]), "Top");
    let circle = "message A { B b = 1; } message B { A a = 1; C c = 2; } message C {}";
    expect!["the payload may be any of the messages `A`, `B`"].assert_eq(&root(circle, &[]));
    assert_eq!(root(circle, &["B"]), "B");
    let served = "message A {} message B { A a = 1; } service S { rpc Get(A) returns (B); }";
    assert_eq!(root(served, &[]), "B");
    let many: String = (0..20).map(|at| format!("message M{at} {{}} ")).collect();
    expect!["the payload may be any of the messages `M0`, `M1`, `M2`, `M3`, `M4`, `M5`, `M6`, `M7` and 12 more"]
        .assert_eq(&root(&many, &[]));
}

#[test]
fn names_of_messages_are_found_in_other_spellings() {
    let text = "message UserCreated {} message user_deleted {} message UserDeleted {}";
    assert_eq!(root(text, &["user-created"]), "UserCreated");
    assert_eq!(root(text, &["user_deleted"]), "user_deleted");
    assert!(root(text, &["userDeleted"]).starts_with("the payload may be any"));
}

#[test]
fn each_fault_is_told_once_with_what_mends_it() {
    check_schema(
        &[(
            "a.proto",
            "syntax = \"proto3\"; import \"google/type/date.proto\"; message A { int32 a = 1; google.type.Date a_b = 5; int32 aB = 2;
                google.type.Dates b = 3; google.type.Money c = 4 [(validate.rules).any.required = true]; }",
        )],
        expect!["a.proto `aB`: camel-case name of field `a_b` conflicts with field `aB` [rename one of them: in JSON they have the same name]"],
    );
    check_schema(
        &[(
            "a.proto",
            "syntax = \"proto3\"; message A { int32 a = 1; int32 a = 2; }",
        )],
        expect!["a.proto `a`: name `A.a` is defined twice [rename one of them]"],
    );
    check_schema(
        &[("a.proto", "message A { int32 a = 1; int32 b = 2;")],
        expect![
            "a.proto `;`: expected a message field, oneof, reserved range, enum, message, option or `}`, but reached end of file [close every `{` with `}`]"
        ],
    );
    check_schema(
        &[("a.proto", "edition = \"2023\"; message A {}")],
        expect![[
            r#"a.proto `edition`: expected `enum`, `extend`, `import`, `message`, `option`, `service`, `package` or `;`, but found `edition` [editions are not read; write `syntax = "proto3";`]"#
        ]],
    );
}

#[test]
fn proto2_requires_fields_and_closes_enums() {
    let text = "syntax = \"proto2\"; message A { required int32 id = 1; optional E e = 2; repeated group G = 3 { required string x = 1; } extensions 100 to 200; }
        enum E { X = 1; } extend A { optional string more = 100; }";
    let schema = ProtobufSchema::compile(&files(&[("a.proto", text)])).unwrap();
    let schema = schema.payload(&[]).unwrap();
    expect![[r#"
        /e `2` is not one of `X` (A.e)
        /g/0 field `x` is missing (A.G.x)
         field `id` is missing (A.id)"#]]
    .assert_eq(&lines(
        &schema.validate_json(&json!({ "e": 2, "g": [{}], "[more]": "x" })),
    ));
    expect![[r#"
        /e `2` is no value of `E` (A.e)
        /g/1 field `x` is missing (A.G.x)
         field `id` is missing (A.id)"#]]
    .assert_eq(&lines(&schema.validate_binary(
        b"\x10\x02\x1b\x0a\x01x\x1c\x1b\x1c\xa2\x06\x01x",
    )));
    expect!["/g/0 the bytes end inside a number (A.G)"]
        .assert_eq(&lines(&schema.validate_binary(b"\x08\x01\x1b\x0a\x01x")));
}

#[test]
fn every_field_of_a_oneof_has_an_example() {
    let made = order().examples(0);
    assert_eq!(made, order().examples(0));
    assert_ne!(made, order().examples(1));
    let lines: Vec<String> = made.values.iter().map(Value::to_string).collect();
    expect![[r#"
        {"orderId":"inlet","lines":[{"sku":"fjord","count":696,"sizes":[184],"part":{"sku":"fjord","count":862,"sizes":[865]},"parts":{"185":{"sku":"ember","count":815,"sizes":[645]}}}],"stock":{"fjord":"73889"},"state":"PAID","card":{"number":"cedar","debit":false},"placed":"2025-11-01T14:21:58Z","rating":133,"total":{"units":"26455","currency":"cedar"},"photo":"grov","floor":438,"weight":759.5,"extra":"amber","any":{}}
        {"orderId":"lotus","lines":[{"sku":"ember","count":295,"sizes":[328],"part":{"sku":"kelp","count":794,"sizes":[430]},"parts":{"615":{"sku":"lotus","count":628,"sizes":[564]}}}],"stock":{"grove":"94153"},"state":"PAID","invoice":"heron","placed":"2025-02-06T14:49:54Z","rating":972,"total":{"units":"63042","currency":"grove"},"photo":"birc","floor":472,"weight":24.0,"extra":"amber","any":{}}
        {"orderId":"jade","lines":[{"sku":"cedar","count":66,"sizes":[556],"part":{"sku":"fjord","count":570,"sizes":[647]},"parts":{"745":{"sku":"amber","count":111,"sizes":[396]}}}],"stock":{"lotus":"87193"},"state":"NEW","card":{"number":"ember","limit":269},"placed":"2025-05-12T17:49:54Z","rating":212,"total":{"units":"83978","currency":"kelp"},"photo":"delt","floor":449,"weight":8.25,"extra":"grove","any":{}}"#]].assert_eq(&lines.join("\n"));
    assert!(made.missing.is_empty());
    let endless = "syntax = \"proto2\"; message A { required A a = 1; }";
    let schema = ProtobufSchema::compile(&files(&[("a.proto", endless)])).unwrap();
    let made = schema.payload(&[]).unwrap().examples(0);
    assert_eq!(made.missing, ["A"]);
}

#[test]
fn another_reader_takes_the_same_values() {
    let pool = {
        let resolver = Memory;
        let mut compiler = protox::Compiler::with_file_resolver(resolver);
        compiler.open_file("order.proto").unwrap().descriptor_pool()
    };
    let message = pool.get_message_by_name("shop.Order").unwrap();
    let takes = |value: &Value| {
        prost_reflect::DynamicMessage::deserialize(message.clone(), value.clone()).is_ok()
    };
    let schema = order();
    let mut compared = 0;
    for mut value in schema.examples(7).values {
        // Empty ones are values since later versions of the format.
        value["any"] = json!({ "@type": "type.googleapis.com/shop.Line" });
        assert!(takes(&value), "{value}");
        for key in value.as_object().unwrap().keys() {
            for other in others() {
                let mut changed = value.clone();
                if key == "any" && other == json!({}) {
                    continue;
                }
                changed[key] = other;
                assert_eq!(
                    schema.is_valid_json(&changed),
                    takes(&changed),
                    "`{key}` in {changed}"
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 500, "{compared}");
}

/// Values that fit some types.
fn others() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.0),
        json!(1.5),
        json!(1e10),
        json!(4_294_967_296_u64),
        json!("1"),
        json!("x"),
        json!(""),
        json!("1.5s"),
        json!("NEW"),
        json!([]),
        json!([{}]),
        json!([1]),
        json!([null]),
        json!({}),
        json!({ "a": 1 }),
        json!({ "a": {} }),
        json!("2025-01-31T12:00:00Z"),
        json!("YQ=="),
        json!("YQ"),
        json!({ "units": "1" }),
        json!({ "units": [] }),
        json!({ "number": "1", "limit": 1, "debit": true }),
        json!({ "@type": "type.googleapis.com/shop.Money", "units": 1 }),
        json!([{ "sku": null, "sizes": [1] }]),
        json!([{ "parts": { "1": {} } }]),
    ]
}

struct Memory;

impl protox::file::FileResolver for Memory {
    fn open_file(&self, name: &str) -> Result<protox::file::File, protox::Error> {
        match name {
            "order.proto" => protox::file::File::from_source(name, ORDER),
            "money.proto" => protox::file::File::from_source(name, MONEY),
            _ => protox::file::GoogleFileResolver::new().open_file(name),
        }
    }
}

/// Parts that mutated schemas are put together from.
const PARTS: &[&str] = &[
    "message",
    "enum",
    "oneof",
    "{",
    "}",
    ";",
    "=",
    "1",
    "-1",
    "0",
    "18446744073709551616",
    "1e999",
    "\"x\"",
    "'\\777'",
    "\"\\xZZ\"",
    "\"",
    "/*",
    "*/",
    "//",
    "\n",
    "option",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    "map<string, A>",
    "group",
    "G",
    "extensions",
    "to",
    "max",
    "reserved",
    "extend",
    "import",
    "public",
    "package",
    "syntax",
    "proto2",
    "repeated",
    "optional",
    "required",
    "A",
    ".",
    "..a",
    "stream",
    "rpc",
    "returns",
    "service",
    "default",
    "json_name",
    "packed",
    "deprecated",
    "inf",
    "nan",
    "é",
    "\u{0}",
    "edition = \"2023\";",
    "allow_alias",
];

#[test]
fn mutated_schemas_and_bytes_never_panic() {
    let runs: u64 = std::env::var("TIDINGS_MUTATIONS")
        .ok()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(300);
    let sources = [
        ORDER,
        MONEY,
        "syntax = \"proto2\"; package a.b; message A { required int32 id = 1 [default = 5]; optional E e = 2; repeated group G = 3 { required string x = 1; } extensions 100 to 200; reserved 5, 7 to 9; }
         enum E { option allow_alias = true; X = 1; Y = 1; } extend A { optional string more = 100; } service S { rpc R(A) returns (stream A) { option deprecated = true; } }
         import \"google/protobuf/descriptor.proto\"; extend google.protobuf.FieldOptions { optional A opt = 50000; } message O { optional int32 f = 1 [(opt) = { id: 1 G { x: 'y' } }, (opt).id = 3]; }",
    ];
    for run in 0..runs {
        let mut random = crate::example::Random::new(run, 0, 0);
        let mut text = sources[random.index(sources.len())].to_owned();
        for _ in 0..=random.below(4) {
            let mut at = random.index(text.len() + 1);
            let mut end = (at + random.index(12)).min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            while !text.is_char_boundary(end) {
                end += 1;
            }
            let part = PARTS[random.index(PARTS.len())];
            match random.below(3) {
                0 => text.replace_range(at..end, part),
                1 => text.insert_str(at, part),
                _ => text.replace_range(at..end, ""),
            }
        }
        let files = files(&[("a.proto", &text), ("money.proto", MONEY)]);
        let Ok(schema) = ProtobufSchema::compile(&files) else {
            continue;
        };
        let Ok(schema) = schema.payload(&["Order", "A"]) else {
            continue;
        };
        let made = schema.examples(run);
        assert!(made.values.iter().all(|value| schema.is_valid_json(value)));
        let bytes: Vec<u8> = (0..random.index(60)).map(|_| random.next() as u8).collect();
        assert!(schema.validate_binary(&bytes).len() <= 1_000);
    }
}
