//! Where the configuration of a document is, and what its file says.
use std::path::{Path, PathBuf};
use tidings_document::{FsLoader, Loader};

/// Name of the file.
const NAME: &str = "tidings.toml";

/// Bytes of a configuration at most.
const LARGEST: u64 = 1 << 20;

/// The text of a file.
///
/// # Errors
/// When there is none, as a fragment that follows the file's name.
pub fn text(file: &Path) -> Result<String, String> {
    let bytes = FsLoader.read(file, LARGEST);
    let bytes = bytes.map_err(|error| format!("cannot be read: {error}"))?;
    String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())
}

/// The nearest configuration file above a document, named from the working folder where it lies below. `ask` hears of every file
/// that is looked for.
pub fn above(document: &Path, ask: &dyn Fn(&Path)) -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let folder = match document.parent() {
        Some(parent) if document != Path::new("-") => here.join(parent).canonicalize().ok()?,
        _ => here.clone(),
    };
    let last = folder
        .ancestors()
        .find(|folder| folder.join(".git").exists());
    let found = folder
        .ancestors()
        .take_while(|folder| last.is_none_or(|last| folder.starts_with(last)))
        .map(|folder| folder.join(NAME))
        // Those that are not there count as well: one that appears would be nearer.
        .inspect(|file| ask(file))
        .find(|file| file.is_file())?;
    let named = found.strip_prefix(&here).map(Path::to_owned);
    Some(named.unwrap_or(found))
}
