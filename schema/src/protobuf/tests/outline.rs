//! What readers are told of a message.
use super::*;

fn outline(texts: &[(&str, &str)], name: &str) -> ProtobufOutline {
    let schema = ProtobufSchema::compile(&files(texts)).unwrap();
    schema.payload(&[name]).unwrap().outline()
}

fn field<'o>(outline: &'o ProtobufOutline, of: &str, name: &str) -> &'o ProtobufField {
    let of = outline.types.iter().find(|kind| kind.name == of).unwrap();
    let ProtobufContent::Message(fields) = &of.content else {
        panic!("{of:?}");
    };
    fields.iter().find(|field| field.name == name).unwrap()
}

#[test]
fn types_are_listed_once_each_and_those_of_google_stand_for_themselves() {
    let outline = outline(&[("order.proto", ORDER), ("money.proto", MONEY)], "Order");
    let names: Vec<_> = outline.types.iter().map(|kind| &*kind.name).collect();
    assert_eq!(
        names,
        [
            "shop.Order",
            "shop.Line",
            "shop.Order.State",
            "shop.Order.Card",
            "shop.Money"
        ]
    );
    let plain = |name: &str| ProtobufKind::Plain(name.to_owned());
    let of = |name| field(&outline, "shop.Order", name);
    assert_eq!(of("placed").kind, plain("google.protobuf.Timestamp"));
    assert_eq!(of("stock").kind, plain("int64"));
    assert_eq!(of("stock").shape, ProtobufShape::Map("string".to_owned()));
    assert_eq!(of("lines").shape, ProtobufShape::List);
    assert_eq!(of("order_id").key, "orderId");
    assert_eq!(of("invoice").oneof.as_deref(), Some("payment"));
    assert_eq!(of("floor").oneof, None);
    let ProtobufKind::Type(line) = field(&outline, "shop.Line", "parts").kind else {
        panic!("no type");
    };
    assert_eq!(outline.types[line].name, "shop.Line");
    let ProtobufContent::Enum(values) = &outline.types[2].content else {
        panic!("no enum");
    };
    let names = values.iter().map(|(name, number)| (&**name, *number));
    let names: Vec<_> = names.collect();
    assert_eq!(names, [("UNKNOWN", 0), ("NEW", 1), ("PAID", 2)]);
}

#[test]
fn comments_defaults_and_what_is_deprecated_are_told() {
    let text = r#"syntax = "proto2";
// @RootNode
// What is <told>.
message A {
  /* Which one,
   * of many. */
  required string id = 1;
  optional int32 count = 2 [default = 3]; // How many.
  optional bool old = 4 [deprecated = true];
  // Who.
  optional B by = 5;
}
// Somebody.
message B {}
"#;
    let outline = outline(&[("a.proto", text)], "A");
    assert_eq!(outline.types[0].comment, "What is <told>.");
    assert_eq!(outline.types[1].comment, "Somebody.");
    let of = |name| field(&outline, "A", name);
    assert_eq!(of("id").comment, "Which one,\nof many.");
    assert!(of("id").is_required && !of("count").is_required);
    assert_eq!(of("count").comment, "How many.");
    assert_eq!(of("count").default.as_deref(), Some("3"));
    assert!(of("old").is_deprecated && !of("count").is_deprecated);
    assert_eq!((&*of("by").comment, of("by").number), ("Who.", 5));
}

#[test]
fn what_another_message_adds_is_a_field_too() {
    let text = r#"syntax = "proto2";
message A { extensions 100 to 200; optional string id = 1; }
extend A { optional int32 more = 100; }
"#;
    let outline = outline(&[("a.proto", text)], "A");
    let more = field(&outline, "A", "[more]");
    assert_eq!((more.number, &*more.comment), (100, ""));
    assert_eq!(more.form, ProtobufForm::Extension);
}

#[test]
fn how_values_stand_in_binary_and_whether_absence_is_told_are_known() {
    let text = r#"syntax = "proto3";
message A {
  int32 plain = 1;
  optional int32 asked = 2;
  A inner = 3;
  repeated int32 packed = 4;
  repeated int32 each = 5 [packed = false];
  repeated string texts = 6;
  oneof one { int32 choice = 7; }
}
"#;
    let outline = outline(&[("a.proto", text)], "A");
    let presence = |name| field(&outline, "A", name).has_presence;
    let names = ["plain", "asked", "inner", "packed", "choice"];
    assert_eq!(names.map(presence), [false, true, true, false, true]);
    let form = |name| field(&outline, "A", name).form;
    let forms = ["plain", "packed", "each", "texts"].map(form);
    let (plain, packed) = (ProtobufForm::Plain, ProtobufForm::Packed);
    assert_eq!(forms, [plain, packed, plain, plain]);
}

#[test]
fn a_message_knows_its_place_in_its_file() {
    let text = "syntax = \"proto3\"; message A { map<string, B> b = 1; message B { message C {} } } message D {}";
    let schema = ProtobufSchema::compile(&files(&[("a.proto", text)])).unwrap();
    assert_eq!(schema.payload(&["A"]).unwrap().place(), [0]);
    assert_eq!(schema.payload(&["D"]).unwrap().place(), [1]);
    // The entry of the map is a message too.
    let marked = text.replace("message C", "\n// @RootNode\nmessage C");
    let schema = ProtobufSchema::compile(&files(&[("a.proto", &marked)])).unwrap();
    assert_eq!(schema.payload(&[]).unwrap().place(), [0, 1, 0]);
}
