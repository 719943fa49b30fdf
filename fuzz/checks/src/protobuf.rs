//! Payloads in Protobuf: what is read is written so that it is read as the same, in binary as in JSON.
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use tidings::{
    Message,
    protobuf::{
        self, Descriptor, Duration, Enum, Field, Kind, Registered, Timestamp, UnknownFields,
    },
};

static HUES: Enum = Enum::new("fuzz.Hue", &[("NONE", 0), ("RED", 1), ("DARK", -3)]);

static CHOICES: [Field; 3] = [
    protobuf::required(14, "text", "text", Kind::String),
    protobuf::required(15, "node", "node", Kind::Message(&NODE)),
    protobuf::required(16, "value", "value", Kind::Message(&protobuf::VALUE)),
];

/// A field of each form, and of each width.
static NODE: Descriptor = Descriptor::new(
    "fuzz.Node",
    &[
        protobuf::implicit(1, "whole", "whole", Kind::Int64),
        protobuf::optional(2, "text", "text", Kind::String),
        protobuf::implicit(3, "bytes", "bytes", Kind::Bytes),
        protobuf::packed(4, "signed", "signed", Kind::Sint32),
        protobuf::repeated(5, "wide", "wide", Kind::Fixed64),
        protobuf::implicit(6, "number", "number", Kind::Float),
        protobuf::optional(7, "flag", "flag", Kind::Bool),
        protobuf::packed(8, "hues", "hues", Kind::Enum(&HUES)),
        protobuf::optional(9, "next", "next", Kind::Message(&NODE)),
        protobuf::repeated(10, "nodes", "nodes", Kind::Message(&NODE)),
        protobuf::map(11, "named", "named", Kind::Sfixed32, Kind::Message(&NODE)),
        protobuf::optional(12, "at", "at", Kind::Message(&protobuf::TIMESTAMP)),
        protobuf::optional(13, "span", "span", Kind::Message(&protobuf::DURATION)),
        protobuf::oneof("choice", &CHOICES),
    ],
);

static REGISTERED: Registered = Registered::new(&NODE, "", &[1, 0]);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Node {
    whole: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    bytes: Bytes,
    signed: Vec<i32>,
    wide: Vec<u64>,
    number: f32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flag: Option<bool>,
    hues: Vec<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Box<Node>>,
    nodes: Vec<Node>,
    named: BTreeMap<i32, Node>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    span: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    choice: Option<Choice>,
    #[serde(rename = "unknown fields", default)]
    unknown: UnknownFields,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Text(String),
    Node(Box<Node>),
    Value(Value),
}

/// Bytes as a payload in binary, behind a registry's header and in JSON.
pub fn protobuf(bytes: &[u8]) {
    let message = Message::new(Bytes::copy_from_slice(bytes));
    let read = NODE.read::<Node>("fuzz", &message);
    for value in read.into_iter().chain(NODE.read_json("fuzz", &message)) {
        let written = NODE.write("fuzz", &value).expect("it was read");
        let again: Node = read_again(&written);
        assert_eq!(NODE.write("fuzz", &again).expect("it was read"), written);
        shown(&value);
    }
    if let Ok(value) = REGISTERED.read::<Node>("fuzz", &message) {
        REGISTERED.set_id(1);
        let written = REGISTERED.write("fuzz", &value).expect("it was read");
        assert_eq!(written[..8], [0, 0, 0, 0, 1, 4, 2, 0]);
    }
}

fn read_again(written: &Bytes) -> Node {
    let message = Message::new(written.clone());
    NODE.read("fuzz", &message).expect("it was written")
}

/// What JSON has a form of comes back by it; that has no fields which the schema has not.
fn shown(value: &Node) {
    if let Ok(text) = NODE.write_json("fuzz", value) {
        let message = Message::new(text.clone());
        let again: Node = NODE.read_json("fuzz", &message).expect("it was written");
        let again = NODE.write_json("fuzz", &again).expect("it was read");
        assert_eq!(again, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_payloads() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../seeds/protobuf");
        for entry in std::fs::read_dir(folder).expect("they are committed") {
            let path = entry.expect("it was just listed").path();
            let message = Message::new(std::fs::read(&path).expect("it was just listed"));
            let is_read = NODE.read::<Node>("fuzz", &message).is_ok()
                || NODE.read_json::<Node>("fuzz", &message).is_ok()
                || REGISTERED.read::<Node>("fuzz", &message).is_ok();
            assert!(is_read, "{}", path.display());
        }
    }
}
