//! Payloads in Protobuf that Google's library for Python reads and writes: generated code reads what it makes, in binary and in JSON, and it what
//! generated code makes. Shown as ignored where there is no Python with it (`dev/services up python`).
use hostile_names::{Proto, ProtoJson};
use libtest_mimic::{Arguments, Failed, Trial};
use protobuf::{
    Colour, Everything, EverythingChoice, EverythingInner, EverythingInnerState, EverythingPayload,
    InJson, Mood, Old, OldPayload, OrderLine, Registered, RegisteredFirst,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fmt::{Debug, Write as _},
    fs,
    io::Write as _,
    ops::Deref,
    path::Path,
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};
use tidings::{
    Message, TypedMessage,
    codegen::Bytes,
    protobuf::{Duration, Timestamp},
};

type Outcome<T = ()> = Result<T, Failed>;

/// What is tried with a Python.
type Case = fn(&str) -> Outcome;

/// How many values the library makes of a message.
const COUNT: usize = 500;

/// How many sets of descriptors were made: cases run beside each other, each with a folder of its own.
static CALLS: AtomicUsize = AtomicUsize::new(0);

fn main() {
    let python = std::env::var("TIDINGS_TEST_PYTHON").ok();
    let cases: [(&str, Case); 5] = [
        ("what it makes", |python| {
            let of = ("protobuf", "everything", "example.all.Everything");
            made::<Everything, InJson, _>(python, of)
        }),
        ("what it makes under hostile names", |python| {
            let of = ("hostile-names", "Proto", "crate.self.Option");
            made::<Proto, ProtoJson, _>(python, of)
        }),
        ("a value of every type", everything),
        ("proto2", old),
        ("a registry's header", registered),
    ];
    let trials = cases.map(|(name, run)| {
        let is_there = python.is_some();
        let python = python.clone().unwrap_or_default();
        Trial::test(format!("protobuf: {name}"), move || run(&python)).with_ignored_flag(!is_there)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit();
}

/// Values of the library's of a message, told by its document, its name there and its full name, which both encodings bring here and back.
fn made<B, J, P>(python: &str, (document, message, name): (&str, &str, &str)) -> Outcome
where
    B: TypedMessage + Deref<Target = P> + PartialEq + Debug,
    J: TypedMessage + Deref<Target = P> + PartialEq + Debug,
    P: PartialEq + Debug,
{
    let files = files(document, message)?;
    let answer = ask(python, &files, name, &[], COUNT)?;
    let mut values = Vec::new();
    for pair in answer["made"].as_array().into_iter().flatten() {
        let [binary, shown] = [0, 1].map(|at| pair[at].as_str().unwrap_or_default());
        let read = B::decode(&Message::new(bytes(binary)))?;
        let text = shown.trim_start_matches("json:").to_owned();
        let of_json = J::decode(&Message::new(text))?;
        same("its JSON and its bytes", &*of_json, &*read)?;
        values.push(vec![
            binary.to_owned(),
            written(&read)?,
            shown_json(&of_json)?,
        ]);
    }
    if values.len() != COUNT {
        return Err(format!("it made {} values", values.len()).into());
    }
    let answer = ask(python, &files, name, &values, 0)?;
    same("what is not equal", &answer["differ"], &json!([]))
}

fn everything(python: &str) -> Outcome {
    let choices = [
        None,
        Some(EverythingChoice::Text(String::new())),
        Some(EverythingChoice::Message(EverythingInner::new())),
        Some(EverythingChoice::Paint(Colour::Unknown(9))),
        Some(EverythingChoice::Again(Box::new(full()?))),
        Some(EverythingChoice::Nothing(())),
        Some(EverythingChoice::Moment(Timestamp::new(-1, 5)?)),
        Some(EverythingChoice::Wrapped(String::new())),
    ];
    let mut ours = vec![EverythingPayload::new()];
    for choice in choices {
        let mut value = full()?;
        if let Some(choice) = choice {
            value = value.with_choice(choice);
        }
        value.next = Some(Box::new(EverythingPayload::new()));
        value.children = vec![full()?, EverythingPayload::new()];
        ours.push(value);
    }
    let values = ours.iter().map(|value| {
        let binary = written(&Everything::new(value.clone()))?;
        Ok(vec![binary, shown_json(&InJson::new(value.clone()))?])
    });
    let values: Vec<_> = values.collect::<Outcome<_>>()?;
    let answer = ask(
        python,
        &files("protobuf", "everything")?,
        "example.all.Everything",
        &values,
        0,
    )?;
    same("what is not equal", &answer["differ"], &json!([]))?;
    for (at, ours) in ours.iter().enumerate() {
        let again = |part: usize| answer["again"][at][part].as_str().unwrap_or_default();
        let read = Everything::decode(&Message::new(bytes(again(0))))?;
        same("what it writes of ours", &read.payload, ours)?;
        let text = again(1).trim_start_matches("json:").to_owned();
        same(
            "its JSON of ours",
            &InJson::decode(&Message::new(text))?.payload,
            ours,
        )?;
    }
    Ok(())
}

/// A value of every type.
fn full() -> Outcome<EverythingPayload> {
    let inner = || {
        EverythingInner::new()
            .with_a(-1)
            .with_state(EverythingInnerState::Open)
    };
    let map = |value: Value| BTreeMap::from([("a".to_owned(), value)]);
    let at = Timestamp::new(253_402_300_799, 999_999_999)?;
    Ok(EverythingPayload::new()
        .with_id("é\u{1f600}")
        .with_double(f64::NEG_INFINITY)
        .with_single(-0.0)
        .with_int32(i32::MIN)
        .with_int64(i64::MIN)
        .with_uint32(u32::MAX)
        .with_uint64(u64::MAX)
        .with_sint32(i32::MIN)
        .with_sint64(i64::MIN)
        .with_fixed32(u32::MAX)
        .with_fixed64(u64::MAX)
        .with_sfixed32(-1)
        .with_sfixed64(-1)
        .with_flag(true)
        .with_bytes(Bytes::from_static(&[0, 255]))
        .with_colour(Colour::DarkBlue)
        .with_inner(inner())
        .with_maybe_number(0)
        .with_maybe_text("")
        .with_maybe_colour(Colour::None)
        .with_packed(vec![i64::MAX, 0, -1])
        .with_each(vec![0, -1])
        .with_texts(vec![String::new(), "x".repeat(300)])
        .with_inners(vec![inner(), EverythingInner::new()])
        .with_colours(vec![Colour::Red, Colour::Unknown(77)])
        .with_doubles(vec![0.0, 0.1])
        .with_flags(vec![true, false])
        .with_by_text(BTreeMap::from([(String::new(), inner())]))
        .with_by_number(BTreeMap::from([(i64::MIN, "x".to_owned())]))
        .with_by_flag(BTreeMap::from([(false, Colour::None), (true, Colour::Red)]))
        .with_by_fixed(BTreeMap::from([
            (0, Bytes::new()),
            (u32::MAX, Bytes::from_static(b"x")),
        ]))
        .with_at(at)
        .with_span(Duration::new(-315_576_000_000, -999_999_999)?)
        .with_empty(())
        .with_mask(vec!["a_b.c".to_owned(), "d".to_owned()])
        .with_object(map(json!([1, null, { "b": [] }])))
        .with_value(json!(null))
        .with_list(vec![json!(false), json!(0.1)])
        .with_whole_or_not(0)
        .with_bytes_or_not(Bytes::new())
        .with_float_or_not(1.5)
        .with_moments(vec![at, Timestamp::default()])
        .with_values(map(json!(null)))
        .with_bools(vec![false, true])
        .with_odd_name("odd"))
}

fn old(python: &str) -> Outcome {
    let files = files("protobuf", "old")?;
    let value = OldPayload::new("n").with_tries(3).with_each(vec![1]);
    let ours = Old::new(value.with_mood(Mood::Bad));
    let answer = ask(python, &files, "old.Old", &[vec![written(&ours)?]], COUNT)?;
    let again = answer["again"][0][0].as_str().unwrap_or_default();
    let read = Old::decode(&Message::new(bytes(again)))?;
    same("what it writes of ours", &read, &ours)?;
    let made = answer["made"].as_array().into_iter().flatten();
    let values = made.map(|pair| {
        let binary = pair[0].as_str().unwrap_or_default();
        let read = Old::decode(&Message::new(bytes(binary)))?;
        Ok(vec![binary.to_owned(), written(&read)?])
    });
    let values: Vec<_> = values.collect::<Outcome<_>>()?;
    same("how many it made", &values.len(), &COUNT)?;
    let answer = ask(python, &files, "old.Old", &values, 0)?;
    same("what is not equal", &answer["differ"], &json!([]))
}

/// A value behind the header of Confluent's registry, first of a message within another one.
fn registered(python: &str) -> Outcome {
    let line = Registered::new(OrderLine::new().with_count(300));
    let schema = Registered::schema();
    framed(python, ("registered", "shop.Order.Line"), &line, |id| {
        schema.set_id(id)
    })?;
    let first = RegisteredFirst::new(full()?);
    let schema = RegisteredFirst::schema();
    let of = ("registeredFirst", "example.all.Everything");
    framed(python, of, &first, |id| schema.set_id(id))
}

/// Has the library write and read a message, told by its name in the document and its full name.
fn framed<M: TypedMessage + PartialEq + Debug>(
    python: &str,
    (message, name): (&str, &str),
    ours: &M,
    set_id: impl Fn(u32),
) -> Outcome {
    let files = hex(&files("protobuf", message)?);
    let ask = |value: &[u8], framed: &[u8]| {
        let asked =
            json!({ "files": files, "message": name, "value": hex(value), "framed": hex(framed) });
        run(python, "protobuf_registry.py", &asked)
    };
    // What the library calls the schema is told by what it writes.
    let empty = ask(&[], &[])?;
    let header = bytes(empty["framed"].as_str().unwrap_or_default());
    let id = header[1..5]
        .iter()
        .fold(0, |id, byte| id << 8 | u32::from(*byte));
    set_id(id);
    let written = ours.encode()?.body;
    let value = written.strip_prefix(&header[..]);
    let value =
        value.ok_or_else(|| format!("{} does not begin with {}", hex(&written), hex(&header)))?;
    let answer = ask(value, &written)?;
    same("what it reads of ours", &answer["is_same"], &json!(true))?;
    let theirs = bytes(answer["framed"].as_str().unwrap_or_default());
    same(
        "what we read of its",
        &M::decode(&Message::new(theirs))?,
        ours,
    )
}

fn written<M: TypedMessage + PartialEq + Debug>(message: &M) -> Outcome<String> {
    let encoded = message.encode()?;
    same("what comes back", &M::decode(&encoded)?, message)?;
    Ok(hex(&encoded.body))
}

fn shown_json(message: &impl TypedMessage) -> Outcome<String> {
    let encoded = message.encode()?;
    Ok(format!(
        "json:{}",
        String::from_utf8(encoded.body.to_vec())?
    ))
}

/// The descriptors of the schema of a document's message, and of what it imports.
fn files(document: &str, message: &str) -> Outcome<Vec<u8>> {
    let documents = Path::new(env!("CARGO_MANIFEST_DIR")).join("documents");
    let path = documents.join(document).with_extension("yaml");
    let settings = tidings_document::Settings::default();
    let (document, _) = tidings_document::open_text(&path, fs::read(&path)?, &settings)?;
    let api = tidings_document::read(&document).0.ok_or("it has no API")?;
    let mut messages = api.messages.iter().filter(|it| it.key.value == message);
    let payload = messages.next().and_then(|message| message.payload.as_ref());
    let proto = payload
        .and_then(|payload| payload.proto)
        .ok_or("it has no schema")?;
    let (id, call) = (std::process::id(), CALLS.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(format!("tidings-protobuf-{id}-{call}"));
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("schema.proto"), api[proto].text)?;
    let mut compiler = protox::Compiler::new([&folder])?;
    compiler.include_imports(true).open_file("schema.proto")?;
    let files = compiler.encode_file_descriptor_set();
    fs::remove_dir_all(&folder)?;
    Ok(files)
}

fn ask(
    python: &str,
    files: &[u8],
    message: &str,
    values: &[Vec<String>],
    count: usize,
) -> Outcome<Value> {
    let asked =
        json!({ "files": hex(files), "message": message, "values": values, "count": count });
    run(python, "protobuf_values.py", &asked)
}

/// What a program answers.
fn run(python: &str, program: &str, asked: &Value) -> Outcome<Value> {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/programs");
    let mut child = Command::new(python)
        .arg(programs.join(program))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().ok_or("it has no input")?;
    input.write_all(asked.to_string().as_bytes())?;
    drop(input);
    let output = child.wait_with_output()?;
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout)?),
        false => Err("the program failed; see what it says above".into()),
    }
}

fn same<T: PartialEq + Debug>(what: &str, left: &T, right: &T) -> Outcome {
    match left == right {
        true => Ok(()),
        false => Err(format!("{what}:\n{left:?}\n{right:?}").into()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    let pair = |pair: &[u8]| {
        let digits = str::from_utf8(pair).ok();
        digits.and_then(|pair| u8::from_str_radix(pair, 16).ok())
    };
    pairs.filter_map(pair).collect()
}
