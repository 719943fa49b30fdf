//! Pages of documents nobody here wrote: the examples of the specification, from `../shared/corpus` where it lies beside the repository.
#![expect(clippy::unwrap_used, reason = "a check that cannot go on has failed")]
use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use libtest_mimic::{Arguments, Failed, Trial};
use tidings_html::{Settings, render};

#[path = "it/checks.rs"]
mod checks;
#[expect(dead_code, reason = "the other tests use all of it")]
#[path = "it/markup.rs"]
mod markup;
#[path = "it/parsed.rs"]
mod parsed;

/// Fewer pages than this means that the examples were not found.
const LEAST: usize = 15;

fn main() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let examples = project.join("../shared/corpus/docs/asyncapi__spec/examples");
    let trial = if examples.is_dir() {
        Trial::test("corpus: pages pass all checks", move || pages(&examples))
    } else {
        Trial::test("corpus: ../shared/corpus is not there", || Ok(())).with_ignored_flag(true)
    };
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit();
}

fn pages(examples: &Path) -> Result<(), Failed> {
    let mut paths: Vec<PathBuf> = fs::read_dir(examples)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.retain(|path| path.is_file());
    paths.sort();
    let (mut made, mut wrong) = (0, Vec::new());
    for path in paths {
        let document = tidings_document::open(&path, &tidings_document::Settings::default())?.0;
        let Some(api) = tidings_document::read(&document).0 else {
            continue;
        };
        made += 1;
        let name = path.display().to_string();
        let page = markup::Page::parse(&render(&api, &Settings::default())?);
        for (check, run) in checks::CHECKS {
            if catch_unwind(AssertUnwindSafe(|| run(&name, &api, &page))).is_err() {
                wrong.push(format!("{check}: {name}"));
            }
        }
        if catch_unwind(AssertUnwindSafe(|| parsed::says_all(&api))).is_err() {
            wrong.push(format!("markdown: {name}"));
        }
    }
    if made < LEAST {
        return Err(format!("only {made} pages were made").into());
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}
