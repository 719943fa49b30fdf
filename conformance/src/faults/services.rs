//! Brokers that `dev/services` starts.
use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tidings::BoxError;
use tokio::{process::Command, time::sleep};

/// Where toxiproxy is told how links fail.
pub(crate) const TOXIPROXY: &str = "TIDINGS_TEST_TOXIPROXY";

/// What `dev/services env` tells a test by that variable; else why there is nothing.
///
/// # Errors
/// When the variable is not set, with what would set it.
pub fn variable(name: &str, service: &str) -> Result<String, String> {
    let given = env::var(name).ok().filter(|value| !value.is_empty());
    given.ok_or_else(|| format!("`{name}` is not set; run `dev/services up {service}`"))
}

/// Whether the broker at that address can be killed: it is the one of `dev/services`.
///
/// # Errors
/// When it is another one.
pub fn killable(address: &str, service: &str) -> Result<(), String> {
    let told = std::process::Command::new(script())
        .args(["env", service])
        .output();
    let told = told.map(|told| String::from_utf8_lossy(&told.stdout).into_owned());
    match told.is_ok_and(|told| told.contains(address)) {
        true => Ok(()),
        false => Err(format!(
            "it is not the broker of `dev/services up {service}`"
        )),
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dev/services")
}

/// Kills a service, and starts it again after that time.
///
/// # Errors
/// When it does not start again.
pub async fn restart(name: &str, down: Duration) -> Result<(), BoxError> {
    tell("kill", name).await?;
    sleep(down).await;
    tell("up", name).await
}

/// Stops a service in order, and starts it again.
///
/// # Errors
/// When it does not stop, or start again.
pub async fn stop_and_start(name: &str) -> Result<(), BoxError> {
    tell("down", name).await?;
    tell("up", name).await
}

/// Does that to a service.
async fn tell(command: &str, name: &str) -> Result<(), BoxError> {
    let status = Command::new(script())
        .args([command, name])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    match status.await?.success() {
        true => Ok(()),
        false => Err(format!("`dev/services {command} {name}` failed").into()),
    }
}
