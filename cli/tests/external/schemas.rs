//! The schemas of `../shared/schemas` with their labelled instances: all become modules of one crate, and each instance goes
//! through the code that is generated for its schema.
//!
//! What every instance came to stands in `target/schemas/report.txt`.
mod agreement;
mod given;
mod modules;
mod outcome;

use expect_test::expect_file;
use given::Schema;
use libtest_mimic::{Failed, Trial};
use outcome::{Figure, Outcome};
use std::{fmt::Write as _, io::Write as _, path::Path};

/// Least shares in percent, just below what has been reached.
const GENERATED: f64 = 99.5;
const COMPILED: f64 = 99.5;
const READ: f64 = 97.9;
const EQUAL: f64 = 97.9;
const TOLD: f64 = 98.0;
const REFUSED: f64 = 99.9;
const REFUSED_IN_FULL: f64 = 100.0;
const AGREED: f64 = 99.5;

/// One trial, or one that is ignored where there are no schemas, or nobody asked for what takes minutes.
pub(crate) fn trials() -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/schemas");
    let Ok(folder) = folder.canonicalize() else {
        return vec![super::left_out("schemas: ../shared/schemas is not there")];
    };
    if std::env::var_os("TIDINGS_TEST_SCHEMAS").is_none() {
        return vec![super::left_out("schemas: TIDINGS_TEST_SCHEMAS is not set")];
    }
    let name = "schemas: generated code reads, writes and refuses";
    vec![Trial::test(name, move || judge(&folder))]
}

fn judge(folder: &Path) -> Result<(), Failed> {
    let schemas = given::schemas(folder)?;
    let place = super::beside::place("schemas");
    let outcomes = modules::outcomes(&place, &schemas)?;
    std::fs::write(place.join("report.txt"), report(&schemas, &outcomes))?;
    let mut short = Vec::new();
    for (figure, bar) in figures(&schemas, &outcomes) {
        writeln!(std::io::stderr(), "{figure}")?;
        if figure.percent() < bar {
            short.push(format!("{figure} is below {bar} %"));
        }
    }
    let judged_otherwise = agreement::list(&schemas, &outcomes);
    expect_file!["schemas/disagreements.txt"].assert_eq(&judged_otherwise);
    if short.is_empty() {
        Ok(())
    } else {
        Err(short.join("\n").into())
    }
}

/// Each figure with its bar.
fn figures(schemas: &[Schema], outcomes: &[Outcome]) -> [(Figure, f64); 8] {
    let made = outcomes
        .iter()
        .filter(|outcome| outcome.complaint.is_empty());
    let compiled = outcomes
        .iter()
        .filter(|outcome| modules::is_compiled(outcome));
    let count = |valid: bool, holds: &dyn Fn(&outcome::Verdict) -> bool| {
        let all = schemas.iter().zip(outcomes);
        let all = all.flat_map(|(schema, outcome)| outcome::verdicts(schema, outcome));
        let all: Vec<_> = all.filter(|verdict| verdict.valid == valid).collect();
        let passed = all.iter().filter(|verdict| holds(verdict)).count();
        (passed, all.len())
    };
    let generated = made.clone().count();
    let figure = |name, (passed, total)| Figure {
        name,
        passed,
        total,
    };
    [
        (
            figure("schemas generated", (generated, schemas.len())),
            GENERATED,
        ),
        (
            figure("schemas compiled", (compiled.count(), generated)),
            COMPILED,
        ),
        (
            figure("valid instances read", count(true, &|it| it.is_read())),
            READ,
        ),
        (
            figure(
                "valid instances written back equal",
                count(true, &|it| it.is_equal()),
            ),
            EQUAL,
        ),
        (
            figure(
                "valid instances equal, or with a note",
                count(true, &|it| it.is_equal() || it.told),
            ),
            TOLD,
        ),
        (
            figure(
                "invalid instances refused",
                count(false, &|it| !it.is_read()),
            ),
            REFUSED,
        ),
        (
            figure(
                "invalid instances refused in full",
                count(false, &|it| !it.is_read_in_full()),
            ),
            REFUSED_IN_FULL,
        ),
        (
            figure(
                "verdicts as of message check",
                agreement::count(schemas, outcomes),
            ),
            AGREED,
        ),
    ]
}

/// A line for each schema that has no code, and for each instance that did not come out as it should.
fn report(schemas: &[Schema], outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for (schema, outcome) in schemas.iter().zip(outcomes) {
        if !outcome.complaint.is_empty() {
            let _ = writeln!(text, "{}: not generated: {}", schema.id, outcome.complaint);
        }
        if outcome.broken {
            let _ = writeln!(text, "{}: does not compile", schema.id);
        }
        for verdict in outcome::verdicts(schema, outcome) {
            if let Some(wrong) = verdict.wrong() {
                let _ = writeln!(text, "{}: {wrong}", schema.id);
            }
        }
        for note in &outcome.notes {
            let _ = writeln!(text, "{}: note: {note}", schema.id);
        }
    }
    text
}
