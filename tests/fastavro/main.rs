//! Payloads in Avro that `fastavro` reads and writes, a library for Python that nobody here wrote: generated code reads what it makes, and it what
//! generated code makes. Shown as ignored where there is no Python with it (`dev/services up python`).
use avro::{
    Colour, Counted, CountedPayload, Everything, EverythingAlways, EverythingEither,
    EverythingPayload, Inner, Registered, RegisteredPayloadValue, Suit,
};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fmt::{Debug, Write as _},
    io::Write as _,
    process::{Command, Stdio},
};
use tidings::{
    Message, TypedMessage,
    avro::{Decimal, Duration, Fixed, Schema},
    codegen::Bytes,
};

type Outcome<T = ()> = Result<T, Failed>;

/// What is tried with a Python.
type Case = fn(&str) -> Outcome;

/// How many values the library makes of a schema.
const COUNT: usize = 200;

fn main() {
    let python = std::env::var("TIDINGS_TEST_PYTHON").ok();
    let cases: [(&str, Case); 3] = [
        ("a value of every type", everything),
        ("single objects", single_objects),
        ("a registry's header", registered),
    ];
    let trials = cases.map(|(name, run)| {
        let is_there = python.is_some();
        let python = python.clone().unwrap_or_default();
        Trial::test(format!("fastavro: {name}"), move || run(&python)).with_ignored_flag(!is_there)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit();
}

fn everything(python: &str) -> Outcome {
    let mut full = value(1)?;
    full.next = Some(Box::new(value(2)?));
    full.children = vec![value(3)?, value(4)?];
    full.either = Some(EverythingEither::Inner(Inner::new(7)));
    let eithers = [
        None,
        Some(EverythingEither::Int(-1)),
        Some(EverythingEither::String("x".to_owned())),
        Some(EverythingEither::Md5(Fixed([9; 16]))),
        Some(EverythingEither::Array(vec![1, i32::MIN])),
        Some(EverythingEither::Suit(Suit::Spades)),
    ];
    let mut ours = vec![Everything::new(full)];
    for either in eithers {
        let mut value = value(5)?;
        value.either = either;
        ours.push(Everything::new(value));
    }
    let shown = exchange(python, Everything::schema(), 0, &ours)?;
    for part in [
        "UUID('0193a5b0-0000-7000-8000-000000000001')",
        "Decimal('-12.50')",
        "Decimal('0.0001')",
        "'day': datetime.date(2024, 2, 29)",
        "'at': datetime.time(23, 59, 59, 999000)",
        "'fineAt': datetime.time(0, 0, 0, 1)",
        "'since': datetime.datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=datetime.timezone.utc)",
        "'local': datetime.datetime(2024, 2, 29, 12, 0, 0, 500000)",
        "'span': b'\\x01\\x00\\x00\\x00\\x02\\x00\\x00\\x00\\x03\\x00\\x00\\x00'",
        "('com.example.avro.Inner', {'a': 7})",
    ] {
        if !shown.contains(part) {
            return Err(format!("{part} is not in {shown}").into());
        }
    }
    Ok(())
}

/// A value of every type.
fn value(number: u8) -> Outcome<EverythingPayload> {
    Ok(EverythingPayload::new(
        format!("0193a5b0-0000-7000-8000-{number:012}").parse()?,
        true,
        i32::MIN,
        i64::MAX,
        1.5,
        f64::NEG_INFINITY,
        Bytes::from_static(&[0, 255]),
        "é\u{1f600}",
        "-12.5".parse::<Decimal>()?,
        "0.0001".parse::<Decimal>()?,
        "2024-02-29".parse()?,
        "23:59:59.999".parse()?,
        "00:00:00.000001".parse()?,
        "1969-12-31T23:59:59.999Z".parse()?,
        "2024-02-29T12:00:00.000001Z".parse()?,
        "2024-02-29T12:00:00.5".parse()?,
        "2024-02-29T12:00:00.000001".parse()?,
        Duration {
            months: 1,
            days: 2,
            milliseconds: 3,
        },
        Fixed([number; 16]),
        Suit::Hearts,
        vec![BTreeMap::from([("a".to_owned(), -1)]), BTreeMap::new()],
        None,
        Some("last".to_owned()),
        Some("1970-01-02".parse()?),
        None,
        EverythingAlways::String(String::new()),
        i64::MIN,
        None,
        Vec::new(),
    ))
}

fn single_objects(python: &str) -> Outcome {
    let full = CountedPayload::new("word")
        .with_count(-2)
        .with_exact(false)
        .with_share(2.5)
        .with_words(vec!["a".to_owned()])
        .with_colour(Colour::Red);
    let ours = [Counted::new(full), Counted::new(CountedPayload::new(""))];
    let shown = exchange(python, Counted::schema(), 10, &ours)?;
    let expected = "{'word': 'word', 'count': -2, 'exact': False, 'share': 2.5, 'words': ['a'], 'colour': 'RED'}";
    match shown == expected {
        true => Ok(()),
        false => Err(shown.into()),
    }
}

fn registered(python: &str) -> Outcome {
    Registered::schema().set_id(7);
    let values = [
        ("a".to_owned(), RegisteredPayloadValue::Int(1)),
        (
            "b".to_owned(),
            RegisteredPayloadValue::String("x".to_owned()),
        ),
    ];
    let ours = [Registered::new(BTreeMap::from(values))];
    let shown = exchange(python, Registered::schema(), 5, &ours)?;
    match shown == "{'a': 1, 'b': 'x'}" {
        true => Ok(()),
        false => Err(shown.into()),
    }
}

/// Has the library read what is ours, and reads what is its; gives what the first of ours is to it.
fn exchange<M: TypedMessage + PartialEq + Debug>(
    python: &str,
    schema: &Schema,
    header: usize,
    ours: &[M],
) -> Outcome<String> {
    let written: Vec<Bytes> = ours.iter().map(body).collect::<Outcome<_>>()?;
    let answer = ask(python, schema, header, &written, COUNT)?;
    let again = written.iter().map(|body| hex(&body[header..]));
    same("what it writes of ours", &answer["again"], &again.collect())?;
    let fingerprint = schema.fingerprint().ok_or("no schema")?;
    same(
        "fingerprint",
        &answer["fingerprint"],
        &hex(&fingerprint.to_le_bytes()).into(),
    )?;
    let made = answer["made"].as_array().into_iter().flatten();
    let made = made.map(|text| [&written[0][..header], &bytes(text)].concat().into());
    let made: Vec<Bytes> = made.collect();
    let ours_of_made = made.iter().map(|body| {
        let read = M::decode(&Message::new(body.clone()))?;
        self::body(&read)
    });
    let ours_of_made: Vec<Bytes> = ours_of_made.collect::<Outcome<_>>()?;
    let theirs = ask(python, schema, header, &made, 0)?;
    let back = ask(python, schema, header, &ours_of_made, 0)?;
    same("what we write of its", &back["shown"], &theirs["shown"])?;
    let count = theirs["shown"].as_array().map_or(0, Vec::len);
    let shown = answer["shown"][0].as_str().unwrap_or_default();
    match count == COUNT {
        true => Ok(shown.to_owned()),
        false => Err(format!("it made {count} values").into()),
    }
}

fn body<M: TypedMessage + PartialEq + Debug>(message: &M) -> Outcome<Bytes> {
    let encoded = message.encode()?;
    let decoded = M::decode(&encoded)?;
    match decoded == *message {
        true => Ok(encoded.body),
        false => Err(format!("{message:?} came back as {decoded:?}").into()),
    }
}

fn ask(
    python: &str,
    schema: &Schema,
    header: usize,
    values: &[Bytes],
    count: usize,
) -> Outcome<Value> {
    let schema: Value = serde_json::from_str(schema.text())?;
    let values: Vec<_> = values.iter().map(|value| hex(value)).collect();
    let asked = json!([{ "schema": schema, "header": header, "values": values, "count": count }]);
    let program = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/interop/programs/fastavro_values.py"
    );
    let mut child = Command::new(python)
        .arg(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().ok_or("it has no input")?;
    input.write_all(asked.to_string().as_bytes())?;
    drop(input);
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err("the program failed; see what it says above".into());
    }
    let mut answers: Value = serde_json::from_slice(&output.stdout)?;
    Ok(answers[0].take())
}

fn same(what: &str, left: &Value, right: &Value) -> Outcome {
    match left == right {
        true => Ok(()),
        false => Err(format!("{what}:\n{left}\n{right}").into()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap_or_default();
    let pairs = text.as_bytes().chunks(2);
    let pair = |pair: &[u8]| {
        str::from_utf8(pair)
            .ok()
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
    };
    pairs.filter_map(pair).collect()
}
