//! Mending what can be mended for certain: texts are changed in memory and read again, and only what came out better is written.
use crate::{
    input::{Checked, Unreadable},
    output::plain,
    write,
};
use anyhow::bail;
use similar::TextDiff;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use tidings_document::{
    Diagnostic, Edit, FetchError, FileId, FsLoader, Loader, Severity, Url, apply,
};

/// Readings of one document at most; each mends something or finds out that it cannot.
const ROUNDS: usize = 200;

/// Files as they would be, before those of the file system.
#[derive(Debug, Clone)]
pub(crate) struct Mended {
    files: BTreeMap<PathBuf, File>,
    base: Arc<dyn Loader>,
    /// Findings that were mended.
    pub(crate) count: usize,
    /// What was not done, and why.
    pub(crate) refused: Vec<String>,
}

#[derive(Debug, Clone)]
struct File {
    /// As findings name it.
    shown: PathBuf,
    before: String,
    after: String,
}

/// The loader of files as they would be.
#[derive(Debug)]
struct Overlay {
    texts: BTreeMap<PathBuf, String>,
    base: Arc<dyn Loader>,
}

impl Loader for Overlay {
    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        self.base.canonical(path)
    }

    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        match self.texts.get(path) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => self.base.read(path, limit),
        }
    }

    fn exists(&self, path: &Path) -> bool {
        self.base.exists(path)
    }

    fn fetch(&self, url: &Url, limit: u64) -> Result<Vec<u8>, FetchError> {
        self.base.fetch(url, limit)
    }
}

/// A finding and the edits that mend it.
struct Mend<'d> {
    finding: &'d Diagnostic,
    edits: Vec<Edit>,
}

impl Mended {
    /// Nothing yet, over where files come from.
    pub(crate) fn new() -> Self {
        Self {
            files: BTreeMap::new(),
            base: Arc::new(FsLoader),
            count: 0,
            refused: Vec::new(),
        }
    }

    /// Files as they would be.
    pub(crate) fn loader(&self) -> Arc<dyn Loader> {
        let texts = self.files.iter();
        Arc::new(Overlay {
            texts: texts
                .map(|(path, file)| (path.clone(), file.after.clone()))
                .collect(),
            base: self.base.clone(),
        })
    }

    /// Mends a document; `check` reads it from a loader.
    pub(crate) fn mend(
        &mut self,
        check: &dyn Fn(Arc<dyn Loader>) -> Result<Checked, Unreadable>,
    ) -> Result<(), Unreadable> {
        let mut checked = check(self.loader())?;
        let mut given_up = HashSet::new();
        let mut most = usize::MAX;
        for _ in 0..ROUNDS {
            let chosen = choose(&checked, &given_up, most);
            if chosen.is_empty() {
                break;
            }
            let mut candidate = self.clone();
            candidate.edit(&checked, &chosen);
            let next = check(candidate.loader())?;
            match worse(&checked, &next) {
                None => {
                    candidate.count += chosen.len();
                    *self = candidate;
                    checked = next;
                    most = usize::MAX;
                }
                // One of them does harm: fewer at a time find out which.
                Some(_) if chosen.len() > 1 => most = chosen.len() / 2,
                Some(harm) => {
                    let finding = chosen[0].finding;
                    self.refused.push(format!(
                        "{}: `{}` is not mended, as that would bring up: {harm}",
                        checked.path.display(),
                        finding.message
                    ));
                    given_up.insert(identity(&checked, finding));
                    most = usize::MAX;
                }
            }
        }
        Ok(())
    }

