//! What cargo says of modules, told by their names.
use super::{Figure, parts::Set};
use crate::beside::cargo;
use libtest_mimic::Failed;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
    process::Command,
};

/// What is wrong, by module.
#[derive(Default)]
pub(crate) struct Wrong(BTreeMap<String, Vec<String>>);

impl Wrong {
    pub(crate) fn add(&mut self, module: &str, told: String) {
        self.0.entry(module.to_owned()).or_default().push(told);
    }

    pub(crate) fn has(&self, module: &str) -> bool {
        self.0.contains_key(module)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = self.0.iter();
        all.try_for_each(|(module, told)| writeln!(f, "{module}: {}", told.join("\n")))
    }
}

/// Runs a command of cargo for all packages of a set: what it says of them, be it an error or a warning, and the programs that it made.
pub(crate) fn told(
    place: &Path,
    set: &Set,
    arguments: &[&str],
) -> Result<(Wrong, Vec<PathBuf>), Failed> {
    let packages = format!("{}-*", set.name);
    // Whatever is wrong with one, the others are looked at too; tests have a word of their own for it.
    let on = match arguments.contains(&"test") {
        true => "--no-fail-fast",
        false => "--keep-going",
    };
    let chosen = ["--package", &packages, "--message-format=json", on];
    let output = cargo(place, &[arguments, &chosen].concat()).output()?;
    let (mut wrong, mut programs) = (Wrong::default(), Vec::new());
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let told: Value = serde_json::from_str(line)?;
        programs.extend(told["executable"].as_str().map(PathBuf::from));
        let message = &told["message"];
        let rendered = message["rendered"].as_str().unwrap_or_default();
        let spans = message["spans"].as_array().into_iter().flatten();
        for module in spans.filter_map(module) {
            wrong.add(&module, rendered.to_owned());
        }
    }
    if output.status.success() || !wrong.is_empty() {
        return Ok((wrong, programs));
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}

/// The module that a place is in, or what made it by a macro.
fn module(span: &Value) -> Option<String> {
    let file = Path::new(span["file_name"].as_str()?);
    let folder = file.parent().and_then(Path::file_name);
    if folder.is_some_and(|folder| folder == "modules") {
        return Some(file.file_stem()?.to_string_lossy().into_owned());
    }
    module(span.get("expansion")?.get("span")?)
}

/// Runs the tests of modules: one of which some fail, or none are run, is wrong.
pub(crate) fn run(programs: &[PathBuf], figure: &mut Figure) -> Result<(), Failed> {
    let mut ran = BTreeSet::new();
    for program in programs {
        let output = Command::new(program).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let lines = text.lines().filter_map(|line| line.strip_prefix("test "));
        for line in lines.filter(|line| !line.starts_with("result: ")) {
            let (module, _) = line.split_once("::").unwrap_or((line, ""));
            ran.insert(module.to_owned());
            if !line.ends_with(" ... ok") {
                figure.wrong.add(module, format!("{line}\n{text}"));
            }
        }
    }
    for module in figure.modules.iter().filter(|it| !ran.contains(*it)) {
        figure.wrong.add(module, "its tests are not run".to_owned());
    }
    Ok(())
}
