//! Reads documents that nobody here wrote, where they lie beside the project, and compares verdicts with the official ones.
use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;
use tidings_document::{Document, Settings, Severity, open, read};

/// Agreement below this is a regression, in percent.
const LEAST: usize = 90;

fn main() {
    let args = Arguments::from_args();
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let trials = vec![
        trial("corpus", &shared.join("corpus/manifest.jsonl"), corpus),
        trial(
            "specification_examples_are_valid",
            &shared.join("conformance/spec-embedded.manifest.json"),
            embedded,
        ),
        trial(
            "official_documents",
            &shared.join("conformance/documents.manifest.json"),
            documents,
        ),
    ];
    libtest_mimic::run(&args, trials).exit();
}

/// A test that is shown as ignored where its data is not there.
fn trial(name: &str, manifest: &Path, run: fn(&Path) -> Result<(), Failed>) -> Trial {
    let there = manifest.exists();
    let manifest = manifest.to_owned();
    Trial::test(name, move || run(&manifest)).with_ignored_flag(!there)
}

/// A document and what the official parser says of it.
struct Case {
    path: PathBuf,
    valid: bool,
    codes: Vec<String>,
    counts: bool,
}

fn corpus(manifest: &Path) -> Result<(), Failed> {
    let folder = manifest.parent().ok_or("no folder")?;
    let mut cases = Vec::new();
    for line in fs::read_to_string(manifest)?.lines() {
        let entry: Value = serde_json::from_str(line)?;
        cases.push(Case {
            path: folder.join(text(&entry["file"])),
            valid: entry["official"]["verdict"] == "valid",
            codes: texts(&entry["official"]["error_codes"]),
            counts: entry["network_dependent"] == false,
        });
    }
    compare("corpus", &cases, &folder.join("docs"), LEAST)
}

fn embedded(manifest: &Path) -> Result<(), Failed> {
    compare(
        "specification examples",
        &listed(manifest)?,
        manifest.parent().ok_or("no folder")?,
        100,
    )
}

fn documents(manifest: &Path) -> Result<(), Failed> {
    compare(
        "official documents",
        &listed(manifest)?,
        manifest.parent().ok_or("no folder")?,
        LEAST,
    )
}

fn listed(manifest: &Path) -> Result<Vec<Case>, Failed> {
    let folder = manifest.parent().ok_or("no folder")?;
    let entries: Value = serde_json::from_slice(&fs::read(manifest)?)?;
    let entries = entries.as_array().ok_or("the manifest is a list")?;
    let cases = entries.iter().map(|entry| Case {
        path: folder.join(text(&entry["file"])),
        valid: entry["expected"]["valid"] == true,
        codes: texts(&entry["expected"]["error_codes"]),
        counts: entry["expected"]["valid"].is_boolean(),
    });
    Ok(cases.filter(|case| case.path.is_file()).collect())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.map(|item| text(item).to_owned()).collect()
}

fn compare(name: &str, cases: &[Case], root: &Path, least: usize) -> Result<(), Failed> {
    let settings = Settings {
        roots: vec![root.to_owned()],
        ..Settings::default()
    };
    let verbose = std::env::var_os("TIDINGS_CORPUS_SHOW").is_some();
    let mut agree = 0;
    let mut total = 0;
    let mut report = String::new();
    for case in cases {
        let started = Instant::now();
        let (document, diagnostics) = open(&case.path, &settings)?;
        let (_, more) = read(&document);
        let errors: Vec<_> = diagnostics.into_iter().chain(more).collect();
        let errors: Vec<_> = errors
            .iter()
            .filter(|found| found.severity == Severity::Error)
            .collect();
        let took = started.elapsed();
        if took.as_secs() >= 5 {
            return Err(format!("{} took {took:?}", case.path.display()).into());
        }
        // Some documents came without the files that they refer to.
        let incomplete =
            |found: &&tidings_document::Diagnostic| found.message.ends_with("does not exist");
        if !case.counts || (case.valid && errors.iter().any(incomplete)) {
            continue;
        }
        total += 1;
        if errors.is_empty() == case.valid {
            agree += 1;
        } else if verbose {
            let kind = if case.valid { "FALSE ERROR" } else { "MISSED" };
            report.push_str(&format!(
                "{kind} {} {:?}\n",
                case.path.display(),
                case.codes
            ));
            for found in errors.iter().take(3) {
                report.push_str(&format!("    {}\n", shown(&document, found)));
            }
        }
    }
    let percent = agree * 100 / total.max(1);
    let line = format!("{report}{name}: {agree}/{total} ({percent} %)\n");
    std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes())?;
    if percent < least {
        return Err(format!("{name}: only {percent} % agree").into());
    }
    Ok(())
}

fn shown(document: &Document, found: &tidings_document::Diagnostic) -> String {
    let at = document.sources().range(found.span).start;
    let path = document.sources().path(found.span.file);
    format!(
        "{}:{}:{} {}: {}",
        path.display(),
        at.line,
        at.column,
        found.rule.id,
        found.message
    )
}
