//! The crate against a corpus of labelled instances that lies beside the repository.

#![expect(
    clippy::print_stdout,
    reason = "a harness of its own prints what it counted"
)]

mod corpus;

use std::process::ExitCode;

use libtest_mimic::{Arguments, run};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let (trials, tally) = corpus::trials();
    let conclusion = run(&arguments, trials);
    if conclusion.num_passed + conclusion.num_failed > 0 {
        println!("{}", tally.report());
    }
    conclusion.exit_code()
}
