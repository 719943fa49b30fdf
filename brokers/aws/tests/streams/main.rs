//! Kinesis under the suite, at the servers that `dev/services env` tells of.
mod at;
mod foreign;
#[path = "../conformance/link.rs"]
mod link;
mod suite;

use std::process::ExitCode;
use tidings::BoxError;
use tidings_conformance::run;

fn main() -> Result<ExitCode, BoxError> {
    Ok(run(suite::harnesses()?))
}
