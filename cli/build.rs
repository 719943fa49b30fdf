//! Tells the program which commit it is made from, and for which target: where there is no repository of its own, as in an archive
//! of the sources, it knows no commit. Nothing depends on when or where it is built.
use std::{
    env,
    path::Path,
    process::{Command, Output},
};

fn main() {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("..");
    println!("cargo::rerun-if-changed=build.rs");
    let commit = is_own(&root).then(|| git(&root, &["log", "-1", "--format=commit %H of %cs"]));
    let commit = commit.flatten().map(|text| short(&text));
    // Each commit and each change of the branch is a line of this file; without it, only what is built anew tells another commit.
    let log = git(&root, &["rev-parse", "--git-path", "logs/HEAD"]);
    if let Some(log) = log
        .map(|log| root.join(log))
        .filter(|log| commit.is_some() && log.exists())
    {
        println!("cargo::rerun-if-changed={}", log.display());
    }
    let commit = commit.map(|commit| commit + ", ").unwrap_or_default();
    let target = env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=TIDINGS_BUILD={commit}{target}");
}

/// Whether the repository is that of these sources and not one that they were put into.
fn is_own(root: &Path) -> bool {
    let top = git(root, &["rev-parse", "--show-toplevel"]);
    let top = top.and_then(|top| Path::new(&top).canonicalize().ok());
    top.is_some() && top == root.canonicalize().ok()
}

/// The hash cut to what tells commits apart, however many there are in this copy of the repository.
fn short(text: &str) -> String {
    let cut = |word: &str| match word.len() {
        40.. => word[..12].to_owned(),
        _ => word.to_owned(),
    };
    text.split(' ').map(cut).collect::<Vec<_>>().join(" ")
}

/// What git says, in one line.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output();
    let is_sound = |output: &Output| output.status.success();
    let text = output.ok().filter(is_sound)?.stdout;
    Some(String::from_utf8(text).ok()?.trim().to_owned())
}
