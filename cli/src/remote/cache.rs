//! The cache: contents under the names of their hashes, so that what is in it is either right or is not used.
use super::sha256;
use std::{
    env, fs,
    io::{self, Write},
    path::PathBuf,
};
use tidings_document::{FsLoader, Loader};

/// A folder of contents.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The folder where the system keeps what can be fetched again; `None` when it names none.
    pub(super) fn find() -> Option<Self> {
        let named = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".cache"));
        let parent = named.filter(|path| path.is_absolute()).or_else(home)?;
        Some(Self {
            folder: parent.join("tidings/sha256"),
        })
    }

    /// The content with a hash. One that was altered counts as missing.
    pub(super) fn read(&self, hash: &str, limit: u64) -> Option<Vec<u8>> {
        let bytes = FsLoader.read(&self.folder.join(hash), limit).ok()?;
        (sha256(&bytes) == hash).then_some(bytes)
    }

    /// Keeps a content. Where that fails, it is fetched again the next time.
    pub(super) fn write(&self, hash: &str, bytes: &[u8]) {
        let _ = self.try_write(hash, bytes);
    }

    fn try_write(&self, hash: &str, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let mut staged = tempfile::NamedTempFile::new_in(&self.folder)?;
        staged.write_all(bytes)?;
        staged.persist(self.folder.join(hash))?;
        Ok(())
    }
}
