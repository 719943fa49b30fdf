//! Real documents with the official verdict and error codes.
use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use serde_json::Value;
use tidings_rules::Profile;

use crate::official::{Count, Findings, findings, within};

/// Documents of equal verdict, in percent.
const VERDICTS: f64 = 99.0;
/// Documents of equal error codes, in percent.
const CODES: f64 = 95.0;
/// Share of the time of all that no document may take.
const LONGEST: f64 = 0.3;

pub(crate) fn run(manifest: &Path) -> Result<(), Failed> {
    let folder = manifest.parent().ok_or("no folder")?;
    let (mut verdicts, mut codes) = (Count::default(), Count::default());
    let mut unlisted = Vec::new();
    let (begin, mut longest) = (Instant::now(), (Duration::ZERO, String::new()));
    for line in fs::read_to_string(manifest)?.lines() {
        let entry: Value = serde_json::from_str(line)?;
        if entry["network_dependent"] != false {
            continue;
        }
        let started = Instant::now();
        let file = entry["file"].as_str().unwrap_or_default();
        let found = findings(
            &folder.join(file),
            &within(&folder.join("docs")),
            Profile::Official,
        )?;
        longest = longest.max((started.elapsed(), file.to_owned()));
        let valid = entry["official"]["verdict"] == "valid";
        let texts = entry["official"]["error_codes"]
            .as_array()
            .into_iter()
            .flatten();
        let expected: BTreeSet<&str> = texts.filter_map(Value::as_str).collect();
        let says = || shown(&entry, &expected, &found);
        verdicts.case(found.is_valid() == valid, says);
        codes.case(found.error_codes() == expected, says);
        let differs = found.is_valid() != valid || found.error_codes() != expected;
        let id = entry["id"].as_str().unwrap_or_default();
        if differs != DIFFERENCES.iter().any(|(known, _)| *known == id) {
            unlisted.push(says());
        }
    }
    let (all, (time, file)) = (begin.elapsed(), longest);
    if time > all.mul_f64(LONGEST) {
        return Err(format!("{file} took {time:?} of {all:?}").into());
    }
    let verdicts = verdicts.finish("corpus", VERDICTS);
    let codes = codes.finish("corpus, error codes", CODES);
    verdicts.and(codes)?;
    if unlisted.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the list of differences is not exact:\n{}",
        unlisted.join("\n")
    )
    .into())
}

fn shown(entry: &Value, expected: &BTreeSet<&str>, found: &Findings) -> String {
    let mut text = format!(
        "{} {} {}\n  official {expected:?}\n  ours     {:?}",
        entry["id"],
        entry["version"],
        entry["file"],
        found.error_codes()
    );
    for line in found
        .shown
        .iter()
        .filter(|line| line.contains(" error "))
        .take(6)
    {
        text.push_str("\n    ");
        text.push_str(line);
    }
    text
}

/// Documents whose verdict or error codes differ, each with the reason.
const DIFFERENCES: &[(&str, &str)] = &[
    ("d0190", RAML),
    ("d0220", VERSION),
    ("d0223", SYNTAX),
    ("d0224", SYNTAX),
    ("d0225", SYNTAX),
    ("d0386", EXAMPLES),
    ("d0395", SYNTAX),
    ("d0620", BOOLEAN),
    ("d0621", BOOLEAN),
    ("d0753", SYNTAX),
    ("d0817", BOOLEAN),
];

const BOOLEAN: &str = "Schema Object, 3.0: a superset of JSON Schema draft-07, whose section 4.3.1 has boolean schemas";
const EXAMPLES: &str = "Message Example Object, 2.3: no reference may stand for an example, so that none is followed and read";
const RAML: &str = "Message Object, `schemaFormat`: tools must support AsyncAPI's own only; RAML is not looked into";
const SYNTAX: &str = "YAML 1.2, 3.1: what is not well-formed has no representation, so that nothing else is said of it";
const VERSION: &str = "AsyncAPI Object, `asyncapi`: without a known version there are no rules to compare the rest with";
