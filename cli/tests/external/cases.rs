//! Small inputs with what is right for each, from `../shared/cases` where it lies beside the repository: one trial a case, its checks inside.
//!
//! What fails today is listed in `cases/pending.rs`; a check that is listed there and passes fails its trial.
mod case;
mod crates;
mod errors;
mod findings;
mod hostile;
mod pending;
mod reports;
mod run;
mod types;

pub(crate) use case::print_figures;

use case::{Case, Named};
use libtest_mimic::{Failed, Trial};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// What judges a case.
type Judge = Box<dyn Fn(&mut Case) + Send>;

/// One trial a case, and one that nothing is left unjudged; or one that is ignored where there are no cases.
pub(crate) fn trials() -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases");
    let Ok(folder) = folder.canonicalize() else {
        return vec![super::left_out("cases: ../shared/cases is not there")];
    };
    let judges = judges(&folder);
    let names: BTreeSet<_> = judges.iter().map(|(name, _)| name.clone()).collect();
    let mut trials: Vec<_> = judges
        .into_iter()
        .map(|(name, judge)| {
            let folder = folder.clone();
            Trial::test(format!("case: {name}"), move || {
                let mut case = Case::new(name, folder);
                judge(&mut case);
                case.end()
            })
        })
        .collect();
    trials.push(Trial::test("cases: each has its checks", move || {
        each_is_judged(&folder, &names)
    }));
    trials
}

fn judges(folder: &Path) -> Vec<(String, Judge)> {
    let named = |folder: &str, (name, judge): Named| {
        let judge: Judge = Box::new(judge);
        (format!("{folder}/{name}"), judge)
    };
    let mut all = Vec::new();
    all.extend(findings::CASES.map(|case| named("findings", case)));
    all.extend(errors::CASES.map(|case| named("errors", case)));
    all.extend(reports::CASES.map(|case| named("reports", case)));
    all.extend(hostile::CASES.map(|case| named("hostile", case)));
    all.extend(types::cases(folder));
    all
}

/// Nothing lies in the folders that no case is about, and no list speaks of a case that there is not.
fn each_is_judged(folder: &Path, names: &BTreeSet<String>) -> Result<(), Failed> {
    let inputs: BTreeSet<_> = ["findings", "errors", "reports", "hostile", "types"]
        .iter()
        .flat_map(|part| entries(&folder.join(part)))
        .filter_map(|path| Some(path.strip_prefix(folder).ok()?.display().to_string()))
        .filter(|name| name != "types/instances.json")
        .collect();
    let unjudged: Vec<_> = inputs.difference(names).collect();
    let gone: Vec<_> = names.difference(&inputs).collect();
    let unknown: Vec<_> = pending::listed()
        .map(|(case, _)| case)
        .filter(|case| !names.contains(*case))
        .collect();
    if unjudged.is_empty() && gone.is_empty() && unknown.is_empty() {
        pending::is_sorted()
    } else {
        Err(format!(
            "without checks: {unjudged:?}; gone: {gone:?}; listed, but no case: {unknown:?}"
        )
        .into())
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
