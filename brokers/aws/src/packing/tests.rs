//! What travels comes back, whatever it is.
use super::{headers::ATTRIBUTES, ours::is_allowed, *};

const WIRE: usize = 1 << 20;
const LARGEST: usize = largest(WIRE);

/// Packs what no filter is about.
fn pack(message: &Message, group: Option<&str>, wire: usize) -> Result<Packed> {
    super::pack(message, group, wire, &BTreeSet::new())
}

fn came(packed: Packed, group: Option<&str>) -> Message {
    unpack(Came {
        body: packed.body,
        attributes: packed.attributes.into_iter().collect(),
        id: "of the broker".to_owned(),
        group: group.map(str::to_owned),
        sent: Some(1),
    })
}

fn string(text: &str) -> Attribute {
    Attribute::string(text.to_owned())
}

fn ours(packed: &Packed) -> &str {
    packed.attributes[OURS].text().expect("a text")
}

fn with(headers: &[(&str, &[u8])]) -> Message {
    let mut message = Message::named("Order/ü", "application/json", "{}");
    let headers = headers.iter();
    let header = |(name, value): &(&str, &[u8])| ((*name).into(), Bytes::copy_from_slice(value));
    message.headers = headers.map(header).collect();
    message
}

#[test]
fn everything_comes_back_whatever_it_is() {
    let many: Vec<(String, String)> = (0..20)
        .map(|at| (format!("h{at}"), format!("{at}")))
        .collect();
    let many: Vec<(&str, &[u8])> = many
        .iter()
        .map(|(name, value)| (&**name, value.as_bytes()))
        .collect();
    for headers in [
        &[("a", &b"1"[..]), ("b", b"2")][..],
        &[("b", b"1"), ("a", b"2")],
        &[
            ("a", b"1"),
            ("a", b"2"),
            ("", b""),
            ("tidings", b"x"),
            ("aws.a", b"y"),
        ],
        &[
            ("bytes", &[0, 255]),
            ("ctrl", b"\x01"),
            ("with space/ü", b"\xc3\xbc"),
        ],
        &many,
    ] {
        let mut message = with(headers);
        message.reply_to = Some("replies\u{fffe}".into());
        message.key = Some(Bytes::from_static(b"key\x01"));
        message.created = Some(UNIX_EPOCH + Duration::from_millis(1_700_000_000_123));
        for group in [None, Some(group(&message))] {
            let packed = pack(&message, group.as_deref(), WIRE).expect("it has room");
            assert!(packed.attributes.len() <= ATTRIBUTES);
            let all = packed.attributes.values();
            let texts: Vec<&str> = all.map(|one| one.text().expect("a text")).collect();
            assert!(texts.iter().all(|text| text.chars().all(is_allowed)));
            assert_eq!(came(packed, group.as_deref()), message);
        }
    }
    for body in [&b""[..], b"\x00\xff", b"text", b"-", "\u{ffff}".as_bytes()] {
        let message = Message::new(Bytes::copy_from_slice(body));
        let packed = pack(&message, None, WIRE).expect("it has room");
        assert!(!packed.body.is_empty());
        assert_eq!(came(packed, None), message);
    }
}

#[test]
fn headers_are_attributes_where_they_can_be() {
    let packed =
        pack(&with(&[("tenant", b"acme"), ("via", b"")]), None, WIRE).expect("it has room");
    assert_eq!(packed.attributes["tenant"], string("acme"));
    assert_eq!(packed.attributes.len(), 2);
    let packed = pack(&with(&[("tenant", b"acme")]), None, WIRE).expect("it has room");
    assert!(!ours(&packed).contains("tenant"), "{packed:?}");
}

#[test]
fn groups_are_keys() {
    let mut message = Message::new("a");
    assert_eq!(group(&message), &*message.id.to_text());
    let packed = pack(&message, Some(&group(&message)), WIRE).expect("it has room");
    assert_eq!(came(packed, Some(&group(&message))).key, None);
    message.key = Some("O-1".into());
    assert_eq!(group(&message), "O-1");
    let packed = pack(&message, Some("O-1"), WIRE).expect("it has room");
    assert!(!ours(&packed).contains("O-1"), "{packed:?}");
    assert_eq!(came(packed, Some("O-1")), message);
    message.key = Some("with space".into());
    assert_eq!(group(&message).len(), 64);
}

#[test]
fn a_foreign_message_keeps_what_it_has() {
    let foreign = |ours: &'static str| {
        unpack(Came {
            body: "hello".into(),
            attributes: vec![
                ("tenant".into(), string("acme")),
                (OURS.into(), string(ours)),
            ],
            id: "1".into(),
            group: Some("O-1".into()),
            sent: Some(1),
        })
    };
    let message = foreign(r#"{"name": "Order", "replyTo": "here", "other": 1}"#);
    assert_eq!(message.id, MessageId::from("1"));
    assert_eq!(
        (message.name.as_deref(), message.reply_to.as_deref()),
        (Some("Order"), Some("here"))
    );
    assert_eq!(message.key.as_deref(), Some(&b"O-1"[..]));
    assert_eq!(message.created, time(1));
    assert_eq!(message.headers, [("tenant".into(), "acme".into())]);
    // What is none of ours is a header like others.
    assert_eq!(foreign("no JSON").headers.len(), 2);
}

