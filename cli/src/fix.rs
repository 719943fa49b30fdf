//! Mending what can be mended for certain: texts are changed in memory and read again, and only what came out better is written.
use crate::{
    diff,
    input::{Checked, Texts, Unreadable},
    output::plain,
    write,
};
use anyhow::bail;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
};
use tidings_document::{Diagnostic, Edit, FileId, Severity, apply, blotted};

/// Readings of one document at most; each mends something or finds out that it cannot.
const ROUNDS: usize = 200;

/// Files as they would be, before those of the file system.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mended {
    files: BTreeMap<PathBuf, File>,
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

/// How deep the errors may lie under each other that one fix brings to light.
const DEEP: usize = 4;

/// A finding and the edits that mend it.
struct Mend<'d> {
    finding: &'d Diagnostic,
    edits: Vec<Edit>,
}

impl Mended {
    /// Files as they would be.
    fn texts(&self) -> Texts {
        let texts = self.files.iter();
        let texts = texts.map(|(path, file)| (path.clone(), file.after.clone()));
        Arc::new(texts.collect())
    }

    /// Mends a document; `check` reads it with files as they would be.
    pub(crate) fn mend(
        &mut self,
        check: &dyn Fn(Texts) -> Result<Checked, Unreadable>,
    ) -> Result<(), Unreadable> {
        let mut checked = check(self.texts())?;
        let mut given_up = HashSet::new();
        let mut most = usize::MAX;
        for _ in 0..ROUNDS {
            let chosen = choose(&checked, &given_up, most);
            if chosen.is_empty() {
                break;
            }
            let (candidate, next) = self.tried(&checked, &chosen, check)?;
            match worse(&checked, &next).first() {
                None => {
                    *self = candidate;
                    checked = next;
                    most = most.saturating_mul(4);
                }
                // One of them does harm: fewer at a time find out which.
                Some(_) if chosen.len() > 1 => most = (chosen.len() / 4).max(1),
                Some(harm) => {
                    let finding = chosen[0].finding;
                    self.refused.push(format!(
                        "{}: not mended, as that would bring up an error: {}, then {}",
                        checked.path.display(),
                        finding.message,
                        harm.message
                    ));
                    given_up.insert(identity(&checked, finding));
                }
            }
        }
        Ok(())
    }

    /// What comes of some fixes. Errors that come to light and can be mended themselves are mended along.
    fn tried(
        &self,
        before: &Checked,
        chosen: &[Mend<'_>],
        check: &dyn Fn(Texts) -> Result<Checked, Unreadable>,
    ) -> Result<(Self, Checked), Unreadable> {
        let mut candidate = self.clone();
        candidate.edit(before, chosen);
        let mut next = check(candidate.texts())?;
        for _ in 0..DEEP {
            let more = {
                let new = worse(before, &next);
                let more = free(mends(&next, &new), MOST);
                if new.is_empty() || more.len() < new.len() {
                    break;
                }
                candidate.edit(&next, &more);
                check(candidate.texts())?
            };
            next = more;
        }
        Ok((candidate, next))
    }

    fn edit(&mut self, checked: &Checked, chosen: &[Mend<'_>]) {
        self.count += chosen.len();
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
            let name = plain::line(&file.shown.display().to_string());
            let diff = diff::unified(&name, &file.before, &file.after);
            // For people: no credentials, not even in the lines around.
            blotted(&diff).into_owned()
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

/// Prints a diff as text and nothing but text: wherever it goes, somebody may look at it on a terminal.
pub(crate) fn print_diff(diff: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let lines = diff.split_inclusive('\n').map(plain::code);
    lines
        .into_iter()
        .try_for_each(|line| out.write_all(line.as_bytes()))
}

/// Fixes that can be made together and were not given up.
fn choose<'d>(checked: &'d Checked, given_up: &HashSet<String>, most: usize) -> Vec<Mend<'d>> {
    let wanted = |found: &&Diagnostic| {
        found.fix.is_some()
            && (given_up.is_empty() || !given_up.contains(&identity(checked, found)))
    };
    let findings: Vec<_> = checked.diagnostics.iter().filter(wanted).collect();
    free(mends(checked, &findings), most.min(MOST))
}

/// The findings that have a fix, of files that can be written.
fn mends<'d>(checked: &Checked, findings: &[&'d Diagnostic]) -> Vec<Mend<'d>> {
    let sources = checked.document.sources();
    let is_own = |edit: &Edit| {
        let file = edit.span.file;
        // A copy of what belongs to others would differ from it.
        !sources.is_remote(file) && sources.path(file).is_file()
    };
    let mend = |finding: &&'d Diagnostic| {
        let edits = finding.fix.as_ref()?.edits(sources)?;
        let sound = !edits.is_empty() && edits.iter().all(is_own);
        sound.then_some(Mend { finding, edits })
    };
    findings.iter().filter_map(mend).collect()
}

