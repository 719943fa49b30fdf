//! The official parser's own rule cases, which lie beside the repository: the same rules must fire.

#![expect(
    clippy::print_stdout,
    reason = "a harness of its own prints what it counted"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use libtest_mimic::{Arguments, Completion, Failed, Trial, run};
use serde_json::Value;
use tidings_document::{Diagnostic, open_text, read};
use tidings_rules::{Profile, check, lints};

/// Cases whose outcome may differ, with the reason.
const DIFFER: &[(&str, &str)] = &[
    ("asyncapi2-message-examples-custom-format/01", ONE_RULE),
    (
        "asyncapi2-message-examples-custom-format/03",
        "Avro payloads are not checked",
    ),
    ("asyncapi2-schema-default/03", UNUSED),
    ("asyncapi2-schema-default/06", UNUSED),
    ("asyncapi2-schema-examples/03", UNUSED),
    ("asyncapi2-schema-examples/06", UNUSED),
    ("asyncapi2-tags-uniqueness/02", NO_INFO),
    ("asyncapi2-tags-uniqueness/07", NO_INFO),
];

const ONE_RULE: &str = "one rule stands for both codes, whether a `schemaFormat` is given or not";
const UNUSED: &str = "schemas in parameters and traits that nothing refers to are not read";
const NO_INFO: &str = "tags of the document are read together with `info`, which is missing here";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let agreed = Arc::new(AtomicUsize::new(0));
    let trials = trials(&agreed);
    let total = trials.len();
    let conclusion = run(&arguments, trials);
    if conclusion.num_passed + conclusion.num_failed > 0 {
        println!(
            "official rule cases: {}/{total} agree",
            agreed.load(Ordering::Relaxed)
        );
    }
    conclusion.exit_code()
}

fn trials(agreed: &Arc<AtomicUsize>) -> Vec<Trial> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    let Some(cases) = cases(&root) else {
        let reason = "no ../shared/conformance beside the repository";
        return vec![Trial::ignorable_test("official", move || {
            Ok(Completion::ignored_with(reason))
        })];
    };
    let trial = |case: Case| {
        let agreed = Arc::clone(agreed);
        Trial::test(format!("official::{}", case.id), move || {
            judge(&case, &agreed)
        })
    };
    cases.into_iter().map(trial).collect()
}

struct Case {
    id: String,
    code: String,
    file: PathBuf,
    fires: bool,
}

/// The cases of codes that one of our rules stands for.
fn cases(root: &Path) -> Option<Vec<Case>> {
    let text = fs::read_to_string(root.join("parser-js-rules.manifest.json")).ok()?;
    let manifest: Value = serde_json::from_str(&text).ok()?;
    let known = |code: &str| lints().iter().any(|lint| lint.rule.codes.contains(&code));
    let case = |entry: &Value| {
        let text = |name: &str| entry[name].as_str().map(str::to_owned);
        let fires = entry["expected"]["rule_fires"].as_bool()?;
        Some(Case {
            id: text("id")?,
            code: text("rule")?,
            file: root.join(text("file")?),
            fires,
        })
    };
    Some(
        manifest
            .as_array()?
            .iter()
            .filter_map(case)
            .filter(|case| known(&case.code))
            .collect(),
    )
}

fn judge(case: &Case, agreed: &AtomicUsize) -> Result<(), Failed> {
    let findings = findings(&case.file, &case.code)?;
    let agrees = findings.is_empty() != case.fires;
    agreed.fetch_add(usize::from(agrees), Ordering::Relaxed);
    if agrees || DIFFER.iter().any(|(id, _)| *id == case.id) {
        return Ok(());
    }
    Err(format!("expected to fire: {}, found {findings:?}", case.fires).into())
}

fn findings(file: &Path, code: &str) -> Result<Vec<String>, Failed> {
    let opened = open_text(file, fs::read(file)?, &Default::default());
    let (document, _) = opened.map_err(|error| error.to_string())?;
    let (api, _) = read(&document);
    let profile = profile_of(code);
    let found = api.map(|api| check(&api, profile)).unwrap_or_default();
    let is_wanted = |found: &&Diagnostic| found.rule.codes.contains(&code);
    Ok(found
        .iter()
        .filter(is_wanted)
        .map(|found| format!("{}: {}", found.rule.id, found.message))
        .collect())
}

/// The smallest profile with a rule for this code.
fn profile_of(code: &str) -> Profile {
    let rules = lints().iter().map(|lint| &lint.rule);
    let profiles = rules
        .filter(|rule| rule.codes.contains(&code))
        .map(|rule| rule.profile);
    profiles.min().unwrap_or(Profile::Strict)
}
