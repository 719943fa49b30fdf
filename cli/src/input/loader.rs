//! The files of a run: of the file system, remembering which were asked for, and of other machines where these are allowed.
use crate::{progress::Progress, remote::Fetcher};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};
use tidings_document::{FetchError, FsLoader, Loader, Url};

/// Where the documents of a run come from.
#[derive(Debug)]
pub(crate) struct Files {
    pub(super) fetcher: Fetcher,
    progress: Progress,
    asked: Mutex<Asked>,
}

/// Files as they were when they were asked for; `None` stands for those that were not there.
pub(crate) type Asked = BTreeMap<PathBuf, Option<Stamp>>;

/// What differs once a file was written or replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    number: u64,
}

impl Stamp {
    /// That of a file as it is now; `None` when there is none.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let about = fs::metadata(path).ok()?;
        Some(Self {
            modified: about.modified().ok(),
            length: about.len(),
            number: number(&about),
        })
    }
}

#[cfg(unix)]
fn number(about: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(about)
}

#[cfg(not(unix))]
fn number(_: &fs::Metadata) -> u64 {
    0
}

impl Files {
    pub(super) fn new(fetcher: Fetcher, progress: Progress) -> Self {
        Self {
            fetcher,
            progress,
            asked: Mutex::default(),
        }
    }

    /// The files that were asked for since the last call.
    pub(super) fn take_asked(&self) -> Asked {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets go what was asked for below a folder.
    pub(super) fn forget(&self, folder: &Path) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|path, _| !path.starts_with(folder));
    }
}

impl Loader for Files {
    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        if !path.is_dir() {
            // Before it is read: what changes meanwhile has changed.
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            let stamp = || Stamp::of(path);
            asked.entry(path.to_owned()).or_insert_with(stamp);
        }
        FsLoader.canonical(path)
    }

    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        FsLoader.read(path, limit)
    }

    fn exists(&self, path: &Path) -> bool {
        FsLoader.exists(path)
    }

    fn fetch(&self, url: &Url, limit: u64) -> Result<Vec<u8>, FetchError> {
        let _shown = self.progress.show(format!("fetching {url}"));
        self.fetcher.fetch(url, limit)
    }
}
