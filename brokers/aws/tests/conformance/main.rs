//! The transports under the suite, at the servers that `dev/services env` tells of.
mod foreign;
mod link;
mod over;
mod queues;

use std::{env, process::ExitCode};
use tidings::BoxError;
use tidings_conformance::run_then_alone;

fn main() -> Result<ExitCode, BoxError> {
    let (mut together, mut alone) = (Vec::new(), Vec::new());
    together.extend(queues::harnesses()?);
    alone.extend(queues::restarted()?);
    Ok(run_then_alone(together, alone))
}

fn address(variable: &str) -> String {
    env::var(variable).unwrap_or_default()
}
