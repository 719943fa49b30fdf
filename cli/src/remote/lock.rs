//! The lock: a JSON file that says which content stands behind each URL, by its SHA-256.
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::Path};
use tidings_document::{FsLoader, Limits, Loader, Url};

/// Hashes by URL, in the order of the URLs.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lock {
    sha256: BTreeMap<String, String>,
}

impl Lock {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or is no lock.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = FsLoader.read(path, Limits::default().file_bytes);
        let bytes = bytes.context("it cannot be read")?;
        let lock: Self = serde_json::from_slice(&bytes)
            .context("it has another form; remove it, and write it anew with `--update-lock`")?;
        let is_hash = |hash: &String| {
            hash.len() == 64
                && hash
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        if let Some((url, hash)) = lock.sha256.iter().find(|(_, hash)| !is_hash(hash)) {
            bail!("it says `{hash}` of `{url}`, which is no SHA-256 in 64 hexadecimal digits");
        }
        Ok(lock)
    }

    pub(super) fn hash(&self, url: &Url) -> Option<&str> {
        self.sha256.get(url.as_str()).map(String::as_str)
    }

    pub(super) fn insert(&mut self, url: &Url, hash: String) {
        self.sha256.insert(url.to_string(), hash);
    }

    /// Takes over what another one says.
    pub(super) fn extend(&mut self, other: &Self) {
        self.sha256.extend(other.sha256.clone());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sha256.is_empty()
    }

    pub(super) fn to_text(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}
