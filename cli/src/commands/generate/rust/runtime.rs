//! Where a generated crate finds the runtime: what the options say, else the checkout that it lies in, else where releases are.
use crate::relative::{relative, slashes};
use anyhow::bail;
use std::path::{Path, PathBuf};
use tidings_codegen::Runtime;

/// Options about the runtime.
#[derive(Debug, clap::Args)]
#[group(multiple = false, conflicts_with = "module")]
pub(super) struct RuntimeArgs {
    /// Folder of the `tidings` runtime crate to build against [default: that of the checkout around the output, if there is one]
    #[arg(long, value_name = "DIR")]
    runtime_path: Option<PathBuf>,
    /// Git repository that has the runtime, and a commit or tag of it
    #[arg(long, value_name = "URL[#REV]", value_parser = git)]
    runtime_git: Option<Runtime>,
    /// Version of the runtime in the registry
    #[arg(long, value_name = "VERSION", value_parser = version)]
    runtime_version: Option<Runtime>,
}

fn git(text: &str) -> Result<Runtime, String> {
    let (url, rev) = match text.split_once('#') {
        Some((url, rev)) => (url, Some(rev)),
        None => (text, None),
    };
    if url.is_empty() || rev == Some("") || text.contains(char::is_whitespace) {
        return Err("write it as in `https://example.com/tidings.git#v1.0.0`".to_owned());
    }
    Ok(Runtime::Git {
        url: url.to_owned(),
        rev: rev.map(str::to_owned),
    })
}

/// A requirement that cargo takes: numbers and what compares them.
fn version(text: &str) -> Result<Runtime, String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || " .,<>=^~*+-".contains(c);
    match text.contains(|c: char| c.is_ascii_digit()) && text.chars().all(is_word) {
        true => Ok(Runtime::Version(text.to_owned())),
        false => Err("write it as in `1.2` or `=1.2.3`".to_owned()),
    }
}

impl RuntimeArgs {
    /// Where a crate in a folder, by its true path, finds the runtime.
    pub(super) fn find(&self, folder: &Path) -> anyhow::Result<Runtime> {
        if let Some(path) = &self.runtime_path {
            return named(path, folder);
        }
        let stated = self.runtime_git.clone().or(self.runtime_version.clone());
        let around = || {
            folder
                .ancestors()
                .skip(1)
                .find_map(|above| checkout(above, folder))
        };
        Ok(stated
            .or_else(around)
            .unwrap_or_else(|| released(env!("CARGO_PKG_REPOSITORY"))))
    }
}

/// The runtime in a folder that the user names, as the manifest names it: relative to the crate where the user gave a relative path,
/// so that both can move together, else absolute.
fn named(runtime: &Path, folder: &Path) -> anyhow::Result<Runtime> {
    if !is_runtime(runtime) {
        bail!(
            "no crate `tidings` in `{}`; --runtime-path names the folder of the runtime",
            runtime.display()
        );
    }
    Ok(Runtime::Path(match runtime.is_absolute() {
        true => runtime.display().to_string(),
        false => slashes(&relative(&runtime.canonicalize()?, folder)),
    }))
}

/// The runtime of a checkout, where a folder is one.
fn checkout(above: &Path, folder: &Path) -> Option<Runtime> {
    let runtime = above.join("runtime");
    let is_one = above.join("Cargo.toml").is_file() && is_runtime(&runtime);
    is_one.then(|| Runtime::Path(slashes(&relative(&runtime, folder))))
}

/// Whether a folder has the crate `tidings`.
fn is_runtime(folder: &Path) -> bool {
    let text = std::fs::read_to_string(folder.join("Cargo.toml"));
    text.is_ok_and(|text| {
        text.lines()
            .any(|line| line.trim() == r#"name = "tidings""#)
    })
}

/// Where releases are: in the repository that this program was made from, where its manifest says which, else in the registry.
fn released(repository: &str) -> Runtime {
    let version = env!("CARGO_PKG_VERSION");
    match repository {
        "" => Runtime::Version(version.to_owned()),
        url => Runtime::Git {
            url: url.to_owned(),
            rev: Some(format!("v{version}")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_git_repository_may_have_a_commit() {
        let git = |text| match git(text) {
            Ok(Runtime::Git { url, rev }) => Some((url, rev)),
            _ => None,
        };
        let url = || "https://example.com/a.git".to_owned();
        assert_eq!(git("https://example.com/a.git"), Some((url(), None)));
        let with_rev = Some((url(), Some("v1".to_owned())));
        assert_eq!(git("https://example.com/a.git#v1"), with_rev);
        for text in ["", "#v1", "https://example.com/a.git#", "a b"] {
            assert_eq!(git(text), None, "{text}");
        }
    }

    #[test]
    fn a_version_is_what_cargo_takes() {
        for text in ["1", "=1.2.3", ">=1, <2", "1.0.0-rc.1", "1.*"] {
            assert_eq!(version(text), Ok(Runtime::Version(text.to_owned())));
        }
        for text in ["", "new", "1\"", "1\n"] {
            assert!(version(text).is_err(), "{text}");
        }
    }

    #[test]
    fn releases_are_in_the_registry_unless_a_repository_is_known() {
        assert_eq!(
            released(""),
            Runtime::Version(env!("CARGO_PKG_VERSION").to_owned())
        );
        assert!(matches!(
            released("https://example.com/a"),
            Runtime::Git { rev: Some(_), .. }
        ));
    }
}
