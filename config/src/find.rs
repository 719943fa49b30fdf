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

#[cfg(test)]
mod tests {
    use super::*;
    use std::{cell::RefCell, fs};

    /// A folder with these folders and files in it.
    fn folder(name: &str, folders: &[&str], files: &[(&str, &[u8])]) -> PathBuf {
        let root =
            std::env::temp_dir().join(format!("tidings-config-{name}-{}", std::process::id()));
        for folder in folders {
            fs::create_dir_all(root.join(folder)).expect("a folder");
        }
        for (file, text) in files {
            fs::write(root.join(file), text).expect("a file");
        }
        root.canonicalize().expect("it is there")
    }

    fn found(document: &Path) -> (Option<PathBuf>, Vec<PathBuf>) {
        let asked = RefCell::new(Vec::new());
        let found = above(document, &|file| asked.borrow_mut().push(file.to_owned()));
        (found, asked.into_inner())
    }

    #[test]
    fn the_nearest_file_counts_and_none_above_the_project() {
        let files: [(&str, &[u8]); 2] = [("tidings.toml", b""), ("p/a/tidings.toml", b"")];
        let root = folder("nearest", &["p/.git", "p/a/b", "p/c/tidings.toml"], &files);
        let at = |file: &str| root.join(file);
        let (nearest, asked) = found(&at("p/a/b/d.yaml"));
        assert_eq!(nearest, Some(at("p/a/tidings.toml")));
        assert_eq!(asked, [at("p/a/b/tidings.toml"), at("p/a/tidings.toml")]);
        // A folder of that name is no file, and what lies above the project is somebody else's.
        let (none, asked) = found(&at("p/c/d.yaml"));
        assert_eq!(none, None);
        assert_eq!(asked, [at("p/c/tidings.toml"), at("p/tidings.toml")]);
        assert_eq!(found(&at("no/d.yaml")).0, None);
        let (_, asked) = found(Path::new("-"));
        let here = std::env::current_dir().expect("a folder");
        assert_eq!(asked[0], here.join(NAME));
        fs::remove_dir_all(root).expect("it was made");
    }

    #[test]
    fn texts_are_utf_8_and_not_too_large() {
        let large = vec![b' '; usize::try_from(LARGEST).expect("small") + 1];
        let files: [(&str, &[u8]); 3] = [("a", "é".as_bytes()), ("b", b"\xff"), ("c", &large)];
        let root = folder("texts", &[""], &files);
        assert_eq!(text(&root.join("a")), Ok("é".to_owned()));
        assert_eq!(text(&root.join("b")), Err("is not UTF-8 text".to_owned()));
        for file in ["c", "none"] {
            let error = text(&root.join(file)).expect_err(file);
            assert!(error.starts_with("cannot be read: "), "{error}");
        }
        fs::remove_dir_all(root).expect("it was made");
    }
}
