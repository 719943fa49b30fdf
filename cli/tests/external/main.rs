//! Tests that need what lies outside the repository; each shows as ignored, with the reason, where that is not there.
mod corpus;
mod official;
mod sarif;
mod verdicts;

use libtest_mimic::{Arguments, Trial};

fn main() {
    let mut trials = corpus::trials();
    trials.extend(official::trials());
    trials.extend(sarif::trials());
    trials.extend(verdicts::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// A trial that is not run, named by the reason.
fn left_out(reason: &str) -> Trial {
    Trial::test(reason, || Ok(())).with_ignored_flag(true)
}
