//! A commit of the repository that documents are in. What is made of it is elsewhere: neither the index nor the working tree of the
//! repository is touched, and nothing that it configures to be run for such changes is run.
use crate::output::plain;
use anyhow::{Context, bail};
use std::{
    fs,
    path::{Component, Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// Which one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Commit {
    /// The folder of the repository as git has it, which reads not all that a system says of the same.
    named: PathBuf,
    /// The same without links in its path.
    top: PathBuf,
    hash: String,
}

/// Its files, which are removed at the end.
pub(super) struct Copy {
    folder: PathBuf,
    _whole: TempDir,
}

/// The commits that a name stands for: itself, or, as a pattern, the tags that led to what is checked out, the latest first.
pub(super) fn names(name: &str, documents: &[&Path]) -> anyhow::Result<Vec<String>> {
    // No commit has such a name.
    if !name.contains(['*', '?', '[']) {
        return Ok(vec![name.to_owned()]);
    }
    let words = [
        "tag",
        "--list",
        "--merged=HEAD",
        "--sort=-version:refname",
        "--sort=-creatordate",
        "--end-of-options",
        name,
    ];
    let tags = git(beside(documents), &words, None)?;
    if tags.is_empty() {
        let shown = plain::line(name);
        bail!(
            "`{shown}` is no tag that led to what is checked out of the repository of the documents"
        );
    }
    Ok(tags.lines().map(str::to_owned).collect())
}

/// A folder in the repository of the documents.
fn beside<'a>(documents: &[&'a Path]) -> &'a Path {
    let files = documents.iter().filter(|path| **path != Path::new("-"));
    let mut files = files.filter_map(|path| path.parent());
    let folder = files.next().filter(|folder| *folder != Path::new(""));
    folder.unwrap_or(Path::new("."))
}

impl Copy {
    /// The folder in the place of the repository's, without links in its path.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Commit {
    /// Finds a commit by its name; all documents have to be of one repository.
    pub(super) fn find(name: &str, documents: &[&Path]) -> anyhow::Result<Self> {
        let beside = beside(documents);
        let shown = plain::line(name);
        let failed = || {
            format!("`{shown}` is neither a folder nor a commit of the repository of the documents")
        };
        let commit = format!("{name}^{{commit}}");
        let words = ["rev-parse", "--verify", "--end-of-options", &commit];
        let hash = git(beside, &words, None).with_context(failed)?;
        let top = git(beside, &["rev-parse", "--show-toplevel"], None)?;
        let named = PathBuf::from(top);
        let top = named.canonicalize()?;
        let commit = Self { named, top, hash };
        let mut files = documents.iter().filter(|path| **path != Path::new("-"));
        files.try_for_each(|path| commit.place(path).map(drop))?;
        Ok(commit)
    }

    /// Where a path, or a pattern of paths, is in the repository.
    pub(super) fn place(&self, path: &Path) -> anyhow::Result<PathBuf> {
        let inside = whole(path).strip_prefix(&self.top).map(Path::to_owned);
        let is_clear = |path: &PathBuf| path.components().all(|part| part != Component::ParentDir);
        let Some(inside) = inside.ok().filter(is_clear) else {
            let (path, top) = (path.display(), self.top.display());
            bail!(
                "`{path}` is not in the repository `{top}`, so that no commit of that says what it was"
            );
        };
        Ok(inside)
    }

    /// Writes the files of the commit into a folder of their own.
    pub(super) fn copy(&self) -> anyhow::Result<Copy> {
        let copy =
            tempfile::tempdir().context("cannot make a folder for the files of the commit")?;
        let (tree, index) = (copy.path().join("tree"), copy.path().join("index"));
        // With this, references may lead wherever they may in the repository.
        fs::create_dir_all(tree.join(".git"))?;
        let prefix = format!("--prefix={}/", tree.display());
        git(&self.named, &["read-tree", &self.hash], Some(&index))?;
        let written = ["checkout-index", "--all", "--quiet", &prefix];
        git(&self.named, &written, Some(&index))?;
        Ok(Copy {
            folder: tree.canonicalize()?,
            _whole: copy,
        })
    }
}

/// Where a path is below a folder that has no links in its own; nothing where a link leads out of it.
pub(super) fn below(folder: &Path, path: &Path) -> Option<PathBuf> {
    let is_inside = path
        .canonicalize()
        .is_ok_and(|real| real.starts_with(folder));
    let inside = is_inside.then(|| whole(path))?;
    Some(inside.strip_prefix(folder).ok()?.to_owned())
}

/// A path from the root on, without links to folders: a commit has its files below its own. A link to a file stays, as that is what
/// a document is called; what is not there, such as a pattern, stays too.
fn whole(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folders = path.ancestors().filter(|part| part.is_dir());
    let real = folders.filter_map(|part| Some((part, part.canonicalize().ok()?)));
    let Some((part, real)) = real.into_iter().next() else {
        return path;
    };
    match path.strip_prefix(part) {
        Ok(rest) if rest != Path::new("") => real.join(rest),
        _ => real,
    }
}

/// What git says to something, without the end of its line.
fn git(folder: &Path, arguments: &[&str], index: Option<&Path>) -> anyhow::Result<String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder);
    command.args([
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.fsmonitor=false",
    ]);
    // Whoever calls this in a hook has a repository set, which need not be that of the documents.
    command.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE");
    command.args(arguments);
    if let Some(index) = index {
        command.env("GIT_INDEX_FILE", index);
    }
    let run = command.output().context("cannot run `git`")?;
    if !run.status.success() {
        let told = String::from_utf8_lossy(&run.stderr);
        bail!("git says: {}", plain::line(told.trim()));
    }
    let text = String::from_utf8(run.stdout).context("git gives no UTF-8 text")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
