//! Tests that need what lies outside the repository; each shows as ignored, with the reason, where that is not there.
mod beside;
mod cases;
mod compiled;
mod corpus;
mod lines;
mod official;
mod sarif;
mod schemas;
mod verdicts;

use libtest_mimic::{Arguments, Trial};

fn main() {
    let mut trials = cases::trials();
    trials.extend(compiled::trials());
    trials.extend(corpus::trials());
    trials.extend(lines::trials());
    trials.extend(official::trials());
    trials.extend(sarif::trials());
    trials.extend(schemas::trials());
    trials.extend(verdicts::trials());
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    cases::print_figures();
    conclusion.exit();
}

/// A trial that is not run, named by the reason.
fn left_out(reason: &str) -> Trial {
    Trial::test(reason, || Ok(())).with_ignored_flag(true)
}
