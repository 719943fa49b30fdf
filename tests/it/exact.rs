//! Numbers that are told to be exact are read, checked and written again by every digit, wherever they stand.
use exact_numbers::{Order, OrderPayload, Rate};
use std::{fmt::Write, path::Path, time::Instant};
use tidings::{Decimal, Json, Message, TypedMessage, Validate, codegen::Whole};

/// Numbers that floats have not, or not so.
const WRITTEN: [&str; 7] = [
    "0.1",
    "1.10",
    "1e400",
    "-0",
    "123456789012345678901234567890.5",
    "1E+2",
    "0.00",
];

fn order(more: &str) -> String {
    format!(r#"{{"price":1.10,"paid":{{"kind":"cash"}},"schema":1.1{more}}}"#)
}

fn message(body: &str) -> Message {
    let mut message = Message::new(body.to_owned());
    message.set_header("rate", "1.50");
    message
}

/// The message as it is written once it was read.
#[track_caller]
fn again(body: &str) -> String {
    let read = Order::decode(&message(body)).unwrap();
    let written = read.encode().unwrap();
    assert_eq!(written.header("rate").unwrap(), "1.50");
    String::from_utf8(written.body.to_vec()).unwrap()
}

/// What is wrong with a message of that body.
fn violations(body: &str) -> Vec<String> {
    let error = Order::decode(&message(body)).err();
    let list = |error: tidings::InvalidMessage| {
        let told = error.violations().iter();
        told.map(|it| format!("{}: {}", it.pointer, it.reason))
            .collect()
    };
    error.map(list).unwrap_or_default()
}

#[test]
fn every_digit_comes_back_from_every_place() {
    for number in WRITTEN {
        for more in [
            format!(r#","weights":[{number},7]"#),
            format!(r#","size":{number}"#),
            format!(r#","size":[{number},{{"a":[{number}]}}]"#),
            format!(r#","anything":{{"a":[{number},{{"b":{number}}}]}}"#),
            format!(r#","note":{number},"notes":[[{number}],null]"#),
        ] {
            let body = order(&more);
            assert_eq!(again(&body), body);
        }
        for paid in [
            format!(r#"{{"kind":"card","fee":{number}}}"#),
            format!(r#"{{"kind":"card","fee":1,"b":{number},"c":null}}"#),
            format!(r#"{{"kind":"cash","given":{number}}}"#),
        ] {
            let body = order("").replace(r#"{"kind":"cash"}"#, &paid);
            assert_eq!(again(&body), body);
        }
    }
    let shares = order(r#","shares":{"a":0.50,"b":1.000}"#);
    assert_eq!(again(&shares), shares);
    let wide = order(r#","wei":999999999999999999999999999999999999999999"#);
    assert_eq!(again(&wide), wide);
}

#[test]
fn limits_hold_to_the_last_digit() {
    for right in [
        order(r#","discount":0.15,"tax":7.50"#),
        order(r#","discount":null,"tax":19"#),
        order(r#","weights":[100000000000000000000,100000000000000000001]"#),
        order(r#","listed":1.1"#),
        order(r#","coins":1.50e1,"steps":12345678901234567890123"#),
        order(r#","some":[0.3]"#),
        order("").replace("1.10,", "12345678901234567890.29,"),
        order("").replace("1.1}", "1.100}"),
        order("").replace("1.10,", "1e1000000000,"),
    ] {
        assert_eq!(violations(&right), [""; 0], "{right}");
    }
    for (wrong, told) in [
        (
            order("").replace("1.10,", "12345678901234567890.295,"),
            "/payload/price: `Price`: 12345678901234567890.295 is not a multiple of 0.01",
        ),
        (
            order("").replace("1.1}", "1.10000000000000000001}"),
            "/payload/schema: is none of 1.1",
        ),
        (
            order(r#","discount":0.1500000000000000000001"#),
            "/payload/discount: 0.1500000000000000000001 is not a multiple of 0.05",
        ),
        (
            order(r#","tax":7.500000000000000000001"#),
            "/payload/tax: is none of 0, 7.5, 19",
        ),
        (
            order(r#","wei":1000000000000000000000000000000000000000001"#),
            "/payload/wei: 1000000000000000000000000000000000000000001 is more than 1000000000000000000000000000000000000000000",
        ),
        (
            order(r#","coins":0.5"#),
            "/payload/coins: 0.5 is not a multiple of 1",
        ),
        (
            order(r#","steps":12345678901234567890.1"#),
            "/payload/steps: 12345678901234567890.1 is not a multiple of 0.12345678901234567890123",
        ),
        (
            order(r#","large":10000000000000000000000"#),
            "/payload/large: is none of 10000000000000000000001",
        ),
        (
            order(r#","wei":0.5"#),
            "/payload/wei: 0.5 is not a multiple of 1",
        ),
        (
            order(r#","weights":[1e2,2,100.0]"#),
            "/payload/weights/2: is there more than once",
        ),
        (
            order(r#","shares":{"a":1.00000000000000000000001}"#),
            "/payload/shares/a: 1.00000000000000000000001 is more than 1",
        ),
        (
            order(r#","listed":1.1000000000000000000001"#),
            r#"/payload/listed: is none of [1.1,"all"]"#,
        ),
        (
            order(r#","some":[0.29999999999999999999999]"#),
            "/payload/some: has 0 of the items that it must contain",
        ),
    ] {
        let found = violations(&wrong);
        assert_eq!(found.len(), 1, "{wrong}: {found:?}");
        assert!(found[0].starts_with(told), "{found:?}");
    }
}

#[test]
fn other_values_are_refused_in_their_place() {
    for (wrong, at) in [
        (order(r#","weights":["1"]"#), "/payload/weights/0"),
        (order(r#","discount":"0.05""#), "/payload/discount"),
        (order(r#","weights":null"#), "/payload/weights"),
        (order("").replace(r#""cash""#, r#""card""#), "/payload/paid"),
        (order("").replace(r#""price":1.10,"#, ""), "/payload"),
        (order(r#","price":2"#), "/payload"),
        (
            order("").replace(r#""cash""#, r#""card","fee":{}"#),
            "/payload/paid/fee",
        ),
        (
            order("").replace(r#""cash""#, r#""cash","more":1"#),
            "/payload/paid/more",
        ),
        (
            order(r#","a":{"$serde_json::private::Number":"1"}"#),
            "/payload/a",
        ),
        ("[]".to_owned(), "/payload"),
    ] {
        let found = violations(&wrong);
        assert_eq!(found.len(), 1, "{wrong}: {found:?}");
        let place = found[0].split(": ").next();
        assert_eq!(place, Some(at), "{found:?}");
    }
}

#[test]
fn rules_and_the_whole_schema_agree() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("documents/exact-numbers.yaml");
    let settings = tidings_document::Settings::default();
    let (document, _) = tidings_document::open(&path, &settings).unwrap();
    let api = tidings_document::read(&document).0.unwrap();
    let payload = |name: &str| {
        let mut messages = api.messages.iter();
        let message = messages.find(|it| it.display_name() == name).unwrap();
        let schema = message.payload.as_ref().unwrap().schema.unwrap();
        tidings_document::schema_json(&api, schema).to_string()
    };
    let whole = Whole::new(Some(payload("order").leak()), None);
    let numbers = [
        "0",
        "0.3",
        "0.05",
        "0.1500000000000000000001",
        "1.1",
        "1.100",
        "7.50",
        "1.0000000000000000000000001",
        "19",
        "-0",
        "-0.01",
        "1e300",
        "1e-300",
        "1e-400",
        "-5e-324",
        "1000000000000000000000000000000000000000000",
        "1000000000000000000000000000000000000000001",
        "0.5",
    ];
    let places = [
        r#","discount":#"#,
        r#","tax":#"#,
        r#","wei":#"#,
        r#","weights":[0.3,#]"#,
        r#","shares":{"a":#}"#,
        r#","size":#"#,
        r#","listed":#"#,
        r#","some":[#]"#,
        r#","anything":#"#,
    ];
    let mut refused = 0;
    for number in numbers {
        let places = places.map(|place| order(&place.replace('#', number)));
        let price = order("").replace("1.10,", &format!("{number},"));
        let schema = order("").replace("1.1}", &format!("{number}}}"));
        for body in places.into_iter().chain([price, schema]) {
            let rules = violations(&body).is_empty();
            let full = whole.check::<Order>(&message(&body)).is_ok();
            assert_eq!(rules, full, "{body}");
            refused += usize::from(!full);
        }
    }
    assert_eq!(refused, 91);
}

#[test]
fn values_are_made_of_integers_and_of_texts_of_numbers() {
    let price: exact_numbers::Price = Decimal::from(5).try_into().unwrap();
    assert_eq!(price.get().as_str(), "5");
    let half: Decimal = "0.005".parse().unwrap();
    assert!(exact_numbers::Price::try_from(half.clone()).is_err());
    let cash = exact_numbers::Cash::new().with_given(half);
    let order =
        OrderPayload::new(price, cash.into()).with_discount("0.10".parse::<Decimal>().unwrap());
    let mut order = order.with_anything(Json::from(true));
    order.extra.insert("tip".to_owned(), 7.into());
    assert_eq!(order.validate(), Ok(()));
    assert_eq!(
        serde_json::to_string(&order).unwrap(),
        r#"{"price":5,"paid":{"kind":"cash","given":0.005},"schema":1.1,"discount":0.10,"anything":true,"tip":7}"#
    );
}

#[test]
fn headers_and_texts_have_their_digits() {
    let mut message = message(&order(""));
    message.set_header("limit", "1e400");
    let read = Order::decode(&message).unwrap();
    assert_eq!(read.headers.limit.as_ref().unwrap().as_str(), "1e400");
    assert_eq!(read.encode().unwrap().header("limit").unwrap(), "1e400");
    message.set_header("rate", "-0.0");
    assert!(Order::decode(&message).is_err());
    let rate = Rate::decode(&Message::new("12345678901234567890.50")).unwrap();
    assert_eq!(rate.encode().unwrap().body, "12345678901234567890.50");
    assert!(Rate::decode(&Message::new("12345678901234567890.51")).is_err());
}

#[test]
fn hostile_numbers_and_nesting_cost_what_their_text_does() {
    let long = "7".repeat(200_000);
    let mut all = order(r#","anything":["#);
    all.truncate(all.len() - 1);
    for number in [
        "1e1000000000",
        "-1e-1000000000",
        &long,
        &format!("1e{long}"),
    ] {
        write!(all, "{number},").unwrap();
    }
    all.push_str("0]}");
    let body = order("").replace("1.10,", "1e1000000000,");
    let begin = Instant::now();
    assert_eq!(again(&all), all);
    assert_eq!(again(&body), body);
    assert!(begin.elapsed().as_secs() < 60);
    let deep = |depth: usize| {
        order(&format!(
            r#","a":{}{}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        ))
    };
    assert_eq!(violations(&deep(100)), [""; 0]);
    assert_eq!(violations(&deep(100_000)).len(), 1);
}
