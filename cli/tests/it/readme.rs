//! The tour of the README: every command of its `console` blocks is run, and must print what stands below it.
//! `UPDATE_EXPECT=1` writes what they print now.
use crate::support::{CI_VARIABLES, Place, repository};
use std::{fmt::Write, path::Path, process::Command};

#[test]
fn the_tour_prints_what_the_readme_says() {
    let path = repository().join("README.md");
    let written = std::fs::read_to_string(&path).expect("a README");
    let place = Place::in_the_checkout();
    let printed = walk_through(&written, |command| run(&place, command));
    assert!(
        written.matches("\n$ tidings").count() >= 5,
        "the tour is gone"
    );
    builds(&place.path().join("orders-api"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, printed).expect("written");
    } else {
        assert!(
            written == printed,
            "the tour of the README prints something else:\n{printed}"
        );
    }
}

/// Checks a crate as the README says, with what this workspace was built from and nothing else.
fn builds(folder: &Path) {
    // The same versions that this workspace builds with, so that nothing has to be fetched.
    std::fs::copy(repository().join("Cargo.lock"), folder.join("Cargo.lock")).expect("copied");
    let target = Path::new(env!("CARGO_BIN_EXE_tidings")).ancestors().nth(2);
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", target.expect("a folder"))
        .output()
        .expect("cargo");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
}

#[test]
fn the_code_of_the_readme_is_that_of_the_examples() {
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("a README");
    let programs: String = ["service", "client"]
        .map(|name| repository().join(format!("examples/orders/src/bin/{name}.rs")))
        .map(|path| std::fs::read_to_string(path).expect("a program"))
        .concat();
    let lines: Vec<&str> = programs.lines().map(str::trim).collect();
    let blocks = readme
        .split("```rust\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    for line in blocks.flat_map(str::lines).map(str::trim) {
        assert!(
            lines.contains(&line),
            "no program of the examples has the line `{line}`"
        );
    }
    assert!(readme.contains("```rust\n"));
}

/// The README with the output below each command of its `console` blocks replaced by what the command prints.
fn walk_through(readme: &str, run: impl Fn(&str) -> String) -> String {
    let mut printed = String::new();
    let mut in_tour = false;
    for line in readme.lines() {
        let is_command = in_tour && line.starts_with("$ ");
        in_tour = line == "```console" || in_tour && line != "```";
        if !in_tour || is_command || line == "```console" {
            let _ = writeln!(printed, "{line}");
        }
        if is_command {
            printed += &run(&line[2..]);
        }
    }
    printed
}

/// What a shell line prints, with the built program as `tidings`.
fn run(place: &Place, command: &str) -> String {
    let bin = Path::new(env!("CARGO_BIN_EXE_tidings"))
        .parent()
        .expect("a folder");
    let path = format!(
        "{}:{}",
        bin.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let mut shell = Command::new("sh");
    for name in CI_VARIABLES {
        shell.env_remove(name);
    }
    let output = shell
        .args(["-c", &format!("exec 2>&1; {command}")])
        .current_dir(place.path())
        .env("PATH", path)
        .env("NO_COLOR", "1")
        .output()
        .expect("a shell");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines()
        .fold(String::new(), |text, line| text + line.trim_end() + "\n")
}
