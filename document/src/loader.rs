//! Where files come from: the file system, kept within roots, or memory. The only part of this crate that touches the world,
//! and even it asks nobody over a network.
use std::{
    collections::BTreeMap,
    fmt::Debug,
    fs,
    io::{self, Read},
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use crate::{Limits, Remote, Url};

/// How to read a document.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Bounds.
    pub limits: Limits,
    /// Folders that references may lead into, besides the document's own project: the nearest folder above the document
    /// that holds a `.git`, or else the document's own folder.
    pub roots: Vec<PathBuf>,
    /// Whether references may lead to hidden files and into hidden folders: those below a root whose names begin with a dot.
    /// Without this only a document that lies in such a folder may refer within it.
    pub hidden: bool,
    /// Folders that imports of Protobuf texts start from, before those of the files; they are roots too.
    pub proto_paths: Vec<PathBuf>,
    /// Which remote references are followed. The files and folders of its map are roots too.
    pub remote: Remote,
    /// Where files come from.
    pub loader: Arc<dyn Loader>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            roots: Vec::new(),
            hidden: false,
            proto_paths: Vec::new(),
            remote: Remote::default(),
            loader: Arc::new(FsLoader),
        }
    }
}

/// A source of files.
pub trait Loader: Debug + Send + Sync {
    /// The one true path of a file or folder that exists: absolute, links resolved.
    fn canonical(&self, path: &Path) -> io::Result<PathBuf>;

    /// The whole content of a file of at most `limit` bytes.
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;

    /// Whether something exists under this path.
    fn exists(&self, path: &Path) -> bool;

    /// The content behind a URL that [`Remote::allows`], at most `limit` bytes. Unless a loader has a way, there is none.
    ///
    /// # Errors
    /// When the content cannot be had, or is not what it should be.
    fn fetch(&self, _url: &Url, _limit: u64) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::new("is not read: nothing is fetched here"))
    }
}

/// Why the content behind a URL cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
#[non_exhaustive]
pub struct FetchError {
    /// What is wrong, a fragment that follows the URL.
    pub reason: String,
    /// How to mend it.
    pub help: Option<String>,
}

impl FetchError {
    /// A reason without a cure.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            help: None,
        }
    }

    /// Says how to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Reads the file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct FsLoader;

impl Loader for FsLoader {
    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        path.canonicalize()
    }

    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        // Asked before opening: opening a pipe would wait for a writer.
        let about = fs::metadata(path)?;
        if about.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !about.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        if about.len() > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let file = fs::File::open(path)?;
        let length = file.metadata()?.len();
        let mut bytes = Vec::with_capacity(usize::try_from(length.min(limit)).unwrap_or_default());
        file.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != length {
            return Err(io::Error::other("it changed while it was read"));
        }
        Ok(bytes)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }
}

/// Files in memory, for tests and for editors. Paths are taken as absolute ones.
#[derive(Debug, Clone, Default)]
pub struct MemoryLoader {
    files: BTreeMap<PathBuf, Vec<u8>>,
    remote: BTreeMap<String, Vec<u8>>,
}

impl MemoryLoader {
    /// Files by path.
    pub fn new<P: AsRef<Path>, T: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        let files = files
            .into_iter()
            .map(|(path, text)| (absolute(path.as_ref()), text.into()))
            .collect();
        Self {
            files,
            remote: BTreeMap::new(),
        }
    }

    /// Adds what stands behind URLs, as other machines would give it.
    #[must_use]
    pub fn with_remote<T: Into<Vec<u8>>>(
        mut self,
        texts: impl IntoIterator<Item = (impl Into<String>, T)>,
    ) -> Self {
        let texts = texts
            .into_iter()
            .map(|(url, text)| (url.into(), text.into()));
        self.remote.extend(texts);
        self
    }
}

impl Loader for MemoryLoader {
    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        let path = absolute(path);
        if self.exists(&path) {
            Ok(path)
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }

    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let bytes = self
            .files
            .get(&absolute(path))
            .ok_or(io::ErrorKind::NotFound)?;
        if bytes.len() as u64 > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes.clone())
    }

    fn exists(&self, path: &Path) -> bool {
        let path = absolute(path);
        path == Path::new("/") || self.files.keys().any(|file| file.starts_with(&path))
    }

    fn fetch(&self, url: &Url, limit: u64) -> Result<Vec<u8>, FetchError> {
        match self.remote.get(url.as_str()) {
            None => Err(FetchError::new("does not exist")),
            Some(bytes) if bytes.len() as u64 > limit => {
                Err(FetchError::new(format!("is larger than {limit} bytes")))
            }
            Some(bytes) => Ok(bytes.clone()),
        }
    }
}

fn absolute(path: &Path) -> PathBuf {
    normal(&Path::new("/").join(path))
}

/// The path without `.` and, as far as its own text tells, without `..`.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => out.push(part),
            },
            _ => out.push(part),
        }
    }
    out
}

/// Why a file could not be read, as a fragment that follows its name.
pub(crate) fn reason(error: &io::Error, limits: &Limits) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "does not exist".to_owned(),
        io::ErrorKind::IsADirectory => "is a folder".to_owned(),
        io::ErrorKind::PermissionDenied => "may not be read: permission denied".to_owned(),
        io::ErrorKind::FileTooLarge => format!("is larger than {} bytes", limits.file_bytes),
        _ => format!("cannot be read: {error}"),
    }
}
