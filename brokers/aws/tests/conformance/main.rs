//! The transports under the suite, at the servers that `dev/services env` tells of.
mod foreign;
mod link;
mod over;
mod queues;
mod topics;

use std::{env, process::ExitCode, time::Duration};
use tidings::BoxError;
use tidings_aws::AwsSettings;
use tidings_conformance::run_then_alone;

fn main() -> Result<ExitCode, BoxError> {
    let (mut together, mut alone) = (Vec::new(), Vec::new());
    together.extend(queues::harnesses()?);
    together.extend(topics::harnesses()?);
    alone.extend(queues::restarted()?);
    Ok(run_then_alone(together, alone))
}

fn address(variable: &str) -> String {
    env::var(variable).unwrap_or_default()
}

/// How many seconds leases have but where they are to be over: longer than a case is at work, and shorter than it waits.
const USUAL: u64 = 6;

fn settings(lease: u64) -> AwsSettings {
    let mut settings = AwsSettings::default();
    settings.lease = Some(Duration::from_secs(lease));
    settings.wait = Duration::from_secs(2);
    settings.timeout = Duration::from_secs(5);
    settings.heartbeat = Duration::from_secs(1);
    settings
}
