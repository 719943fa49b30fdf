//! Files as they would be once something is written, before those that are there.
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tidings_document::{FetchError, Loader, Url};

/// Texts by the true paths of their files.
pub(crate) type Texts = Arc<BTreeMap<PathBuf, String>>;

/// Reads such texts, and everything else from where it comes otherwise.
#[derive(Debug)]
pub(super) struct Overlay {
    pub(super) texts: Texts,
    pub(super) base: Arc<dyn Loader>,
}

impl Loader for Overlay {
    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        self.base.canonical(path)
    }

    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        match self.texts.get(path) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => self.base.read(path, limit),
        }
    }

    fn exists(&self, path: &Path) -> bool {
        self.base.exists(path)
    }

    fn fetch(&self, url: &Url, limit: u64) -> Result<Vec<u8>, FetchError> {
        self.base.fetch(url, limit)
    }
}
