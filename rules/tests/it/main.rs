//! The official parser's own cases and verdicts, and those on documents that nobody here wrote, which all lie beside the
//! repository: the profile `official` must say the same.
mod cases;
mod corpus;
mod documents;
mod official;

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

type Runner = fn(&Path) -> Result<(), Failed>;

/// Each runner with the list that it reads.
const RUNNERS: &[(&str, &str, Runner)] = &[
    (
        "parser_js_rules",
        "conformance/parser-js-rules.manifest.json",
        cases::run,
    ),
    (
        "documents",
        "conformance/documents.manifest.json",
        documents::official,
    ),
    (
        "spec_embedded",
        "conformance/spec-embedded.manifest.json",
        documents::embedded,
    ),
    ("corpus", "corpus/manifest.jsonl", corpus::run),
];

fn main() {
    let trials = RUNNERS
        .iter()
        .map(|(name, list, run)| trial(name, list, *run));
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

fn trial(name: &str, list: &str, run: Runner) -> Trial {
    let list = shared().join(list);
    if list.exists() {
        return Trial::test(name, move || run(&list));
    }
    let reason = format!("no {} beside the repository", list.display());
    Trial::ignorable_test(name, move || Ok(Completion::ignored_with(reason)))
}

fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared")
}
