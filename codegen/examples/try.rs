//! Scratch.
#![allow(
    clippy::all,
    clippy::allow_attributes,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used
)]
use std::path::Path;
use tidings_codegen::{Layout, Role, Runtime, Settings, generate};
fn main() {
    let mut args = std::env::args().skip(1);
    let (doc, out, name) = (
        args.next().unwrap(),
        args.next().unwrap(),
        args.next().unwrap(),
    );
    let role = match args.next().as_deref() {
        Some("application") => Role::Application,
        Some("counterpart") => Role::Counterpart,
        _ => Role::Both,
    };
    let (document, _) = match tidings_document::open(
        Path::new(&doc),
        &tidings_document::Settings {
            roots: vec![
                Path::new(&doc)
                    .parent()
                    .unwrap()
                    .parent()
                    .unwrap()
                    .to_path_buf(),
            ],
            ..Default::default()
        },
    ) {
        Ok(x) => x,
        Err(e) => {
            eprintln!("{doc}: open: {e}");
            return;
        }
    };
    let (api, diags) = tidings_document::read(&document);
    let Some(api) = api else {
        eprintln!("{doc}: no api ({} diagnostics)", diags.len());
        return;
    };
    if api.version.is_v2() {
        eprintln!("{doc}: v2");
    }
    let settings = Settings {
        role,
        name: Some(name),
        source: Path::new(&doc)
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned(),
        runtime: Runtime::Path("/work/w-codegen/runtime".into()),
        layout: if out.ends_with(".rs") {
            Layout::Module
        } else {
            Layout::Crate
        },
        ..Settings::default()
    };
    let (files, notes) = generate(&api, &settings);
    for note in notes {
        eprintln!("{doc}: {}: {}", note.rule.id, note.message);
    }
    for file in files {
        let path = Path::new(&out).join(&file.path);
        if file.path.ends_with(".rs") && file.text.contains("not whole") {
            eprintln!("BAD");
        }
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file.text).unwrap();
    }
}
