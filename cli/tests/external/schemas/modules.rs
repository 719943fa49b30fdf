//! Generates a module for each schema, compiles all of them as one program, and passes the instances through it.
use super::{
    agreement,
    given::Schema,
    outcome::{Outcome, Trip},
};
use crate::beside::{self, PROFILE, cargo, write};
use libtest_mimic::Failed;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tidings_codegen::Validate;
use tidings_document::{Mapping, Severity, schema_json};

/// How often modules that do not compile are left out before that is given up.
const ROUNDS: usize = 4;

/// How far the modules of a program check what they read.
const MODES: [Validate; 2] = [Validate::Rules, Validate::Full];

pub(crate) fn outcomes(place: &Path, schemas: &[Schema]) -> Result<Vec<Outcome>, Failed> {
    write(&meta_schema(place), &referencing::meta::DRAFT7.to_string());
    let mut outcomes: Vec<Outcome> = schemas.iter().map(|schema| make(place, schema)).collect();
    let members = MODES.map(name).join("\", \"");
    let workspace = format!("[workspace]\nresolver = \"3\"\nmembers = [\"{members}\"]\n{PROFILE}");
    write(&place.join("Cargo.toml"), &workspace);
    for mode in MODES {
        let package = place.join(name(mode));
        write(&package.join("Cargo.toml"), &manifest(mode));
        write(&package.join("src/main.rs"), &program(schemas, &outcomes));
    }
    for mode in MODES {
        build_and_run(place, mode, schemas, &mut outcomes)?;
    }
    Ok(outcomes)
}

/// The program of a mode, and its package.
fn name(mode: Validate) -> &'static str {
    match mode {
        Validate::Full => "full",
        _ => "rules",
    }
}

fn manifest(mode: Validate) -> String {
    let features = match mode {
        Validate::Full => "\"idn\", \"validation\"",
        _ => "\"idn\"",
    };
    let manifest = MANIFEST.replace("NAME", name(mode));
    let manifest = manifest.replace("RUNTIME", &beside::runtime());
    manifest.replace("FEATURES", features)
}

fn build_and_run(
    place: &Path,
    mode: Validate,
    schemas: &[Schema],
    outcomes: &mut [Outcome],
) -> Result<(), Failed> {
    for _ in 0..ROUNDS {
        let main = place.join(name(mode)).join("src/main.rs");
        write(&main, &program(schemas, outcomes));
        let wrong = wrong(place, mode)?;
        if wrong.is_empty() {
            return pass_through(place, mode, schemas, outcomes);
        }
        for (schema, outcome) in schemas.iter().zip(&mut *outcomes) {
            outcome.broken |= wrong.contains(&schema.id);
        }
    }
    Ok(())
}

/// Writes the modules of a schema, unless there is a reason not to.
fn make(place: &Path, schema: &Schema) -> Outcome {
    let document = place.join(format!("documents/{}.asyncapi.json", schema.id));
    let beside = place.join(format!("documents/{}.json", schema.id));
    write(&beside, &schema.with_dialect());
    let mut payload = json!({ "$ref": format!("./{}.json", schema.id) });
    if schema.is_of_openapi() {
        let format = "application/vnd.oai.openapi;version=3.0.3";
        payload = json!({ "schemaFormat": format, "schema": payload });
    }
    let text = json!({
        "asyncapi": "3.0.0",
        "info": { "title": "Schema", "version": "1.0.0" },
        "components": { "messages": { "envelope": { "payload": payload } } },
    });
    write(&document, &text.to_string());
    let mut outcome = Outcome::default();
    if let Err(complaint) = generate(place, &document, schema, &mut outcome) {
        outcome.complaint = complaint;
    }
    outcome
}

const META_SCHEMA: &str = "http://json-schema.org/draft-07/schema";

/// A copy of the schema of schemas, as the validation library has it.
fn meta_schema(place: &Path) -> PathBuf {
    place.join("documents/draft-07.schema.json")
}

/// References to the schema of schemas lead to a copy, since nothing is fetched.
fn reading(place: &Path) -> Result<tidings_document::Settings, String> {
    let map = Mapping::new(META_SCHEMA, meta_schema(place)).map_err(|error| error.to_string())?;
    let mut reading = tidings_document::Settings::default();
    reading.remote.map.push(map);
    Ok(reading)
}

/// Writes the code for a document, and notes what the generator tells and what its messages are held to; or why there is none.
fn generate(
    place: &Path,
    document: &Path,
    schema: &Schema,
    outcome: &mut Outcome,
) -> Result<(), String> {
    let reading = reading(place)?;
    let (document, found) =
        tidings_document::open(document, &reading).map_err(|error| error.to_string())?;
    let (api, more) = tidings_document::read(&document);
    let mut errors = found.iter().chain(&more);
    if let Some(error) = errors.find(|it| it.severity == Severity::Error) {
        return Err(error.message.clone());
    }
    let api = api.ok_or("no document")?;
    for mode in MODES {
        let settings = tidings_codegen::Settings {
            layout: tidings_codegen::Layout::Module,
            validate: mode,
            ..tidings_codegen::Settings::default()
        };
        let (mut files, notes) = tidings_codegen::generate(&api, &settings);
        write(&module(place, mode, schema), &files.remove(0).text);
        if mode == Validate::Rules {
            outcome.notes = notes.iter().map(|note| note.message.clone()).collect();
        }
    }
    let payload = api.messages.first().and_then(|it| it.payload.as_ref());
    let payload = payload.and_then(|payload| payload.schema);
    let payload = payload.map(|id| schema_json(&api, id));
    outcome.checked = agreement::checked(payload, schema)?;
    Ok(())
}

