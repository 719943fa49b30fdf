//! The crates that are made from cases: all compiled together, once, beside the repository's own target; then payloads go through their types.
use super::{reports, run, types};
use crate::beside::{self, PROFILE, cargo, write};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
    sync::OnceLock,
};

/// What became of a document.
#[derive(Default)]
pub(crate) struct Built {
    /// The source of its crate.
    pub(crate) source: String,
    /// What `generate` and the compiler said against it: nothing where all is well.
    pub(crate) complaint: String,
    /// All that `generate` printed.
    pub(crate) notes: String,
    /// What its types made of each payload.
    pub(crate) trips: Vec<Trip>,
}

/// A payload that was read into its type, and written again.
pub(crate) struct Trip {
    /// As it was written; nothing where it was refused.
    pub(crate) text: Option<String>,
    /// The value for programmers, or why it was refused.
    pub(crate) shown: String,
}

/// A document to make a crate of, and the payloads that go through the type of a message.
pub(crate) struct Order {
    pub(crate) document: PathBuf,
    pub(crate) message: &'static str,
    pub(crate) payloads: Vec<String>,
}

/// What became of a document; the first who asks has all of them built.
pub(crate) fn built(cases: &Path, document: &str) -> &'static Built {
    static ALL: OnceLock<BTreeMap<String, Built>> = OnceLock::new();
    static NONE: Built = Built {
        source: String::new(),
        complaint: String::new(),
        notes: String::new(),
        trips: Vec::new(),
    };
    let all = ALL.get_or_init(|| build(&orders(cases)));
    all.get(document).unwrap_or(&NONE)
}

fn orders(cases: &Path) -> Vec<Order> {
    let types = types::instances(cases)
        .into_iter()
        .map(|(name, list)| Order {
            document: cases.join(format!("types/{name}.yaml")),
            message: "Envelope",
            payloads: list
                .iter()
                .map(|(payload, _)| payload.to_string())
                .collect(),
        });
    reports::orders(cases).into_iter().chain(types).collect()
}

/// All source files of a crate, one after the other.
pub(crate) fn source(folder: &Path) -> String {
    let mut files: Vec<_> = super::entries(&folder.join("src"));
    files.sort();
    files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .collect()
}

fn build(orders: &[Order]) -> BTreeMap<String, Built> {
    let place = beside::place("cases");
    let names: Vec<_> = orders
        .iter()
        .map(|order| crate_name(&order.document))
        .collect();
    for old in super::entries(&place.join("crates")) {
        let kept = old
            .file_name()
            .is_some_and(|name| names.iter().any(|it| **it == *name));
        if !kept {
            fs::remove_dir_all(old).expect("removed");
        }
    }
    let mut all: Vec<Built> = orders
        .iter()
        .zip(&names)
        .map(|(order, name)| make(&order.document, name, &place.join("crates")))
        .collect();
    let made = |all: &[Built], name: &String| {
        let at = names.iter().position(|it| it == name);
        at.is_some_and(|at| all[at].complaint.is_empty())
    };
    write(&place.join("Cargo.toml"), &format!("{WORKSPACE}{PROFILE}"));
    write_program(&place, &names, orders, |name| made(&all, name));
    compile(&place, &names, &mut all);
    write_program(&place, &names, orders, |name| made(&all, name));
    pass_through(&place, &names, orders, &mut all);
    let documents = orders
        .iter()
        .map(|order| order.document.display().to_string());
    documents.zip(all).collect()
}

