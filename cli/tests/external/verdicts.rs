//! What a user of the corpus sees: in the default profile sound documents are left in peace, and in the profile `official` the JSON has
//! the codes of the official tool.
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

/// Warnings and errors of half of the officially valid documents at most.
const MEDIAN: usize = 1;
/// Those of nine in ten.
const MOST: usize = 6;
/// Officially valid documents that may fail, in percent.
const FAILING: f64 = 3.0;
/// Documents whose error codes are the official ones, in percent.
const CODES: f64 = 97.0;

/// Officially valid documents that fail all the same, each with the clause that they break.
const BROKEN: &[(&str, &str)] = &[
    ("d0000", REPLY),
    ("d0080", REPLY),
    ("d0086", REPLY),
    ("d0227", KEYS),
    ("d0300", REPLY),
    ("d0412", REPLY),
    ("d0847", PARAMETERS),
    ("d0860", NAMES),
    ("d0866", NAMES),
];

const REPLY: &str = "Operation Reply Object, 3.0, `channel`: where `address` is given, the channel's address must be null or not defined";
const KEYS: &str = "Components Object, 2.6: keys must match `^[a-zA-Z0-9\\.\\-_]+$`";
const PARAMETERS: &str =
    "Parameters Object, 3.0: the map must contain all the parameters used in the channel address";
const NAMES: &str = "Avro 1.9, Names: a name must be defined before it is used";

/// Both trials, or one that is ignored where there is no corpus.
pub(crate) fn trials() -> Vec<Trial> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let Ok(manifest) = std::fs::read_to_string(corpus.join("manifest.jsonl")) else {
        return vec![super::left_out("verdicts: ../shared/corpus is not there")];
    };
    let entries = manifest.lines().filter_map(|line| Entry::of(&corpus, line));
    let entries: Vec<Entry> = entries.collect();
    let all = entries.clone();
    vec![
        Trial::test("verdicts: sound documents are left in peace", move || {
            quiet(&entries)
        }),
        Trial::test("verdicts: JSON has the official codes", move || codes(&all)),
    ]
}

/// A document that needs no network, with what the official tool says of it.
#[derive(Debug, Clone)]
struct Entry {
    id: String,
    file: PathBuf,
    root: PathBuf,
    is_valid: bool,
    codes: BTreeSet<String>,
}

impl Entry {
    fn of(corpus: &Path, line: &str) -> Option<Self> {
        let entry: Value = serde_json::from_str(line).ok()?;
        if entry["network_dependent"] != false {
            return None;
        }
        let codes = entry["official"]["error_codes"].as_array()?.iter();
        Some(Self {
            id: entry["id"].as_str()?.to_owned(),
            file: corpus.join(entry["file"].as_str()?),
            root: corpus.join("docs"),
            is_valid: entry["official"]["verdict"] == "valid",
            codes: codes.filter_map(Value::as_str).map(str::to_owned).collect(),
        })
    }

    /// The exit code and what is printed.
    fn validate(&self, arguments: &[&str]) -> Result<(Option<i32>, String), Failed> {
        let output = Command::new(env!("CARGO_BIN_EXE_tidings"))
            .args(["validate", "--isolated", "--root"])
            .arg(&self.root)
            .args(arguments)
            .arg(&self.file)
            .output()?;
        Ok((output.status.code(), String::from_utf8(output.stdout)?))
    }
}

fn quiet(entries: &[Entry]) -> Result<(), Failed> {
    let (mut counts, mut failing) = (Vec::new(), Vec::new());
    for entry in entries.iter().filter(|entry| entry.is_valid) {
        let (code, text) = entry.validate(&["--format", "text"])?;
        let summary = text.lines().last().ok_or("no summary")?;
        counts.push(counted(summary));
        if code != Some(0) {
            failing.push(entry.id.as_str());
        }
    }
    counts.sort_unstable();
    let (median, most) = (counts[counts.len() / 2], counts[counts.len() * 9 / 10]);
    let percent = failing.len() as f64 * 100.0 / counts.len() as f64;
    let line = format!(
        "quiet: {} sound documents, warnings and errors: median {median}, p90 {most}; {percent:.1} % fail",
        counts.len()
    );
    writeln!(std::io::stderr(), "{line}")?;
    if median > MEDIAN || most > MOST || percent > FAILING {
        return Err(format!("{line}: beyond {MEDIAN}, {MOST}, {FAILING} %").into());
    }
    let listed: Vec<&str> = BROKEN.iter().map(|(id, _)| *id).collect();
    if failing != listed {
        return Err(format!("the list of broken ones is not exact: {failing:?} fail").into());
    }
    Ok(())
}

/// The warnings and errors that a summary counts.
fn counted(summary: &str) -> usize {
    let found = summary.split(';').next().unwrap_or_default();
    let words: Vec<&str> = found.split([' ', ',']).collect();
    let counts = words.windows(2).filter_map(|pair| {
        let is_counted = pair[1].starts_with("error") || pair[1].starts_with("warning");
        pair[0].parse::<usize>().ok().filter(|_| is_counted)
    });
    counts.sum()
}

fn codes(entries: &[Entry]) -> Result<(), Failed> {
    let (mut equal, mut others) = (0, Vec::new());
    for entry in entries {
        let (_, text) = entry.validate(&["--profile", "official", "--format", "json"])?;
        let report: Value = serde_json::from_str(&text)?;
        let found = error_codes(&report);
        match found == entry.codes {
            true => equal += 1,
            false => others.push(format!("{}: {found:?}, not {:?}", entry.id, entry.codes)),
        }
    }
    let percent = f64::from(equal) * 100.0 / entries.len() as f64;
    let line = format!("codes in JSON: {equal}/{} ({percent:.1} %)", entries.len());
    writeln!(std::io::stderr(), "{line}")?;
    if percent < CODES {
        return Err(format!("{line} is below {CODES} %:\n{}", others.join("\n")).into());
    }
    Ok(())
}

/// The codes of the errors of a report.
fn error_codes(report: &Value) -> BTreeSet<String> {
    let found = report["diagnostics"].as_array().into_iter().flatten();
    let errors = found.filter(|found| found["severity"] == "error");
    let codes = errors.filter_map(|found| found["codes"].as_array());
    codes
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
