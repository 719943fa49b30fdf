//! What the generator decides, read off its code: for what is too small for a document and a crate of its own in `tests/`.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod avro;
mod channels;
mod checked;
mod configured;
mod correlation;
mod encodings;
mod generated;
mod imports;
mod keys;
mod limits;
mod needs;
mod policies;
mod protobuf;
mod settings;
mod types;
mod unions;

use std::path::Path;
use tidings_codegen::{File, Layout, Settings, generate};

/// The code of a document as one module, each run of white space as one space.
fn code(text: &str) -> String {
    let text = files(text, Layout::Module).remove(0).text;
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The files of a document's code.
fn files(text: &str, layout: Layout) -> Vec<File> {
    let reading = tidings_document::Settings::default();
    let name = Path::new("t.yaml");
    let (document, _) =
        tidings_document::open_text(name, text.as_bytes().to_vec(), &reading).unwrap();
    let (api, _) = tidings_document::read(&document);
    let settings = Settings {
        layout,
        ..Settings::default()
    };
    generate(&api.unwrap(), &settings).0
}

/// What is told by a rule when a document is generated from: the text at its place, and the message.
fn notes(text: &str, rule: &str) -> Vec<(String, String)> {
    let reading = tidings_document::Settings::default();
    let name = Path::new("t.yaml");
    let (document, _) =
        tidings_document::open_text(name, text.as_bytes().to_vec(), &reading).unwrap();
    let (api, _) = tidings_document::read(&document);
    let notes = generate(&api.unwrap(), &Settings::default()).1;
    let found = notes.into_iter().filter(|note| note.rule.id == rule);
    let shown = found.map(|note| {
        let place = note.span.start as usize..note.span.end as usize;
        (text[place].to_owned(), note.message)
    });
    shown.collect()
}
