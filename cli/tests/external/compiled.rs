//! The code for documents nobody here wrote, from `../shared/corpus`: for either role of each that the official tool finds valid it compiles in
//! both editions, and neither clippy nor rustdoc has anything to say of it. Generated tests pass, of our own documents and of a part of these whose
//! examples keep to their schemas.
//!
//! What was said stands in `target/corpus/report.txt`.
mod given;
mod judged;
mod parts;

use given::Document;
use judged::Wrong;
use libtest_mimic::{Failed, Trial};
use parts::{NEW, OLD, TESTS};
use std::{io::Write as _, path::Path};
use tidings_codegen::Role;

/// Which documents of the corpus have their tests run: one of so many.
const TESTED: usize = 5;

/// One trial, or one that is ignored where there is no corpus, or nobody asked for what takes long.
pub(crate) fn trials() -> Vec<Trial> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let Ok(corpus) = corpus.canonicalize() else {
        return vec![super::left_out("compiled: ../shared/corpus is not there")];
    };
    if std::env::var_os("TIDINGS_TEST_CORPUS").is_none() {
        return vec![super::left_out("compiled: TIDINGS_TEST_CORPUS is not set")];
    }
    let name = "compiled: code for the corpus, in both editions";
    vec![Trial::test(name, move || judge(&corpus))]
}

/// Modules that were looked at in one way, and what is wrong with some.
struct Figure {
    name: &'static str,
    modules: Vec<String>,
    wrong: Wrong,
}

impl Figure {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            modules: Vec::new(),
            wrong: Wrong::default(),
        }
    }

    /// The modules with which nothing is wrong.
    fn sound(&self) -> Vec<String> {
        let modules = self.modules.iter();
        modules.filter(|it| !self.wrong.has(it)).cloned().collect()
    }

    fn line(&self) -> String {
        let (passed, total) = (self.sound().len(), self.modules.len());
        #[expect(clippy::cast_precision_loss, reason = "modules are few")]
        let percent = passed as f64 * 100.0 / total.max(1) as f64;
        format!("modules {}: {passed}/{total} ({percent:.1} %)", self.name)
    }

    fn is_full(&self) -> bool {
        !self.modules.is_empty() && self.wrong.is_empty()
    }
}

fn judge(corpus: &Path) -> Result<(), Failed> {
    let place = super::beside::place("corpus");
    let documents = given::of_corpus(corpus)?;
    let made = of_both_sides(&place, &documents);
    let modules = made.sound();
    let tests = with_tests(&place, &documents)?;
    let sets = [
        (&OLD, &*modules),
        (&NEW, &modules),
        (&TESTS, &tests.modules),
    ];
    parts::write_workspace(&place, &sets);
    let judged = |name, set, arguments: &[&str]| {
        let modules = modules.clone();
        let (wrong, _) = judged::told(&place, set, arguments)?;
        Ok::<_, Failed>(Figure {
            name,
            modules,
            wrong,
        })
    };
    let figures = [
        made,
        judged("compiled in edition 2021", &OLD, &["check"])?,
        judged(
            "compiled in edition 2024, clippy told nothing",
            &NEW,
            &["clippy"],
        )?,
        judged(
            "documented, rustdoc told nothing",
            &NEW,
            &["doc", "--no-deps"],
        )?,
        run(&place, tests)?,
    ];
    conclude(&place, &figures)
}

/// Writes the modules of each document.
fn of_both_sides(place: &Path, documents: &[Document]) -> Figure {
    let mut figure = Figure::new("generated");
    for document in documents {
        for (role, side) in [
            (Role::Application, "application"),
            (Role::Counterpart, "counterpart"),
        ] {
            let name = format!("{}_{side}", document.name);
            match document.module(role, false) {
                Ok(text) => parts::write_module(place, &name, &text),
                Err(told) => figure.wrong.add(&name, told),
            }
            figure.modules.push(name);
        }
    }
    figure
}

/// Writes modules that have tests.
fn with_tests(place: &Path, documents: &[Document]) -> Result<Figure, Failed> {
    let mut figure = Figure::new("tested, all passed");
    let ours = given::of_ours()?;
    let documents = documents.iter().step_by(TESTED);
    let documents = documents.filter(|it| it.keeps_to_itself());
    for document in ours.iter().chain(documents) {
        let text = document.module(Role::Both, true).unwrap_or_default();
        if text.contains("#[test]") {
            let name = format!("{}_tests", document.name);
            parts::write_module(place, &name, &text);
            figure.modules.push(name);
        }
    }
    Ok(figure)
}

fn run(place: &Path, mut figure: Figure) -> Result<Figure, Failed> {
    let (wrong, programs) = judged::told(place, &TESTS, &["test", "--no-run"])?;
    figure.wrong = wrong;
    judged::run(&programs, &mut figure)?;
    Ok(figure)
}

fn conclude(place: &Path, figures: &[Figure]) -> Result<(), Failed> {
    let mut report = String::new();
    for figure in figures {
        let line = figure.line();
        writeln!(std::io::stderr(), "{line}")?;
        report += &format!("{line}\n{}", figure.wrong);
    }
    std::fs::write(place.join("report.txt"), &report)?;
    match figures.iter().all(Figure::is_full) {
        true => Ok(()),
        false => Err(report.into()),
    }
}
