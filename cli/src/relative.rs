//! Paths as seen from a folder.
use std::path::{Component, Path, PathBuf};

/// An absolute path seen from an absolute folder; where they share nothing, such as a drive, the path as it is.
pub(crate) fn relative(path: &Path, folder: &Path) -> PathBuf {
    let shared = folder
        .components()
        .zip(path.components())
        .take_while(|(one, other)| one == other)
        .count();
    if shared == 0 {
        return path.to_owned();
    }
    let up = folder
        .components()
        .skip(shared)
        .map(|_| Component::ParentDir);
    up.chain(path.components().skip(shared)).collect()
}

/// The true path of what is there, and of what is going to be.
pub(crate) fn true_path(path: &Path) -> std::io::Result<PathBuf> {
    let whole = std::path::absolute(path)?;
    let real = whole.ancestors().find_map(|above| {
        let rest = whole.strip_prefix(above).ok()?;
        let real = above.canonicalize().ok()?;
        Some(real.components().chain(rest.components()).collect())
    });
    Ok(real.unwrap_or(whole))
}

/// A path with `/` between its parts, as files that are committed have it.
pub(crate) fn slashes(path: &Path) -> String {
    let text = path.display().to_string();
    match std::path::MAIN_SEPARATOR {
        '/' => text,
        separator => text.replace(separator, "/"),
    }
}

#[cfg(test)]
mod tests {
    use super::relative;
    use std::path::Path;

    #[test]
    fn paths_are_seen_from_a_folder() {
        for (path, folder, seen) in [
            ("/a/b/c", "/a/b", "c"),
            ("/a/x/c", "/a/b/d", "../../x/c"),
            ("/a", "/a", ""),
        ] {
            assert_eq!(
                relative(Path::new(path), Path::new(folder)),
                Path::new(seen)
            );
        }
    }
}
