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

/// Bytes of a list at most.
const LARGEST: u64 = 1 << 20;

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

#[cfg(test)]
mod tests {
    use super::is_below;

    #[test]
    fn names_lead_below_the_folder() {
        assert!(is_below("src/lib.rs"));
        for name in ["", "../x", "src/../../x", "/etc/x"] {
            assert!(!is_below(name), "{name}");
        }
    }
}