fn module(place: &Path, mode: Validate, schema: &Schema) -> PathBuf {
    place.join(format!("{}/src/{}.rs", name(mode), schema.id))
}

const MANIFEST: &str = "[package]
name = \"NAME\"
version = \"0.0.0\"
edition = \"2024\"
publish = false

[dependencies]
tidings = { path = \"RUNTIME\", features = [FEATURES] }
";

fn program(schemas: &[Schema], outcomes: &[Outcome]) -> String {
    let (mut modules, mut table) = (String::new(), String::new());
    let made = schemas
        .iter()
        .zip(outcomes)
        .filter(|(_, it)| is_compiled(it));
    for (Schema { id, .. }, _) in made {
        modules += &format!("mod {id};\n");
        table += &format!("    (\"{id}\", trip::<{id}::Envelope>),\n");
    }
    format!("{PROGRAM}{modules}\nconst TYPES: &[(&str, fn(&str) -> Value)] = &[\n{table}];\n")
}

pub(crate) fn is_compiled(outcome: &Outcome) -> bool {
    outcome.complaint.is_empty() && !outcome.broken
}

const PROGRAM: &str = "#![allow(unused)]
use tidings::{Message, TypedMessage, codegen::serde_json::{self, Value, json}};

fn main() {
    let payloads: Value = serde_json::from_reader(std::io::stdin()).expect(\"JSON\");
    for (name, trip) in TYPES {
        let texts = payloads[name].as_array().expect(\"a list\").iter();
        let trips: Vec<_> = texts.map(|text| trip(text.as_str().expect(\"a text\"))).collect();
        println!(\"{}\", json!({ \"name\": name, \"trips\": trips }));
    }
}

fn trip<T: TypedMessage>(payload: &str) -> Value {
    let written = T::decode(&Message::new(payload.to_owned())).and_then(|value| value.encode());
    match written {
        Ok(message) => json!({ \"written\": String::from_utf8_lossy(&message.body) }),
        Err(error) => json!({ \"refused\": error.to_string() }),
    }
}

";

/// The modules that do not compile.
fn wrong(place: &Path, mode: Validate) -> Result<BTreeSet<String>, Failed> {
    let arguments = ["build", "--package", name(mode), "--message-format=json"];
    let output = cargo(place, &arguments).output()?;
    let mut wrong = BTreeSet::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let told: Value = serde_json::from_str(line)?;
        let message = &told["message"];
        if message["level"] != "error" {
            continue;
        }
        let spans = message["spans"].as_array().into_iter().flatten();
        let files = spans.filter_map(|span| span["file_name"].as_str());
        wrong.extend(files.filter_map(|file| {
            let (_, id) = file.strip_suffix(".rs")?.rsplit_once('/')?;
            Some(id.to_owned()).filter(|id| id != "main")
        }));
        if let Some(text) = message["rendered"].as_str() {
            writeln!(std::io::stderr(), "{text}")?;
        }
    }
    if output.status.success() || !wrong.is_empty() {
        return Ok(wrong);
    }
    Err(format!(
        "cargo could not build: {}",
        String::from_utf8_lossy(&output.stderr)
    )
    .into())
}

fn pass_through(
    place: &Path,
    mode: Validate,
    schemas: &[Schema],
    outcomes: &mut [Outcome],
) -> Result<(), Failed> {
    let payloads = schemas.iter().map(|schema| {
        let texts = schema
            .instances
            .iter()
            .map(|(text, _)| Value::from(&**text));
        (schema.id.clone(), texts.collect())
    });
    let input = Value::Object(payloads.collect()).to_string();
    let mut child = Command::new(place.join("target/debug").join(name(mode)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().ok_or("no input")?;
    stdin.write_all(input.as_bytes())?;
    drop(stdin);
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err("the program that uses the modules failed".into());
    }
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let line: Value = serde_json::from_str(line)?;
        let at = schemas.iter().position(|schema| line["name"] == schema.id);
        let at = at.ok_or("an unknown module")?;
        let trips = line["trips"].as_array().into_iter().flatten();
        let trips = trips.map(trip).collect();
        match mode {
            Validate::Full => outcomes[at].full = trips,
            _ => outcomes[at].trips = trips,
        }
    }
    Ok(())
}

fn trip(trip: &Value) -> Trip {
    let text = |key: &str| trip[key].as_str().map(str::to_owned);
    text("written").ok_or_else(|| text("refused").unwrap_or_default())
}
