//! The documents, and the code that is made of each.
use libtest_mimic::Failed;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tidings_codegen::{Layout, Role, Settings};
use tidings_document::{Severity, api::Api};
use tidings_rules::Profile;

/// A document, and the folder within which its references may lead.
pub(crate) struct Document {
    pub(crate) name: String,
    path: PathBuf,
    root: PathBuf,
}

/// Those that the official tool finds valid, and that need no network.
pub(crate) fn of_corpus(corpus: &Path) -> Result<Vec<Document>, Failed> {
    let manifest = std::fs::read_to_string(corpus.join("manifest.jsonl"))?;
    let entries = manifest.lines().map(serde_json::from_str::<Value>);
    let entries: Vec<Value> = entries.collect::<Result<_, _>>()?;
    let valid = entries.iter().filter(|entry| {
        entry["official"]["verdict"] == "valid" && entry["network_dependent"] == false
    });
    let documents = valid.map(|entry| {
        Some(Document {
            name: entry["id"].as_str()?.to_owned(),
            path: corpus.join(entry["file"].as_str()?),
            root: corpus.join("docs"),
        })
    });
    let documents: Option<Vec<_>> = documents.collect();
    Ok(documents.ok_or("the manifest has something else")?)
}

/// Our own.
pub(crate) fn of_ours() -> Result<Vec<Document>, Failed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
    let mut documents = Vec::new();
    for folder in [root.clone(), root.join("styles")] {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if let Some(name) = name.strip_suffix(".asyncapi.yaml") {
                documents.push(Document {
                    name: name.replace('-', "_"),
                    root: root.clone(),
                    path,
                });
            }
        }
    }
    documents.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(documents)
}

impl Document {
    /// The text of a module for a side, or why there is none.
    pub(crate) fn module(&self, role: Role, tests: bool) -> Result<String, String> {
        self.read(|api| module(api, role, tests))?
    }

    /// Whether each of its examples is what its schema says. Tests made of others fail, as they should.
    pub(crate) fn keeps_to_itself(&self) -> bool {
        let broken = |api: &Api<'_>| {
            let told = tidings_rules::check(api, Profile::Recommended);
            told.iter()
                .any(|it| it.rule.id == "message-example-invalid")
        };
        self.read(broken).is_ok_and(|is_broken| !is_broken)
    }

    fn read<T>(&self, of: impl FnOnce(&Api<'_>) -> T) -> Result<T, String> {
        let reading = tidings_document::Settings {
            roots: vec![self.root.clone()],
            ..tidings_document::Settings::default()
        };
        let (document, _) =
            tidings_document::open(&self.path, &reading).map_err(|error| error.to_string())?;
        let (api, _) = tidings_document::read(&document);
        Ok(of(&api.ok_or("no document")?))
    }
}

fn module(api: &Api<'_>, role: Role, tests: bool) -> Result<String, String> {
    let settings = Settings {
        layout: Layout::Module,
        role,
        tests,
        ..Settings::default()
    };
    let (files, notes) = tidings_codegen::generate(api, &settings);
    let mut notes = notes.iter();
    match notes.find(|note| note.severity == Severity::Error) {
        Some(error) => Err(error.message.clone()),
        None => Ok(files.into_iter().map(|file| file.text).collect()),
    }
}
