//! How long generated code is: over the documents of products in `../shared/corpus`, where that lies beside the repository, at most 3 lines a
//! line of document, and 4 on the largest; of a document with 1,000 messages, 160 lines a message.
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

const ALL: f64 = 3.0;
const LARGEST: f64 = 4.0;
const MESSAGES: usize = 1000;
const A_MESSAGE: usize = 160;

pub(crate) fn trials() -> Vec<Trial> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let messages = Trial::test("lines: 1,000 messages", of_messages);
    let Ok(manifest) = std::fs::read_to_string(corpus.join("manifest.jsonl")) else {
        let none = super::left_out("lines: ../shared/corpus is not there");
        return vec![messages, none];
    };
    let products = move || of_products(&corpus, &manifest);
    vec![messages, Trial::test("lines: products", products)]
}

/// Lines of a document, and of the code that is generated from it.
#[derive(Default, Clone, Copy)]
struct Lines {
    document: usize,
    code: usize,
}

impl Lines {
    fn ratio(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "lines are few")]
        let [document, code] = [self.document, self.code].map(|count| count as f64);
        code / document
    }
}

fn of_products(corpus: &Path, manifest: &str) -> Result<(), Failed> {
    let entries = manifest.lines().map(serde_json::from_str::<Value>);
    let entries: Vec<Value> = entries.collect::<Result<_, _>>()?;
    let (mut all, mut largest) = (Lines::default(), Lines::default());
    for file in entries.iter().filter_map(product) {
        let parts = file.split('/').take(2);
        let root = parts.fold(corpus.to_owned(), |root, part| root.join(part));
        let Some(lines) = of(&corpus.join(file), &root)? else {
            continue;
        };
        all.document += lines.document;
        all.code += lines.code;
        if lines.document > largest.document {
            largest = lines;
        }
    }
    let (whole, most) = (all.ratio(), largest.ratio());
    writeln!(
        std::io::stderr(),
        "lines: {whole:.2} a line of document (bar {ALL}), {most:.2} on the largest (bar {LARGEST})"
    )?;
    match whole <= ALL && most <= LARGEST {
        true => Ok(()),
        false => Err(format!("{whole:.2} and {most:.2}").into()),
    }
}

/// The file of a document of a product that is valid and needs no network.
fn product(entry: &Value) -> Option<&str> {
    let is_product = entry["kind"] == "product"
        && entry["official"]["verdict"] == "valid"
        && entry["network_dependent"] == false;
    entry["file"].as_str().filter(|_| is_product)
}

fn of_messages() -> Result<(), Failed> {
    let scratch = tempfile::tempdir()?;
    let path = scratch.path().join("api.json");
    std::fs::write(&path, serde_json::to_vec_pretty(&document())?)?;
    let lines = of(&path, scratch.path())?.ok_or("is not generated")?;
    let (code, bar) = (lines.code, A_MESSAGE * MESSAGES);
    writeln!(
        std::io::stderr(),
        "lines: {code} of {MESSAGES} messages (bar {bar})"
    )?;
    match code <= bar {
        true => Ok(()),
        false => Err(format!("{code} lines").into()),
    }
}

/// Generates a crate and counts; none where the document cannot be generated from.
fn of(document: &Path, root: &Path) -> Result<Option<Lines>, Failed> {
    let scratch = tempfile::tempdir()?;
    let output = Command::new(env!("CARGO_BIN_EXE_tidings"))
        .args(["generate", "rust", "--root"])
        .args([root, document, "-o".as_ref(), &scratch.path().join("crate")])
        .output()?;
    if !output.status.success() {
        return Ok(None);
    }
    let count = |path: PathBuf| std::fs::read_to_string(path).map(|text| text.lines().count());
    let mut code = 0;
    for entry in std::fs::read_dir(scratch.path().join("crate/src"))? {
        code += count(entry?.path())?;
    }
    Ok(Some(Lines {
        document: count(document.to_owned())?,
        code,
    }))
}

/// Events, each on a channel with a parameter, with an object of six properties, one an object, one listed.
fn document() -> Value {
    let each = |make: fn(usize) -> (String, Value)| -> Value {
        Value::Object((0..MESSAGES).map(make).collect())
    };
    json!({
        "asyncapi": "3.0.0",
        "info": { "title": "Many", "version": "1.0.0" },
        "channels": each(|at| (format!("channel{at}"), json!({
            "address": format!("lamps/{at}/{{lamp}}"),
            "parameters": { "lamp": { "description": "Which." } },
            "messages": { "told": { "$ref": format!("#/components/messages/told{at}") } },
        }))),
        "operations": each(|at| (format!("tell{at}"), json!({
            "action": if at % 2 == 0 { "send" } else { "receive" },
            "channel": { "$ref": format!("#/channels/channel{at}") },
        }))),
        "components": { "messages": each(|at| (format!("told{at}"), json!({
            "payload": {
                "type": "object",
                "required": ["id", "at"],
                "properties": {
                    "id": { "type": "string", "maxLength": 20 },
                    "at": { "type": "string", "format": "date-time" },
                    "lumens": { "type": "integer", "minimum": 0 },
                    "state": { "type": "string", "enum": ["on", "off", "broken"] },
                    "place": { "type": "object", "properties": { "street": { "type": "string" } } },
                    "notes": { "type": "array", "items": { "type": "string" } },
                },
            },
        }))) },
    })
}
