//! Verdicts on labelled instances, one trial a group of schemas. Formats are
//! off but for the group that is about them, as they were when the labels were made.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use libtest_mimic::{Completion, Failed, Trial};
use serde_json::Value;
use tidings_schema::{Dialect, Schema, Validator};

/// Schemas with verdicts that differ on purpose: how many, and why.
const DIFFER: &[(&str, usize, &str)] = &[
    ("schemastore_0710_mboats_config_0_2", 5, PYTHON),
    (
        "spec_0284_kraken_websocket_request_subscribe_payload",
        1,
        PYTHON,
    ),
    (
        "spec_0286_kraken_websocket_request_subscriptionstatus_payload",
        1,
        PYTHON,
    ),
    ("typifytests_0627_property_pattern", 2, PYTHON),
];

const PYTHON: &str = "labelled by Python, where `\\w` and `\\s` match more than in ECMAScript";

/// How many verdicts agreed, over all trials.
#[derive(Default)]
pub(crate) struct Tally {
    passed: AtomicUsize,
    total: AtomicUsize,
}

impl Tally {
    fn count(&self, agrees: bool) {
        self.total.fetch_add(1, Ordering::Relaxed);
        self.passed
            .fetch_add(usize::from(agrees), Ordering::Relaxed);
    }

    pub(crate) fn report(&self) -> String {
        let (passed, total) = (
            self.passed.load(Ordering::Relaxed),
            self.total.load(Ordering::Relaxed),
        );
        let percent = if total == 0 {
            0.0
        } else {
            100.0 * passed as f64 / total as f64
        };
        format!("schemas: {passed}/{total} ({percent:.2} %)")
    }
}

/// One trial a group of the corpus, or one ignored trial when it is not there.
pub(crate) fn trials() -> (Vec<Trial>, Arc<Tally>) {
    let tally = Arc::new(Tally::default());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/schemas");
    let Some((groups, instances)) = read(&root) else {
        let trial = Trial::ignorable_test("corpus", || {
            Ok(Completion::ignored_with(
                "no ../shared/schemas beside the repository",
            ))
        });
        return (vec![trial], tally);
    };
    let instances = Arc::new(instances);
    let trial = |(group, ids): (String, Vec<String>)| {
        let (root, instances, tally) = (root.clone(), Arc::clone(&instances), Arc::clone(&tally));
        Trial::test(format!("corpus::{group}"), move || {
            check_group(&root, &group, &ids, &instances, &tally)
        })
    };
    (groups.into_iter().map(trial).collect(), tally)
}

type Groups = BTreeMap<String, Vec<String>>;

fn read(root: &Path) -> Option<(Groups, Value)> {
    let json = |name: &str| -> Option<Value> {
        serde_json::from_str(&fs::read_to_string(root.join(name)).ok()?).ok()
    };
    let mut groups = Groups::new();
    for entry in json("manifest.json")?.as_array()? {
        let field = |name: &str| entry[name].as_str().map(str::to_owned);
        groups
            .entry(field("group")?)
            .or_default()
            .push(field("id")?);
    }
    Some((groups, json("instances.json")?))
}

fn check_group(
    root: &Path,
    group: &str,
    ids: &[String],
    instances: &Value,
    tally: &Tally,
) -> Result<(), Failed> {
    let mut complaints = Vec::new();
    for id in ids {
        let found = check_schema(
            &root.join("corpus").join(format!("{id}.json")),
            group,
            &instances[id],
            tally,
        )?;
        let listed = DIFFER.iter().find(|(listed, ..)| listed == id);
        let (count, reason) =
            listed.map_or((0, "not listed"), |(_, count, reason)| (*count, reason));
        if found.len() != count {
            complaints.push(format!(
                "{id}: {} verdicts differ, not {count} ({reason})",
                found.len()
            ));
            complaints.extend(found);
        }
    }
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(complaints.join("\n").into())
    }
}

/// Every instance whose verdict is not its label's.
fn check_schema(
    file: &PathBuf,
    group: &str,
    instances: &Value,
    tally: &Tally,
) -> Result<Vec<String>, Failed> {
    let dialect = match group {
        "jsts" | "jstsfmt" | "schemastore" | "typifytests" => Dialect::Draft7,
        _ => Dialect::AsyncApi,
    };
    let value = serde_json::from_str(&fs::read_to_string(file)?)?;
    let formats = group == "jstsfmt";
    let compiled = Validator::compile(&Schema {
        formats,
        ..Schema::new(value, dialect)
    });
    let mut complaints = Vec::new();
    for case in instances.as_array().into_iter().flatten() {
        let label = case[1].as_bool().unwrap_or_default();
        let complaint = match &compiled {
            Ok(validator) => disagreement(validator, &case[0], label),
            Err(errors) => Some(format!("does not compile: {}", errors[0])),
        };
        tally.count(complaint.is_none());
        complaints.extend(complaint);
    }
    Ok(complaints)
}

fn disagreement(validator: &Validator, instance: &Value, label: bool) -> Option<String> {
    let violations = validator.validate(instance);
    if validator.is_valid(instance) != violations.is_empty() {
        return Some(format!("`is_valid` and `validate` disagree on {instance}"));
    }
    match violations.first() {
        None if !label => Some(format!("accepts {instance}")),
        Some(violation) if label => Some(format!("refuses {instance}: {violation}")),
        _ => None,
    }
}