const WORKSPACE: &str = "[workspace]
resolver = \"3\"
members = [\"crates/*\", \"program\"]
";

fn crate_name(document: &Path) -> String {
    let parts: Vec<_> = document
        .with_extension("")
        .iter()
        .map(|part| part.display().to_string())
        .collect();
    let name = parts[parts.len().saturating_sub(3)..]
        .join("-")
        .to_lowercase();
    format!(
        "c-{}",
        name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
    )
}

/// Generates a crate; files that stay as they were are not written again, so that nothing is compiled twice.
fn make(document: &Path, name: &str, crates: &Path) -> Built {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = beside::runtime();
    let made = folder.path().join(name);
    let [document, to] = [document, &made].map(|path| path.display().to_string());
    let arguments = [
        "generate",
        "rust",
        "--isolated",
        &document,
        "-o",
        &to,
        "--name",
        name,
    ];
    let run = run::run(
        &[&arguments[..], &["--runtime-path", &runtime]].concat(),
        "",
        "ulimit -t 20",
    );
    let mut built = Built {
        notes: run.all(),
        ..Built::default()
    };
    if run.code != 0 {
        built.complaint = format!("generate: exit code {}\n{}", run.code, built.notes);
        let _ = fs::remove_dir_all(crates.join(name));
        return built;
    }
    built.source = source(&made);
    for old in super::entries(&crates.join(name).join("src")) {
        if !made
            .join("src")
            .join(old.file_name().expect("a name"))
            .exists()
        {
            fs::remove_file(old).expect("removed");
        }
    }
    for file in [super::entries(&made), super::entries(&made.join("src"))].concat() {
        if let Ok(text) = fs::read_to_string(&file) {
            let inside = file.strip_prefix(&made).expect("below");
            write(&crates.join(name).join(inside), &text);
        }
    }
    built
}

/// Compiles all crates; what the compiler says of one, be it a warning, is its complaint.
fn compile(place: &Path, names: &[String], all: &mut [Built]) {
    let arguments = [
        "build",
        "--workspace",
        "--exclude",
        "program",
        "--keep-going",
        "--message-format=json",
    ];
    let output = cargo(place, &arguments).output().expect("cargo starts");
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut spoke = false;
    for message in lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
    {
        let package = message["package_id"].as_str().unwrap_or_default();
        let text = message["message"]["rendered"].as_str();
        let at = names
            .iter()
            .position(|name| package.contains(&format!("/{name}#")));
        if let (Some(at), Some(text)) = (at, text) {
            all[at].complaint += text;
            spoke = true;
        }
    }
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() || spoke,
        "cargo could not build: {talk}"
    );
}

/// The program that passes payloads through the types of the crates that compile.
fn write_program(place: &Path, names: &[String], orders: &[Order], made: impl Fn(&String) -> bool) {
    let mut manifest = String::from(MANIFEST);
    let mut table = String::new();
    for (name, order) in names.iter().zip(orders).filter(|(name, _)| made(name)) {
        manifest += &format!("{name} = {{ path = \"../crates/{name}\" }}\n");
        if !order.payloads.is_empty() {
            let path = format!("{}::{}", name.replace('-', "_"), order.message);
            table += &format!("    (\"{name}\", trip::<{path}>),\n");
        }
    }
    write(
        &place.join("program/Cargo.toml"),
        &manifest.replace("RUNTIME", &beside::runtime()),
    );
    write(
        &place.join("program/src/main.rs"),
        &format!("{PROGRAM}const TYPES: &[(&str, fn(&str) -> Value)] = &[\n{table}];\n"),
    );
}

const MANIFEST: &str = "[package]
name = \"program\"
version = \"0.0.0\"
edition = \"2024\"
publish = false

[dependencies]
serde_json = \"1\"
tidings = { path = \"RUNTIME\" }
";

const PROGRAM: &str = "use serde_json::{Value, json};
use tidings::{Message, TypedMessage};

fn main() {
    let payloads: Value = serde_json::from_reader(std::io::stdin()).expect(\"JSON\");
    for (name, trip) in TYPES {
        let trips: Vec<_> = payloads[name].as_array().expect(\"a list\").iter().map(|payload| trip(payload.as_str().expect(\"a text\"))).collect();
        println!(\"{}\", json!({ \"name\": name, \"trips\": trips }));
    }
}

fn trip<T: TypedMessage + std::fmt::Debug>(payload: &str) -> Value {
    match T::decode(&Message::new(payload.to_owned())) {
        Err(error) => json!({ \"shown\": format!(\"{error} {error:?}\") }),
        Ok(value) => match value.encode() {
            Err(error) => json!({ \"shown\": format!(\"written: {error}\"), \"text\": \"\" }),
            Ok(message) => json!({ \"shown\": format!(\"{value:?}\"), \"text\": String::from_utf8_lossy(&message.body) }),
        },
    }
}

";

fn pass_through(place: &Path, names: &[String], orders: &[Order], all: &mut [Built]) {
    let payloads: BTreeMap<_, _> = names
        .iter()
        .zip(orders)
        .map(|(name, order)| (name, &order.payloads))
        .collect();
    let mut child = cargo(place, &["run", "--package", "program"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("cargo starts");
    let input = json!(payloads).to_string();
    child
        .stdin
        .take()
        .expect("piped")
        .write_all(input.as_bytes())
        .expect("read");
    let output = child.wait_with_output().expect("it ends");
    assert!(
        output.status.success(),
        "the program that uses the crates failed"
    );
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let at = names
            .iter()
            .position(|name| line["name"] == **name)
            .expect("a crate");
        let trips = line["trips"].as_array().into_iter().flatten();
        all[at].trips = trips
            .map(|trip| Trip {
                text: trip["text"].as_str().map(str::to_owned),
                shown: trip["shown"].as_str().unwrap_or_default().to_owned(),
            })
            .collect();
    }
}
