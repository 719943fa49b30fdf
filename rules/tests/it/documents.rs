//! Whole documents with the official verdict.
use std::{fs, path::Path, sync::Arc};

use libtest_mimic::Failed;
use serde_json::Value;
use tidings_document::{MemoryLoader, Settings};
use tidings_rules::Profile;

use crate::official::{Count, findings, within};

/// Documents of the official parser's tests.
pub(crate) fn official(manifest: &Path) -> Result<(), Failed> {
    verdicts(manifest, "documents", 98.0, |_, folder| Ok(within(folder)))
}

/// Examples in the text of the specification, which are all valid.
pub(crate) fn embedded(manifest: &Path) -> Result<(), Failed> {
    verdicts(manifest, "spec-embedded", 100.0, with_avro)
}

/// The document together with the one file that some refer to.
fn with_avro(file: &Path, folder: &Path) -> Result<Settings, Failed> {
    let avro = r#"{"type": "record", "name": "UserCreate", "fields": []}"#;
    let files = [
        (file.to_owned(), fs::read(file)?),
        (file.with_file_name("user-create.avsc"), avro.into()),
    ];
    Ok(Settings {
        loader: Arc::new(MemoryLoader::new(files)),
        ..within(folder)
    })
}

type Prepare = fn(&Path, &Path) -> Result<Settings, Failed>;

fn verdicts(manifest: &Path, name: &str, bar: f64, prepare: Prepare) -> Result<(), Failed> {
    let folder = manifest.parent().ok_or("no folder")?;
    let cases: Value = serde_json::from_slice(&fs::read(manifest)?)?;
    let mut count = Count::default();
    for case in cases.as_array().into_iter().flatten() {
        let file = folder.join(case["file"].as_str().unwrap_or_default());
        let Some(valid) = case["expected"]["valid"]
            .as_bool()
            .filter(|_| file.is_file())
        else {
            continue;
        };
        let found = findings(&file, &prepare(&file, folder)?, Profile::Official)?;
        // Some came without the files that they refer to.
        if valid && found.incomplete {
            continue;
        }
        count.case(found.is_valid() == valid, || {
            format!(
                "{} valid: {valid} {:?}\n  {:?}",
                case["id"], case["expected"]["error_codes"], found.shown
            )
        });
    }
    count.finish(name, bar)
}