    fn edit(&mut self, checked: &Checked, chosen: &[Mend<'_>]) {
        let sources = checked.document.sources();
        let mut edits: HashMap<FileId, Vec<Edit>> = HashMap::new();
        for edit in chosen.iter().flat_map(|mend| &mend.edits) {
            edits.entry(edit.span.file).or_default().push(edit.clone());
        }
        for (file, edits) in edits {
            let text = sources.text(file);
            let shown = sources.path(file);
            if let Ok(path) = shown.canonicalize() {
                let file = self.files.entry(path).or_insert_with(|| File {
                    shown: shown.to_owned(),
                    before: text.to_owned(),
                    after: String::new(),
                });
                file.after = apply(text, &edits);
            }
        }
    }

    /// What would change, as a unified diff.
    pub(crate) fn diff(&self) -> String {
        let diffs = self.files.values().map(|file| {
            let name = file.shown.display().to_string();
            let diff = TextDiff::from_lines(file.before.as_str(), file.after.as_str());
            diff.unified_diff().header(&name, &name).to_string()
        });
        diffs.collect()
    }

    /// Writes the files, unless somebody else changed them meanwhile.
    pub(crate) fn write(&self) -> anyhow::Result<()> {
        for (path, file) in &self.files {
            if std::fs::read(path).ok().as_deref() != Some(file.before.as_bytes()) {
                bail!(
                    "`{}` changed while it was mended; nothing is written",
                    file.shown.display()
                );
            }
        }
        let files: Vec<_> = self.files.iter().collect();
        let files: Vec<_> = files
            .iter()
            .map(|(path, file)| (path.as_path(), &file.after))
            .collect();
        write::outputs(&files)
    }

    /// Whether no file would change.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Number of files that would change.
    pub(crate) fn files(&self) -> usize {
        self.files.len()
    }
}

/// Prints a diff. A terminal is told nothing but text.
pub(crate) fn print_diff(diff: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if !out.is_terminal() {
        return out.write_all(diff.as_bytes());
    }
    diff.lines()
        .try_for_each(|line| writeln!(out, "{}", plain::line(line)))
}

/// Fixes that can be made together: none touches what another does.
fn choose<'d>(checked: &'d Checked, given_up: &HashSet<String>, most: usize) -> Vec<Mend<'d>> {
    let sources = checked.document.sources();
    let is_file = |edit: &Edit| sources.path(edit.span.file).is_file();
    let mends = checked.diagnostics.iter().filter_map(|finding| {
        let edits = finding.fix.as_ref()?.edits(sources)?;
        let sound = !edits.is_empty() && edits.iter().all(is_file);
        let wanted = sound && !given_up.contains(&identity(checked, finding));
        wanted.then_some(Mend { finding, edits })
    });
    let mut taken: Vec<Edit> = Vec::new();
    let mut chosen: Vec<Mend<'d>> = Vec::new();
    for mend in mends {
        let is_free = |edit: &Edit| !taken.iter().any(|other| overlap(edit, other));
        if mend.edits.iter().all(is_free) {
            taken.extend(mend.edits.iter().cloned());
            chosen.push(mend);
            if chosen.len() >= most.min(MOST) {
                break;
            }
        }
    }
    chosen
}

/// Fixes in one round; each is compared with all others.
const MOST: usize = 1000;

fn overlap(one: &Edit, other: &Edit) -> bool {
    one.span.file == other.span.file
        && one.span.start <= other.span.end
        && other.span.start <= one.span.end
}

/// What a finding is recognised by while texts change around it.
fn identity(checked: &Checked, finding: &Diagnostic) -> String {
    format!(
        "{}\0{}\0{}\0{}",
        finding.rule.id,
        finding.span.file.0,
        checked.document.pointer_at(finding.span),
        finding.message
    )
}

/// An error that was not there before.
fn worse<'d>(before: &Checked, after: &'d Checked) -> Option<&'d str> {
    let errors = |checked: &'d Checked| {
        let all = checked.diagnostics.iter();
        all.filter(|found| found.severity == Severity::Error)
    };
    let mut known: HashMap<(&str, FileId, &str), usize> = HashMap::new();
    for found in before
        .diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error)
    {
        let key = (found.rule.id, found.span.file, found.message.as_str());
        *known.entry(key).or_default() += 1;
    }
    let new = errors(after).find(|found| {
        let key = (found.rule.id, found.span.file, found.message.as_str());
        match known.get_mut(&key).filter(|count| **count > 0) {
            Some(count) => {
                *count -= 1;
                false
            }
            None => true,
        }
    });
    new.map(|found| found.message.as_str())
}
