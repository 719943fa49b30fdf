//! The list of the files that a generation wrote into a folder: what the next one may replace and remove, as long as nobody
//! changed it. It is committed with the files, so that others who generate again know it too.
use super::hash::hash;
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    io,
    path::{Component, Path},
};
use tidings_document::{FsLoader, Loader};

/// Names of files, with `/` between their parts, and the hashes of their texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    version: u32,
    pub(super) files: BTreeMap<String, String>,
}

/// The form of the file.
const VERSION: u32 = 1;

/// Bytes of a list at most: a site of many thousands of documents has one of a few million.
const LARGEST: u64 = 64 << 20;

impl Manifest {
    /// The list of some files with their texts.
    pub(super) fn of(files: &[(String, String)]) -> Self {
        let hashed = files.iter();
        let hashed = hashed.map(|(name, text)| (name.clone(), hash(text.as_bytes())));
        Self {
            version: VERSION,
            files: hashed.collect(),
        }
    }

    /// Reads a list; nothing where there is none.
    pub(super) fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        let bytes = match FsLoader.read(path, LARGEST) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes,
        };
        let parse = |bytes: Vec<u8>| Ok(serde_json::from_slice::<Self>(&bytes)?);
        let parsed = bytes.map_err(anyhow::Error::from).and_then(parse);
        let context = || {
            format!(
                "`{}`, the list of the files that tidings wrote, cannot be read; remove it, or let `--force` replace it",
                path.display()
            )
        };
        let manifest = parsed.with_context(context)?;
        if manifest.version != VERSION || !manifest.files.keys().all(|name| is_below(name)) {
            bail!("{}: it is of another form", context());
        }
        Ok(Some(manifest))
    }

    /// One file a line, so that differences are easy to read.
    pub(super) fn text(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

/// Whether a name leads to a place below the folder that it is seen from, by its text.
pub(super) fn is_below(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    !name.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)))
}

/// Whether a name is one that a generation may have, by its text. What begins with a dot is of other programs, such as `.git`, and
/// some file systems know that by other names, too.
pub(super) fn is_of_generation(name: &str) -> bool {
    let is_plain = |part: &str| part.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let is_list = |part: &str| part.starts_with(".tidings") && part.ends_with(".json");
    let mut parts = name.split(['/', '\\']);
    is_below(name) && !name.contains('~') && parts.all(|part| is_plain(part) || is_list(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_many_files_is_read_again() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("list.json");
        let file = |at| {
            (
                format!("a-document-with-a-title-{at:06}.html"),
                String::new(),
            )
        };
        let list = Manifest::of(&(0..20_000).map(file).collect::<Vec<_>>());
        std::fs::write(&path, list.text().expect("a text")).expect("written");
        assert_eq!(Manifest::read(&path).expect("read"), Some(list));
    }

    #[test]
    fn names_lead_below_the_folder() {
        assert!(is_below("src/lib.rs"));
        for name in ["", "../x", "src/../../x", "/etc/x"] {
            assert!(!is_below(name), "{name}");
        }
    }

    #[test]
    fn names_of_other_programs_are_none_of_a_generation() {
        for name in ["src/lib.rs", ".tidings-site.json", "_a/Ä-1.html", "日本.md"] {
            assert!(is_of_generation(name), "{name}");
        }
        for name in [
            "../x",
            ".git/config",
            "a/.GIT",
            "git~1/config",
            ".tidings-staging/0.new",
            "\u{200c}.git/config",
        ] {
            assert!(!is_of_generation(name), "{name}");
        }
    }
}
