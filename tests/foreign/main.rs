//! Documents nobody here wrote, from `../shared/corpus` where it lies beside the repository: the version 3 examples of the specification's own
//! repository, and all that have payloads in Avro. Each becomes a crate, and cargo checks all of them.
#![expect(clippy::print_stdout, reason = "the figure is the result of this test")]

use libtest_mimic::{Arguments, Failed, Trial};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tidings_codegen::{Runtime, Settings, generate};
use tidings_document::{Diagnostic, Severity, api::Api};

fn main() {
    let corpus = root().join("../shared/corpus/docs");
    let trials = if corpus.is_dir() {
        let examples = corpus.join("asyncapi__spec");
        vec![
            Trial::test(
                "foreign: every generated crate passes cargo check",
                move || all_pass(&examples, "foreign", 20, is_example),
            ),
            Trial::test("foreign: payloads in Avro compile", move || {
                all_pass(&corpus, "foreign-avro", 20, has_avro)
            }),
        ]
    } else {
        vec![
            Trial::test("foreign: ../shared/corpus is not there", || Ok(()))
                .with_ignored_flag(true),
        ]
    };
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Whether a document is one to make a crate of: one of version 3, with nothing wrong in it.
fn is_example(_: &str, api: &Api<'_>, found: &[Diagnostic]) -> Result<bool, String> {
    let error = found.iter().find(|found| found.severity == Severity::Error);
    match error {
        _ if api.version.is_v2() => Ok(false),
        Some(error) => Err(error.message.clone()),
        None => Ok(true),
    }
}

/// The same of any version with payloads in Avro.
fn has_avro(text: &str, _: &Api<'_>, found: &[Diagnostic]) -> Result<bool, String> {
    let sound = found.iter().all(|found| found.severity != Severity::Error);
    Ok(sound && text.contains("vnd.apache.avro"))
}

type IsOne = fn(&str, &Api<'_>, &[Diagnostic]) -> Result<bool, String>;

fn all_pass(examples: &Path, name: &str, least: usize, is_one: IsOne) -> Result<(), Failed> {
    let workspace = root().join("target").join(name);
    let crates = workspace.join("crates");
    if crates.exists() {
        fs::remove_dir_all(&crates)?;
    }
    let mut documents = Vec::new();
    find(examples, &mut documents)?;
    let mut made = 0;
    for document in &documents {
        let name = document
            .strip_prefix(examples)?
            .to_string_lossy()
            .to_lowercase();
        let words = name.split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        let name = words.join("-");
        made += usize::from(make(
            document,
            examples,
            &crates.join(&name),
            &name,
            is_one,
        )?);
    }
    fs::write(
        workspace.join("Cargo.toml"),
        "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n",
    )?;
    // The same versions that this workspace builds with, so that nothing has to be fetched.
    fs::copy(root().join("Cargo.lock"), workspace.join("Cargo.lock"))?;
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet", "--workspace"])
        .current_dir(&workspace)
        .env("CARGO_TARGET_DIR", root().join("target/foreign/target"))
        .env("RUSTFLAGS", "-D warnings")
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    println!("{name}: {made} crates pass cargo check");
    if made < least {
        Err("there should be more examples".into())
    } else {
        Ok(())
    }
}

fn find(folder: &Path, documents: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            find(&path, documents)?;
        } else {
            documents.push(path);
        }
    }
    Ok(())
}

/// Makes the crate of a document; `false` for what is none to make one of, such as a file of shared schemas.
fn make(
    document: &Path,
    root: &Path,
    folder: &Path,
    name: &str,
    is_one: IsOne,
) -> Result<bool, Failed> {
    let settings = tidings_document::Settings {
        roots: vec![root.to_owned()],
        ..Default::default()
    };
    let Ok((opened, _)) = tidings_document::open(document, &settings) else {
        return Ok(false);
    };
    let (Some(api), diagnostics) = tidings_document::read(&opened) else {
        return Ok(false);
    };
    let text = fs::read_to_string(document).unwrap_or_default();
    let one = is_one(&text, &api, &diagnostics);
    if !one.map_err(|error| format!("{}: {error}", document.display()))? {
        return Ok(false);
    }
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime");
    let settings = Settings {
        name: Some(name.to_owned()),
        runtime: Runtime::Path(runtime.display().to_string()),
        ..Settings::default()
    };
    for file in generate(&api, &settings).0 {
        let path = folder.join(file.path);
        fs::create_dir_all(path.parent().ok_or("a file needs a folder")?)?;
        fs::write(path, file.text)?;
    }
    Ok(true)
}
