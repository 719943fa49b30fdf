//! What the generator decides, read off its code: for what is too small for a document and a crate of its own in `tests/`.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod channels;
mod correlation;
mod generated;
mod imports;
mod limits;
mod types;

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
