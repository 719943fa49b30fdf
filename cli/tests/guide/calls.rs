//! The Rust that pages of our documents show is compiled with the crates that are generated from these.
use crate::{pages::repository, script::Script, try_out};
use libtest_mimic::Failed;
use std::{fmt::Write, path::PathBuf, process::Command};

/// What stands before such a block on a page.
const BEFORE: &str = "<code>tidings generate rust</code> makes</summary>";

/// Fewer blocks than this means that they were not found.
const LEAST: usize = 7;

pub(crate) fn compile() -> Result<(), Failed> {
    let mut manifest = "[package]\nname = \"calls\"\nedition = \"2024\"\n[dependencies]\n\
                        tidings = { path = \"../tidings/runtime\" }\n"
        .to_owned();
    let mut script = Script::of("", "")?;
    let mut code = String::new();
    let mut count = 0;
    for document in documents()? {
        let name = document.display();
        let blocks = blocks(&page(&document)?);
        let package = blocks.first().and_then(|block| package(block));
        let package = package.ok_or_else(|| format!("no Rust on the page of {name}"))?;
        script.command(&format!(
            "tidings generate rust {name} -o {package} --runtime-path ../tidings/runtime"
        ));
        let _ = writeln!(manifest, "{package} = {{ path = \"{package}\" }}");
        for block in blocks {
            let _ = writeln!(code, "pub mod call{count} {{\n{block}}}");
            count += 1;
        }
    }
    if count < LEAST {
        return Err(format!("only {count} blocks were found").into());
    }
    script.file("Cargo.toml", &manifest);
    script.file("src/lib.rs", &code);
    script.command("cargo check --quiet");
    try_out(&script, "calls")
}

fn documents() -> Result<Vec<PathBuf>, Failed> {
    let specs = repository().join("specs");
    let mut found = Vec::new();
    for folder in [specs.join("styles"), specs] {
        for entry in folder.read_dir()? {
            let path = entry?.path();
            found.extend(
                path.extension()
                    .is_some_and(|end| end == "yaml")
                    .then_some(path),
            );
        }
    }
    found.sort();
    Ok(found)
}

fn page(document: &PathBuf) -> Result<String, Failed> {
    let mut tidings = Command::new(env!("CARGO_BIN_EXE_tidings"));
    let made = tidings
        .arg("docs")
        .arg(document)
        .args(["-o", "-"])
        .output()?;
    Ok(String::from_utf8(made.stdout)?)
}

fn blocks(page: &str) -> Vec<String> {
    let parts = page.split(BEFORE).skip(1);
    let blocks = parts.filter_map(|part| {
        let (_, rest) = part.split_once("<pre>")?;
        let (block, _) = rest.split_once("</pre>")?;
        let signs = [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&#x27;", "'"),
            ("&#x3D;", "="),
            ("&amp;", "&"),
        ];
        let text = signs.into_iter();
        Some(text.fold(block.to_owned(), |text, (sign, letter)| {
            text.replace(sign, letter)
        }))
    });
    blocks.collect()
}

/// The package that a block takes its names from.
fn package(block: &str) -> Option<String> {
    let name = block.strip_prefix("use ")?.split("::").next()?;
    Some(name.replace('_', "-"))
}
