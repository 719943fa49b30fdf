//! Payloads in Protobuf: a tree of fields, and examples.
use crate::markup::{Page, page};

fn with(text: &str) -> Page {
    let text = text.trim().replace('\n', "\n            ");
    page(&format!(
        "asyncapi: 3.0.0
info: {{title: App, version: 1.0.0}}
channels:
  c:
    address: a
    messages:
      placed:
        payload:
          schemaFormat: application/vnd.google.protobuf;version=3
          schema: |
            {text}
"
    ))
}

const ORDER: &str = r#"
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
// What was <ordered>.
message Placed {
  // Which order.
  string order_id = 1;
  repeated Line lines = 2; // What is in it.
  map<string, Money> prices = 3;
  State state = 4 [deprecated = true];
  oneof payment {
    Card card = 5;
    string invoice = 6;
  }
  google.protobuf.Timestamp at = 7;
  State before = 8;
  Money total = 9;
  message Card { string number = 1; }
  enum State { UNKNOWN = 0; PAID = 1; }
}
// One article.
message Line { string sku = 1; Line part = 2; }
message Money { int64 units = 1; }
"#;

#[test]
fn messages_are_trees() {
    let page = with(ORDER);
    for text in [
        "message Placed What was <ordered>.",
        "order_id string number 1 in JSON orderId Which order.",
        "lines array of Line number 2 What is in it. One article.",
        "part ↻ recursive: Line number 2",
        "prices map of string to Money number 3",
        "state Placed.State deprecated number 4 one of UNKNOWN PAID",
        "at most one of payment card Placed.Card number 5 number string number 1 invoice string number 6",
        "at google.protobuf.Timestamp number 7",
        "before Placed.State number 8",
        "total Money number 9",
        "Schema as written",
    ] {
        page.has(text);
    }
}

#[test]
fn a_type_has_its_rows_at_one_place_and_is_linked_at_others() {
    let page = with(ORDER);
    for name in ["Placed.State", "Money", "Line"] {
        let id = format!("message-placed~.shop.{name}");
        let count = |text: String| page.html.matches(&text).count();
        assert_eq!(count(format!("id=\"{id}\"")), 1, "{name}");
        assert_eq!(count(format!("href=\"#{id}\"")), 1, "{name}");
    }
    assert_eq!(
        page.html.matches("id=\"message-placed/order_id\"").count(),
        1
    );
    assert_eq!(page.text.matches("units int64").count(), 1);
}

#[test]
fn each_part_of_a_oneof_has_an_example() {
    let page = with(ORDER);
    for text in [
        "\"card\": {",
        "\"invoice\": ",
        "Example 2 made from the schema",
    ] {
        page.has(text);
    }
}

#[test]
fn the_fields_of_a_message_are_open_and_those_within_are_folded() {
    let text = "syntax = \"proto3\";\nmessage Placed { A a = 1; }\nmessage A { B b = 1; }\nmessage B { bool last = 1; }";
    let html = with(text).html;
    for (id, opens) in [("~.A", true), ("~.B", false)] {
        let (_, row) = html
            .split_once(&format!("id=\"message-placed{id}\""))
            .unwrap();
        let (_, row) = row.split_once("<details").unwrap();
        assert_eq!(row.starts_with(" open"), opens, "{id}");
    }
}

#[test]
fn what_lies_deep_stands_behind_the_rest() {
    let chain = (0..40).map(|n| format!("message M{n} {{ M{} inner = 1; }}\n", n + 1));
    let chain = chain.collect::<String>();
    let text = format!("syntax = \"proto3\";\n{chain}message M40 {{ bool last = 1; }}");
    let page = with(&text);
    page.has("used above: M13");
    page.has("last bool number 1");
    for number in 0..=40 {
        let id = format!("id=\"message-placed~.M{number}\"");
        assert_eq!(page.html.matches(&id).count(), 1, "{number}");
    }
}

#[test]
fn what_cannot_be_compiled_is_shown_as_it_is_written() {
    let page = with("syntax = \"proto3\";\nmessage Broken { Missing inner = 1; }");
    page.has("Payload syntax = \"proto3\"; message Broken");
    assert!(!page.text.contains("Schema as written"));
}
