//! `--since`: the documents as they were, in another folder or in a commit.
use crate::{
    input::{self, Known, Reading},
    output::plain,
};
use anyhow::{Context, bail};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;
use tidings_html::Facts;

/// A state before.
#[derive(Debug)]
pub(super) struct Earlier {
    /// What it is called.
    pub(super) name: String,
    /// Folder that has it.
    folder: PathBuf,
    /// Folder that the same paths start from now; `None` where they start from wherever they are given.
    top: Option<PathBuf>,
    /// What is removed at the end.
    _copy: Option<TempDir>,
}

impl Earlier {
    /// Finds a state by the name of a folder, or else of a commit.
    pub(super) fn find(name: &str) -> anyhow::Result<Self> {
        let folder = Path::new(name);
        if !folder.is_dir() {
            return of_commit(name);
        }
        let last = folder.canonicalize()?;
        let last = last.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self {
            name: last.into_owned(),
            folder: folder.to_owned(),
            top: None,
            _copy: None,
        })
    }

    /// Where a path of now was.
    fn place(&self, path: &Path, arguments: &[PathBuf]) -> PathBuf {
        if let Some(top) = &self.top {
            let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            let below = whole.strip_prefix(top);
            return self.folder.join(below.unwrap_or(path));
        }
        let same = self.folder.join(path);
        if path.is_relative() && same.exists() {
            return same;
        }
        // Without the folder that an argument names: it has another name there.
        let inside = arguments
            .iter()
            .find_map(|argument| path.strip_prefix(argument).ok());
        match inside.filter(|inside| *inside != Path::new("")) {
            Some(inside) => self.folder.join(inside),
            None if path.is_dir() => self.folder.clone(),
            None => self.folder.join(path.file_name().unwrap_or_default()),
        }
    }

    /// The documents of then by their places, and what could not be read of them.
    fn read(
        &self,
        arguments: &[PathBuf],
        reading: &Reading,
        notes: &mut Vec<String>,
    ) -> BTreeMap<PathBuf, Facts> {
        let places: Vec<_> = arguments
            .iter()
            .map(|argument| self.place(argument, arguments))
            .collect();
        let mut facts = BTreeMap::new();
        for path in input::documents(&places, &mut Known::default())
            .into_iter()
            .flatten()
        {
            if !path.is_file() {
                continue;
            }
            let read = input::open(&path, reading);
            let api = read.as_ref().ok().and_then(|opened| opened.read().1);
            match api {
                Some(api) => {
                    facts.insert(path, Facts::new(&api));
                }
                None => notes.push(format!(
                    "{} could not be read as it was in {}; it is told as new, or not at all",
                    path.strip_prefix(&self.folder).unwrap_or(&path).display(),
                    self.name
                )),
            }
        }
        facts
    }

    /// Each document of now with what it was, then those that are no more.
    pub(super) fn pairs<'n>(
        &self,
        now: &'n [(PathBuf, Facts)],
        arguments: &[PathBuf],
        reading: &Reading,
        notes: &mut Vec<String>,
    ) -> Vec<(Option<Facts>, Option<&'n Facts>)> {
        let mut before = self.read(arguments, reading, notes);
        let mut pairs = Vec::new();
        for (path, facts) in now {
            let was = before.remove(&self.place(path, arguments));
            pairs.push((was, Some(facts)));
        }
        pairs.extend(before.into_values().map(|facts| (Some(facts), None)));
        pairs
    }
}

/// The files of a commit, in a folder of their own: neither the index nor the working tree of the repository is touched.
fn of_commit(name: &str) -> anyhow::Result<Earlier> {
    let shown = plain::line(name);
    let commit = format!("{name}^{{commit}}");
    let hash = git(
        &[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ],
        None,
    )
    .with_context(|| format!("`{shown}` is neither a folder nor a commit of this repository"))?;
    let top = git(&["rev-parse", "--show-toplevel"], None)?;
    let copy = tempfile::tempdir().context("cannot make a folder for the files of the commit")?;
    let tree = copy.path().join("tree");
    // With this, references may lead wherever they may in the repository.
    fs::create_dir_all(tree.join(".git"))?;
    let index = copy.path().join("index");
    let prefix = format!("--prefix={}/", tree.display());
    git(&["-C", &top, "read-tree", &hash], Some(&index))?;
    git(
        &["-C", &top, "checkout-index", "--all", "--quiet", &prefix],
        Some(&index),
    )?;
    Ok(Earlier {
        name: name.to_owned(),
        folder: tree,
        top: Some(top.into()),
        _copy: Some(copy),
    })
}

/// What git says to something, without the end of its line.
fn git(arguments: &[&str], index: Option<&Path>) -> anyhow::Result<String> {
    let mut command = Command::new("git");
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
