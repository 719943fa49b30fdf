//! The pages, and what stands between their fences.
use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

/// Whose Rust is compiled beside the guide's.
const OTHERS: [&str; 3] = ["services", "generated-code", "brokers"];
/// The crates of brokers, which take a while to build.
const BROKERS: [&str; 2] = ["tidings_rabbitmq", "tidings_kafka"];

/// What stands between two fences.
pub(crate) struct Block<'a> {
    pub(crate) language: &'a str,
    pub(crate) text: &'a str,
    /// The file that the line before names.
    pub(crate) file: Option<&'a str>,
}

pub(crate) fn blocks(page: &str) -> Vec<Block<'_>> {
    let parts: Vec<_> = page.split("```").collect();
    let pairs = parts.chunks_exact(2);
    pairs
        .filter_map(|pair| {
            let (language, text) = pair[1].split_once('\n')?;
            let file = pair[0].trim_end().lines().last().and_then(named);
            Some(Block {
                language,
                text,
                file,
            })
        })
        .collect()
}

/// The file that a line ends with, as in "This is `src/lib.rs`:".
fn named(line: &str) -> Option<&str> {
    let name = line.strip_suffix("`:")?.rsplit('`').next()?;
    name.contains('.').then_some(name)
}

/// The Rust of the other pages, a module a block: that which needs crates of brokers, or that which does not.
pub(crate) fn rust(needs_brokers: bool) -> String {
    let names_broker = |text: &str| BROKERS.iter().any(|name| text.contains(name));
    let mut all = String::new();
    for page in OTHERS {
        let text = read(page);
        let blocks = blocks(&text).into_iter();
        let rust = blocks.filter(|block| block.language == "rust");
        let wanted = rust.filter(|block| names_broker(block.text) == needs_brokers);
        for (at, block) in wanted.enumerate() {
            let page = page.replace('-', "_");
            let _ = writeln!(all, "mod {page}_{at} {{\n{}}}", block.text);
        }
    }
    all
}

pub(crate) fn read(page: &str) -> String {
    let path = repository().join(format!("docs/{page}.md"));
    fs::read_to_string(path).expect("a page")
}

pub(crate) fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("the repository").to_owned()
}