/// Those of some fixes that touch nothing that an earlier one does.
fn free(mends: Vec<Mend<'_>>, most: usize) -> Vec<Mend<'_>> {
    let mut chosen: Vec<Mend<'_>> = Vec::new();
    for mend in mends {
        let mut taken = chosen.iter().flat_map(|chosen| &chosen.edits);
        if !taken.any(|other| mend.edits.iter().any(|edit| overlap(edit, other))) {
            chosen.push(mend);
        }
        if chosen.len() >= most {
            break;
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

/// The errors that were not there before.
fn worse<'d>(before: &Checked, after: &'d Checked) -> Vec<&'d Diagnostic> {
    let mut known: HashMap<(&str, FileId, &str), usize> = HashMap::new();
    for found in errors(before) {
        *known.entry(kind(found)).or_default() += 1;
    }
    let mut new = Vec::new();
    for found in errors(after) {
        match known.get_mut(&kind(found)) {
            Some(count) if *count > 0 => *count -= 1,
            _ => new.push(found),
        }
    }
    new
}

fn errors(checked: &Checked) -> impl Iterator<Item = &Diagnostic> {
    let all = checked.diagnostics.iter();
    all.filter(|found| found.severity == Severity::Error)
}

/// What an error is recognised by wherever it moves to.
fn kind(found: &Diagnostic) -> (&str, FileId, &str) {
    (found.rule.id, found.span.file, &found.message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_document::{RULES, Span};

    fn edit(file: u32, start: u32, end: u32) -> Edit {
        let span = Span {
            file: FileId(file),
            start,
            end,
        };
        Edit {
            span,
            text: String::new(),
        }
    }

    #[test]
    fn edits_that_touch_are_not_made_together() {
        let one = edit(0, 10, 20);
        for (other, expected) in [
            (edit(0, 0, 9), false),
            (edit(0, 0, 10), true),
            (edit(0, 5, 15), true),
            (edit(0, 12, 14), true),
            (edit(0, 0, 30), true),
            (edit(0, 20, 25), true),
            (edit(0, 21, 25), false),
            (edit(1, 12, 14), false),
        ] {
            assert_eq!(overlap(&one, &other), expected, "{other:?}");
            assert_eq!(overlap(&other, &one), expected, "{other:?}");
        }
    }

    #[test]
    fn fixes_are_chosen_that_touch_nothing_of_earlier_ones() {
        let findings: Vec<_> = [0, 10, 5, 30, 40]
            .map(|start| Span {
                file: FileId(0),
                start,
                end: start,
            })
            .map(|span| Diagnostic::new(RULES[0], span, ""))
            .into();
        let mends = || {
            let edits = [
                vec![edit(0, 0, 3), edit(0, 10, 13)],
                vec![edit(0, 50, 51), edit(0, 12, 14)],
                vec![edit(0, 5, 8)],
                vec![edit(1, 0, 3)],
                vec![edit(0, 50, 52)],
            ];
            let mends = findings.iter().zip(edits);
            mends.map(|(finding, edits)| Mend { finding, edits })
        };
        let chosen = |most| {
            let chosen = free(mends().collect(), most);
            let starts = chosen.iter().map(|mend| mend.finding.span.start);
            starts.collect::<Vec<_>>()
        };
        assert_eq!(chosen(MOST), [0, 5, 30, 40]);
        assert_eq!(chosen(2), [0, 5]);
        assert_eq!(chosen(1), [0]);
    }
}
