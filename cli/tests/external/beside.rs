//! What is generated and compiled by tests, in workspaces beside the repository's own target.
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The end of a workspace's manifest: nobody looks for a place in its code with a debugger.
pub(crate) const PROFILE: &str = "
[profile.dev]
debug = false
incremental = false
";

/// The folder of a workspace, with the versions that this one builds with, so that nothing has to be fetched.
pub(crate) fn place(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let place = root.join("target").join(name);
    fs::create_dir_all(&place).expect("made");
    fs::copy(root.join("Cargo.lock"), place.join("Cargo.lock")).expect("copied");
    place
}

/// The runtime's folder.
pub(crate) fn runtime() -> String {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime");
    let runtime = runtime.canonicalize().expect("the runtime");
    runtime.display().to_string()
}

/// Writes a file that says something else than before, so that nothing is compiled twice.
pub(crate) fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
}

/// Cargo in a workspace, without network.
pub(crate) fn cargo(place: &Path, arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(arguments)
        .args(["--offline", "--quiet"])
        .current_dir(place);
    cargo.env("CARGO_TARGET_DIR", place.join("target"));
    cargo.env_remove("RUSTFLAGS");
    cargo
}