#[test]
fn a_text_is_as_large_as_it_can_be() {
    let text = Message::new("x".repeat(WIRE - 1000));
    let packed = pack(&text, None, WIRE).expect("it has room as it is");
    assert_eq!(came(packed, None), text);
    let error = pack(&Message::new("x".repeat(WIRE)), None, WIRE).err();
    assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::TooLarge));
}

#[test]
fn what_is_too_large_is_told() {
    let kind = |message: &Message| pack(message, None, WIRE).err().map(|error| error.kind());
    assert_eq!(kind(&Message::new(vec![0; LARGEST])), None);
    assert_eq!(
        kind(&Message::new(vec![0; LARGEST + 1])),
        Some(ErrorKind::TooLarge)
    );
    // No attribute has that name, and JSON escapes each.
    let mut quotes = Message::new("");
    quotes.set_header("", vec![b'"'; LARGEST]);
    assert_eq!(kind(&quotes), Some(ErrorKind::TooLarge));
}

#[test]
fn what_a_filter_names_is_an_attribute() {
    let names: Vec<String> = (0..20).map(|at| format!("h{at:02}")).collect();
    let all: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &b"1"[..])).collect();
    let first = BTreeSet::from(["h19".to_owned()]);
    let message = with(&all);
    let packed = super::pack(&message, None, WIRE, &first).expect("it has room");
    assert_eq!(packed.attributes["h19"], string("1"));
    assert_eq!(came(packed, None), message);
    for odd in [&b""[..], &[0xff]] {
        let refused = super::pack(&with(&[("h19", odd)]), None, WIRE, &first).err();
        let refused = refused.map(|error| error.to_string());
        assert!(refused.is_some_and(|error| error.contains("`h19`")));
    }
    assert!(
        super::pack(&with(&[]), None, WIRE, &first).is_ok(),
        "it need not be there"
    );
}

#[test]
fn many_headers_take_no_time() {
    let mut message = Message::new("a");
    message.headers = (0..50_000)
        .map(|at| (format!("{at}").into(), "".into()))
        .collect();
    let since = std::time::Instant::now();
    assert!(pack(&message, None, 4 << 20).is_ok());
    assert!(since.elapsed().as_secs() < 2, "{:?}", since.elapsed());
}

#[test]
fn one_odd_property_spoils_no_other() {
    let ours = r#"{"correlationId": 7, "name": "Order", "created": "x", "body": "base64", "headers": [1, ["a", "b"]]}"#;
    let message = unpack(Came {
        body: "aGk=".into(),
        attributes: vec![(OURS.into(), string(ours))],
        ..Came::default()
    });
    assert_eq!(message.correlation_id.as_deref(), Some("7"));
    assert_eq!(
        (message.name.as_deref(), &*message.body),
        (Some("Order"), &b"hi"[..])
    );
    assert_eq!(message.headers, [("a".into(), "b".into())]);
}

#[test]
fn attributes_of_others_go_on_as_they_came() {
    let attribute = |kind: &str, value: &'static [u8]| Attribute {
        kind: kind.to_owned(),
        value: value.into(),
    };
    let foreign = vec![
        ("amount".to_owned(), attribute("Number", b"12.50")),
        ("price".to_owned(), attribute("Number.EUR", b"7")),
        ("raw".to_owned(), attribute("Binary", b"\x00\xff")),
        ("png".to_owned(), attribute("Binary.png", b"text")),
        ("state".to_owned(), attribute("String.enum", b"paid")),
        ("tenant".to_owned(), string("acme")),
    ];
    let mut message = unpack(Came {
        body: "hi".into(),
        attributes: foreign.clone(),
        ..Came::default()
    });
    assert_eq!(
        message.header("amount").map(|it| &**it),
        Some(&b"12.50"[..])
    );
    let mut packed = pack(&message, None, WIRE).expect("it has room");
    packed.attributes.remove(OURS);
    assert_eq!(packed.attributes, foreign.into_iter().collect());
    // Whoever changes a header changes no more than that.
    message.set_header("amount", "much");
    message.set_header("price", "\u{1}");
    let packed = pack(&message, None, WIRE).expect("it has room");
    assert_eq!(packed.attributes["amount"], string("much"));
    assert!(!packed.attributes.contains_key("price"));
    message
        .headers
        .retain(|(name, _)| &**name != attribute::TYPES);
    let packed = pack(&message, None, WIRE).expect("it has room");
    assert_eq!(packed.attributes["png"], string("text"));
    assert!(packed.attributes.len() <= ATTRIBUTES);
}
