//! Our SARIF against its schema, in the file that `TIDINGS_SARIF_SCHEMA` names (`dev/test` fetches one).
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A trial, or one that is ignored where there is no schema.
pub(crate) fn trials() -> Vec<Trial> {
    let Some(schema) = std::env::var_os("TIDINGS_SARIF_SCHEMA").map(PathBuf::from) else {
        return vec![super::left_out("sarif: TIDINGS_SARIF_SCHEMA is not set")];
    };
    vec![Trial::test("sarif: reports keep the schema", move || {
        reports_keep(&schema)
    })]
}

fn reports_keep(schema: &Path) -> Result<(), Failed> {
    // Its pattern of languages has a bracket too many, which only lenient regular expressions take.
    let schema = std::fs::read_to_string(schema)?.replace("{2}]?$", "{2}$");
    let schema: Value = serde_json::from_str(&schema)?;
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft7)
        .should_validate_formats(true)
        .build(&schema)?;
    let folder = tempfile::tempdir()?;
    let broken = folder.path().join("a ü.yaml");
    std::fs::write(
        &broken,
        "asyncapi: 2.6.0\ninfo: { title: '🎉' , verison: 1 } # tidings-ignore field-missing: soon\nchannels:\n  a: { publish: { message: { $ref: 'b.yaml' } } }\n",
    )?;
    std::fs::write(folder.path().join("b.yaml"), "payload: { type: strin }\n")?;
    std::fs::write(folder.path().join("c.yaml"), "asyncapi: [\n")?;
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
    for files in [
        &[specs.as_path()][..],
        &[Path::new("."), Path::new("nowhere.yaml"), &specs],
        &[&broken],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_tidings"))
            .current_dir(folder.path())
            .args(["validate", "--profile", "strict", "--format", "sarif"])
            .args(files)
            .output()?;
        let log: Value = serde_json::from_slice(&output.stdout)?;
        let errors: Vec<_> = validator
            .iter_errors(&log)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        if !errors.is_empty() {
            return Err(errors.join("\n").into());
        }
        if log["runs"][0]["results"]
            .as_array()
            .is_none_or(Vec::is_empty)
        {
            return Err("the report is empty".into());
        }
    }
    Ok(())
}
