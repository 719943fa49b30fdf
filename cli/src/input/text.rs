//! Texts as they are: of files and of standard input.
use super::Unreadable;
use anyhow::bail;
use std::{
    io::{self, Read},
    path::{Path, PathBuf},
};
use tidings_document::{FsLoader, Limits, Loader, OpenError};

/// Standard input as findings name it.
pub(super) const STDIN: &str = "<stdin>";

/// All of standard input, where it is not too large.
pub(super) fn standard_input(limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// Refuses `-` where it occurs twice: the second would be empty.
pub(crate) fn stdin_once<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> anyhow::Result<()> {
    let stdin = paths.into_iter().filter(|path| *path == Path::new("-"));
    if stdin.count() > 1 {
        bail!("`-` is given twice, but standard input can be read only once");
    }
    Ok(())
}

/// Reads a file that is not a document, or standard input for `-`.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, Unreadable> {
    let limits = Limits::default();
    let (name, bytes) = if path == Path::new("-") {
        (Path::new(STDIN), standard_input(limits.file_bytes))
    } else {
        (path, FsLoader.read(path, limits.file_bytes))
    };
    bytes.map_err(|source| Unreadable {
        path: path.to_owned(),
        error: OpenError::new(name, source, &limits),
    })
}
