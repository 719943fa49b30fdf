//! Bytes of strangers end within bounds.
use super::*;
use crate::protobuf::wire::DEPTH;

/// A node that many lie around.
fn nested(count: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..count {
        let mut outer = Vec::new();
        let start = wire::open(&mut outer, 3);
        outer.extend(bytes);
        wire::close(&mut outer, start);
        bytes = outer;
    }
    bytes
}

#[test]
fn messages_are_nested_as_deep_as_others_read_them() {
    let deepest = nested(DEPTH - 1);
    let read: Node = read(&NODE, &deepest).unwrap();
    assert_eq!(NODE.write("M", &read).unwrap(), deepest);
    let told = refused::<Node>(&NODE, &nested(DEPTH));
    assert!(
        told.ends_with("is nested deeper than 100 messages"),
        "{told}"
    );
    assert!(refused::<Node>(&NODE, &nested(20_000)).len() < 10_000);
    let mut value = Node::default();
    for _ in 0..DEPTH {
        value = Node {
            next: Some(Box::new(value)),
            ..Node::default()
        };
    }
    assert!(unwritten(&NODE, &value).ends_with("is nested deeper than 100 messages"));
}

#[test]
fn json_is_written_as_deep_as_it_is_read() {
    // In JSON each of these is a list and an object.
    let deep = |count| {
        let mut value = Node::default();
        for _ in 0..count {
            value = Node {
                nodes: vec![value],
                ..Node::default()
            };
        }
        value
    };
    let text = NODE.write_json("M", &deep(63)).unwrap();
    let read: Node = NODE.read_json("M", &Message::new(text)).unwrap();
    assert_eq!(read, deep(63));
    let error = NODE.write_json("M", &deep(64)).unwrap_err();
    assert_eq!(
        told(&error),
        "/payload: is nested deeper than 127 lists and objects"
    );
    let too_deep = format!("{}{}", "{\"nodes\":[".repeat(64), "{}");
    let error = NODE.read_json::<Node>("M", &Message::new(too_deep));
    assert!(told(&error.unwrap_err()).contains("recursion limit"));
}

#[test]
fn groups_are_passed_over_without_recursion() {
    assert!(refused::<Node>(&NODE, &[0x63; 200_000]).contains("nested too deeply"));
    assert!(refused::<Node>(&NODE, &[0x63, 0x6c]).contains("unknown form 4"));
    assert!(refused::<Node>(&NODE, &[0x63]).contains("end too early"));
}

#[test]
fn lengths_that_lie_are_refused() {
    for bytes in [
        &[0x12, 0xff, 0xff, 0xff, 0xff, 0x0f][..],
        &[
            0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
        ],
        &[0x5a, 5, 1],
    ] {
        assert!(refused::<Node>(&NODE, bytes).contains("end too early"));
    }
    for last in [&[0x02][..], &[0x81], &[0xff, 0x01]] {
        let bytes = [&[0x08][..], &[0xff; 9], last].concat();
        assert!(refused::<Node>(&NODE, &bytes).contains("more than 64 bits"));
    }
}

/// Numbers that look random, the same in each run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn bytes(&mut self, most: u64) -> Vec<u8> {
        let count = self.next() % (most + 1);
        // Small ones are tags and lengths, which lead further.
        let byte = |chance: &mut Self| match chance.next() % 3 {
            0 => chance.next() as u8,
            _ => (chance.next() % 64) as u8,
        };
        (0..count).map(|_| byte(self)).collect()
    }
}

/// What can be read is written so that it is read as the same, in JSON too where that has it.
fn holds<T: Serialize + DeserializeOwned + PartialEq + Debug>(
    of: &'static Descriptor,
    bytes: &[u8],
) -> bool {
    let Ok(value) = read::<T>(of, bytes) else {
        return false;
    };
    let written = of.write("M", &value).unwrap();
    let again: T = read(of, &written).unwrap();
    assert_eq!(of.write("M", &again).unwrap(), written, "{bytes:?}");
    if let Ok(text) = of.write_json("M", &value) {
        let again: T = of.read_json("M", &Message::new(text.clone())).unwrap();
        assert_eq!(of.write_json("M", &again).unwrap(), text);
    }
    true
}

#[test]
fn random_and_cut_bytes_are_read_or_refused() {
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let mut read = [0; 2];
    for _ in 0..40_000 {
        let bytes = chance.bytes(24);
        read[0] += usize::from(holds::<Node>(&NODE, &bytes));
        let value = one(Kind::Message(&VALUE), Shape::Optional);
        read[1] += usize::from(holds::<Maybe<serde_json::Value>>(value, &bytes));
    }
    assert!(read[0] > 1_000 && read[1] > 100, "{read:?}");
    let whole = NODE.write("M", &sample()).unwrap();
    for end in 0..whole.len() {
        holds::<Node>(&NODE, &whole[..end]);
        for bit in 0..8 {
            let mut changed = whole.to_vec();
            changed[end] ^= 1 << bit;
            holds::<Node>(&NODE, &changed);
        }
    }
}

fn sample() -> Node {
    let inner = Node {
        b: "é".to_owned(),
        one: Some(Choice::Node(Box::new(node(3)))),
        nodes: vec![node(-1), node(2)],
        ..node(1)
    };
    Node {
        next: Some(Box::new(inner.clone())),
        nodes: vec![inner, node(0)],
        ..node(i32::MAX)
    }
}
