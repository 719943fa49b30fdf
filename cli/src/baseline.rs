//! The baseline: a file of findings that were there when it was written, which are not shown again.
//!
//! A finding is known by its file, rule, pointer and message, not by its line, so that text may be added above it.
use crate::{
    input::Checked,
    relative::{relative, slashes},
    sift::{By, Sieve, Suppressed},
};
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
};
use tidings_document::{Diagnostic, FsLoader, Limits, Loader, masked};
use tidings_rules::is_essential;

/// What a finding is known by. The order of the fields is that of the file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
struct Known {
    /// The file, from the folder of the baseline, with `/` between its parts.
    file: String,
    rule: String,
    pointer: String,
    message: String,
}

/// A known finding and how often it may occur in one document.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    known: Known,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    count: usize,
}

fn one() -> usize {
    1
}

fn is_one(count: &usize) -> bool {
    *count == 1
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    findings: Vec<Entry>,
}

/// The form of the file that is written.
const VERSION: u32 = 1;

/// A baseline, and what of it was needed.
#[derive(Debug, Clone)]
pub(crate) struct Baseline {
    path: PathBuf,
    /// The folder that names of files start from.
    folder: PathBuf,
    entries: BTreeMap<Known, usize>,
    /// Files of the documents that were looked at.
    seen: BTreeSet<String>,
    /// Entries whose rule was looked for in their file, with how often they were needed in one document.
    needed: BTreeMap<Known, usize>,
}

impl Baseline {
    /// Reads a baseline.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        if !path.exists() {
            let path = path.display();
            bail!("the baseline `{path}` does not exist; `--write-baseline {path}` writes it");
        }
        let context = || format!("cannot read the baseline `{}`", path.display());
        let limit = Limits::default().file_bytes;
        let bytes = FsLoader.read(path, limit).with_context(context)?;
        let file: File = serde_json::from_slice(&bytes).with_context(context)?;
        if file.version != VERSION {
            bail!(
                "the baseline `{}` is of version {}, not {VERSION}; write it anew with `--write-baseline`",
                path.display(),
                file.version
            );
        }
        let entries = file.findings.into_iter();
        Ok(Self {
            entries: entries.map(|entry| (entry.known, entry.count)).collect(),
            ..Self::empty(path)
        })
    }

    /// What is in a file that will be written over; nothing where there is none yet.
    pub(crate) fn read_or_empty(path: &Path) -> anyhow::Result<Self> {
        match path.exists() {
            true => Self::read(path),
            false => Ok(Self::empty(path)),
        }
    }

    fn empty(path: &Path) -> Self {
        let parent = Path::new(".").join(path.parent().unwrap_or(Path::new("")));
        Self {
            path: path.to_owned(),
            folder: parent.canonicalize().unwrap_or(parent),
            entries: BTreeMap::new(),
            seen: BTreeSet::new(),
            needed: BTreeMap::new(),
        }
    }

    /// Takes what is known out of the findings of a document.
    pub(crate) fn apply(&mut self, checked: &mut Checked, sieve: &Sieve) {
        let files = self.files(checked);
        let mut counts: HashMap<Known, usize> = HashMap::new();
        let findings = std::mem::take(&mut checked.diagnostics);
        for finding in findings {
            let known = known(checked, &finding, &files);
            let allowed = known.as_ref().and_then(|known| self.entries.get(known));
            let count = known.map(|known| counts.entry(known).or_default());
            match (allowed, count) {
                (Some(allowed), Some(count)) if *count < *allowed => {
                    *count += 1;
                    checked.suppressed.push(Suppressed {
                        finding,
                        by: By::Baseline,
                    });
                }
                _ => checked.diagnostics.push(finding),
            }
        }
        let mut left_out = std::mem::take(&mut checked.left_out);
        left_out.retain(|finding| {
            let known = known(checked, finding, &files);
            known.is_none_or(|known| !self.entries.contains_key(&known))
        });
        checked.left_out = left_out;
        // A rule that nobody knows is that of a ruleset which was not given now.
        let looked_for = |known: &&Known| {
            let state = sieve.looks_for_named(&known.rule, checked.version);
            files.contains(&known.file) && state == Some(true)
        };
        for known in self.entries.keys().filter(looked_for) {
            let needed = self.needed.entry(known.clone()).or_default();
            *needed = (*needed).max(counts.get(known).copied().unwrap_or_default());
        }
        self.seen.extend(files);
    }

    /// How many entries are needed no longer, or less often than they say.
    pub(crate) fn stale(&self) -> usize {
        let is_stale = |(known, count): &(&Known, &usize)| match self.needed.get(known) {
            Some(needed) => needed < *count,
            None => !self.exists(known),
        };
        self.entries.iter().filter(is_stale).count()
    }

    /// The name that it was given.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is still there; what stands behind a URL cannot be gone.
    fn exists(&self, known: &Known) -> bool {
        known.file.contains("://") || self.folder.join(&known.file).exists()
    }

    /// The text of a baseline that knows all that is found, and what it knew of other files that are still there.
    pub(crate) fn renewed<'a>(
        &self,
        all: impl IntoIterator<Item = &'a Checked>,
    ) -> anyhow::Result<(String, usize)> {
        let mut entries: BTreeMap<Known, usize> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for checked in all {
            let files = self.files(checked);
            let mut counts: BTreeMap<Known, usize> = BTreeMap::new();
            for finding in &checked.diagnostics {
                if let Some(known) = known(checked, finding, &files) {
                    *counts.entry(known).or_default() += 1;
                }
            }
            for (known, count) in counts {
                let most = entries.entry(known).or_default();
                *most = (*most).max(count);
            }
            seen.extend(files);
        }
        let others = self.entries.iter();
        let others = others.filter(|(known, _)| !seen.contains(&known.file) && self.exists(known));
        entries.extend(others.map(|(known, count)| (known.clone(), *count)));
        Ok((text(&entries)?, entries.len()))
    }

    /// The names of a document's files.
    fn files(&self, checked: &Checked) -> Vec<String> {
        let sources = checked.document.sources();
        let names = sources.iter().map(|file| {
            let path = sources.path(file);
            let real = path.canonicalize();
            real.map_or_else(
                |_| slashes(path),
                |path| slashes(&relative(&path, &self.folder)),
            )
        });
        names.collect()
    }
}

/// One entry a line, sorted, so that differences are easy to read.
fn text(entries: &BTreeMap<Known, usize>) -> anyhow::Result<String> {
    let lines = entries.iter().map(|(known, count)| {
        serde_json::to_string(&Entry {
            known: known.clone(),
            count: *count,
        })
    });
    let lines: Vec<String> = lines.collect::<Result<_, _>>()?;
    let body = match lines.is_empty() {
        true => String::new(),
        false => format!("\n    {}\n  ", lines.join(",\n    ")),
    };
    Ok(format!(
        "{{\n  \"version\": {VERSION},\n  \"findings\": [{body}]\n}}\n"
    ))
}

/// What a finding is known by; nothing where it must be heard.
fn known(checked: &Checked, finding: &Diagnostic, files: &[String]) -> Option<Known> {
    if is_essential(finding.rule) {
        return None;
    }
    Some(Known {
        file: files.get(finding.span.file.0 as usize)?.clone(),
        rule: finding.rule.id.to_owned(),
        pointer: masked(&checked.document.pointer_at(finding.span)).into_owned(),
        message: finding.message.clone(),
    })
}
