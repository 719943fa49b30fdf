//! Documents nobody here wrote: the version 3 examples of the specification's own repository, from `../shared/corpus` where it lies beside
//! the repository. Each becomes a crate, and cargo checks all of them.
#![expect(clippy::print_stdout, reason = "the figure is the result of this test")]

use libtest_mimic::{Arguments, Failed, Trial};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tidings_codegen::{Runtime, Settings, generate};
use tidings_document::Severity;

fn main() {
    let examples = root().join("../shared/corpus/docs/asyncapi__spec");
    let trial = if examples.is_dir() {
        Trial::test(
            "foreign: every generated crate passes cargo check",
            move || all_pass(&examples),
        )
    } else {
        Trial::test("foreign: ../shared/corpus is not there", || Ok(())).with_ignored_flag(true)
    };
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit();
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn all_pass(examples: &Path) -> Result<(), Failed> {
    let workspace = root().join("target/foreign");
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
        let name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        made += usize::from(make(document, examples, &crates.join(&name), &name)?);
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
        .env("CARGO_TARGET_DIR", workspace.join("target"))
        .env("RUSTFLAGS", "-D warnings")
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    println!("foreign: {made} crates pass cargo check");
    if made < 20 {
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

/// Makes the crate of a document; `false` for what is no document of version 3, such as a file of shared schemas.
fn make(document: &Path, root: &Path, folder: &Path, name: &str) -> Result<bool, Failed> {
    let settings = tidings_document::Settings {
        roots: vec![root.to_owned()],
        ..Default::default()
    };
    let (opened, _) = tidings_document::open(document, &settings)?;
    let (Some(api), diagnostics) = tidings_document::read(&opened) else {
        return Ok(false);
    };
    if api.version.is_v2() {
        return Ok(false);
    }
    if let Some(error) = diagnostics
        .iter()
        .find(|found| found.severity == Severity::Error)
    {
        return Err(format!("{}: {}", document.display(), error.message).into());
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
