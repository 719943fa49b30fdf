//! Brokers that `dev/services` starts.
use std::{env, path::Path, process::Stdio};
use tidings::BoxError;
use tokio::process::Command;

/// What `dev/services env` tells a test by that variable; else why there is nothing.
///
/// # Errors
/// When the variable is not set, with what would set it.
pub fn variable(name: &str, service: &str) -> Result<String, String> {
    let given = env::var(name).ok().filter(|value| !value.is_empty());
    given.ok_or_else(|| format!("`{name}` is not set; run `dev/services up {service}`"))
}

/// Does that to a service.
pub(crate) async fn tell(command: &str, name: &str) -> Result<(), BoxError> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dev/services");
    let status = Command::new(script)
        .args([command, name])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    match status.await?.success() {
        true => Ok(()),
        false => Err(format!("`dev/services {command} {name}` failed").into()),
    }
}
