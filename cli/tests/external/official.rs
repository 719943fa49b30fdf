//! Our own documents against the official meta-schemas, in the folder that `TIDINGS_OFFICIAL_SCHEMAS` names (`dev/test` fills one).
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// One trial a document of `specs/`, or one that is ignored where there is no meta-schema.
pub(crate) fn trials() -> Vec<Trial> {
    let Some(schemas) = std::env::var_os("TIDINGS_OFFICIAL_SCHEMAS").map(PathBuf::from) else {
        return vec![super::left_out(
            "official: TIDINGS_OFFICIAL_SCHEMAS is not set",
        )];
    };
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
    let mut files = Vec::new();
    for folder in [specs.clone(), specs.join("styles")] {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        files.extend(
            entries
                .map(|entry| entry.path())
                .filter(|path| path.extension().is_some_and(|ext| ext == "yaml")),
        );
    }
    files
        .into_iter()
        .map(|file| {
            let schemas = schemas.clone();
            Trial::test(format!("official: {}", file.display()), move || {
                is_valid(&file, &schemas)
            })
        })
        .collect()
}

fn is_valid(file: &Path, schemas: &Path) -> Result<(), Failed> {
    let (document, _) = tidings_document::open(file, &tidings_document::Settings::default())?;
    let document = document.root().ok_or("not readable")?.to_json();
    let version = document["asyncapi"].as_str().ok_or("no version")?;
    let schema = std::fs::read(schemas.join(format!("{version}.json")))?;
    let schema: Value = serde_json::from_slice(&schema)?;
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft7)
        .build(&schema)?;
    let errors: Vec<_> = validator
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors.join("\n").into())
    }
}
