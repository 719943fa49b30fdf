//! Documents nobody here wrote, from `../shared/corpus` where it lies beside the repository: validating, rendering and
//! generating each ends within 5 s of CPU time and 500 MB of address space, with exit code 0, 1 or 2 and no panic.
use libtest_mimic::{Failed, Trial};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// One trial a document, or one that is ignored where there are none.
pub(crate) fn trials() -> Vec<Trial> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let Ok(manifest) = std::fs::read_to_string(corpus.join("manifest.jsonl")) else {
        return vec![super::left_out("corpus: ../shared/corpus is not there")];
    };
    manifest
        .lines()
        .filter_map(|line| {
            serde_json::from_str::<serde_json::Value>(line).ok()?["file"]
                .as_str()
                .map(str::to_owned)
        })
        .map(|file| {
            let path = corpus.join(&file);
            Trial::test(format!("corpus: {file}"), move || {
                ends_in_bounds(&path, &corpus_root(&path))
            })
        })
        .collect()
}

/// The folder of the document's repository: references inside it are allowed.
fn corpus_root(document: &Path) -> PathBuf {
    let depth = document
        .iter()
        .position(|part| part == "docs")
        .unwrap_or_default();
    document.iter().take(depth + 2).collect()
}

fn ends_in_bounds(document: &Path, root: &Path) -> Result<(), Failed> {
    let scratch = tempfile::tempdir()?;
    let page = scratch.path().join("page.html");
    let krate = scratch.path().join("crate");
    run(&["validate".as_ref(), "--root".as_ref(), root, document])?;
    run(&[
        "docs".as_ref(),
        "--root".as_ref(),
        root,
        document,
        "-o".as_ref(),
        &page,
    ])?;
    run(&[
        "generate".as_ref(),
        "rust".as_ref(),
        "--root".as_ref(),
        root,
        document,
        "-o".as_ref(),
        &krate,
    ])
}

fn run(arguments: &[&Path]) -> Result<(), Failed> {
    let output = Command::new("sh")
        .args([
            "-c",
            "{ ulimit -t 5 && ulimit -v 500000; } || exit 99; exec \"$0\" \"$@\"",
            env!("CARGO_BIN_EXE_tidings"),
        ])
        .args(arguments)
        .output()?;
    let talk = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0..=2) if !talk.contains("panicked") => Ok(()),
        _ => Err(format!("{arguments:?}: {}\n{talk}", output.status).into()),
    }
}
