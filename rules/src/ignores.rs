//! Findings that a document itself says to leave out, with the reason: comments `# tidings-ignore RULE: reason`, and objects
//! under `x-tidings-ignore`, which JSON can hold as well.
mod comments;
mod fields;
mod rules;
mod scope;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use memchr::memmem;
use tidings_document::{Change, Diagnostic, Document, FileId, Fix, Node, Sources, Span};

use crate::is_essential;
pub(crate) use rules::RULES;
use scope::Scope;

/// What both ways of writing it have in common.
const MARK: &str = "tidings-ignore";

/// Ignores of one document that are read; nobody writes more by hand.
const MOST: usize = 10_000;

/// Ignores of unknown rules that are compared with those that exist: comparing takes long.
const COMPARED: usize = 100;

/// The findings of a document, those left out apart.
#[derive(Debug, Default)]
pub struct Sifted {
    /// What is not ignored.
    pub kept: Vec<Diagnostic>,
    /// What is.
    pub ignored: Vec<Ignored>,
    /// What is wrong with the ignores themselves.
    pub about: Vec<Diagnostic>,
}

/// A finding that is left out.
#[derive(Debug)]
pub struct Ignored {
    /// The finding.
    pub finding: Diagnostic,
    /// Why, in the words of the document.
    pub reason: String,
}

/// What a document says to leave out: one rule in one place.
struct Ignore {
    rule: String,
    /// Where the rule is named.
    span: Span,
    /// Why; an ignore without a reason has no effect.
    reason: Option<String>,
    /// Where it applies; nowhere when it stands where it cannot.
    scope: Option<Scope>,
    /// How to take it out of the document.
    removal: Change,
}

/// What was read of the ignores of a document.
#[derive(Default)]
struct Found {
    ignores: Vec<Ignore>,
    about: Vec<Diagnostic>,
}

/// Takes out of the findings what the document says to leave out. `state` tells of a rule's id whether it is looked for, and nothing
/// of those that do not exist: only what is looked for can be found unused.
#[must_use]
pub fn sift(
    document: &Document,
    findings: Vec<Diagnostic>,
    state: &dyn Fn(&str) -> Option<bool>,
) -> Sifted {
    let mut found = Found::default();
    let finder = memmem::Finder::new(MARK);
    let sources = document.sources();
    for file in sources.iter() {
        let marks: Vec<usize> = finder.find_iter(sources.text(file).as_bytes()).collect();
        if let Some(tree) = document.tree(file).filter(|_| !marks.is_empty()) {
            comments::read(sources, file, tree, &marks, &mut found);
            fields::read(tree, &mut found);
        }
    }
    if found.ignores.is_empty() && found.about.is_empty() {
        return Sifted {
            kept: findings,
            ..Sifted::default()
        };
    }
    let mut sifted = apply(&mut found, findings, state);
    sifted
        .about
        .sort_by_key(|found| (found.span, found.rule.id));
    sifted.about.dedup();
    sifted
}

fn apply(
    found: &mut Found,
    findings: Vec<Diagnostic>,
    state: &dyn Fn(&str) -> Option<bool>,
) -> Sifted {
    let mut sifted = Sifted {
        about: std::mem::take(&mut found.about),
        ..Sifted::default()
    };
    let mut compared = COMPARED;
    let (sound, unsound): (Vec<_>, Vec<_>) = std::mem::take(&mut found.ignores)
        .into_iter()
        .map(|ignore| (defect(&ignore, state, &mut compared), ignore))
        .partition(|(defect, _)| defect.is_none());
    sifted
        .about
        .extend(unsound.into_iter().filter_map(|(defect, _)| defect));
    let mut by_rule: HashMap<(FileId, &str), Vec<usize>> = HashMap::new();
    for (at, (_, ignore)) in sound.iter().enumerate() {
        let key = (ignore.span.file, ignore.rule.as_str());
        by_rule.entry(key).or_default().push(at);
    }
    let mut used = vec![false; sound.len()];
    for finding in findings {
        let near = by_rule.get(&(finding.span.file, finding.rule.id));
        let covers = |at: &&usize| {
            let scope = sound[**at].1.scope.as_ref();
            scope.is_some_and(|scope| scope.holds(finding.span))
        };
        let mut reason = None;
        for at in near.into_iter().flatten().filter(covers) {
            used[*at] = true;
            reason = reason.or(sound[*at].1.reason.clone());
        }
        match reason {
            Some(reason) => sifted.ignored.push(Ignored { finding, reason }),
            None => sifted.kept.push(finding),
        }
    }
    let unused = sound.iter().zip(&used).filter(|(_, used)| !**used);
    let active = unused.filter(|((_, ignore), _)| state(&ignore.rule) == Some(true));
    sifted
        .about
        .extend(active.map(|((_, ignore), _)| unused_one(ignore)));
    sifted
}

/// What keeps an ignore from having any effect.
fn defect(
    ignore: &Ignore,
    state: &dyn Fn(&str) -> Option<bool>,
    compared: &mut usize,
) -> Option<Diagnostic> {
    let id = &ignore.rule;
    let invalid = |message: String| Diagnostic::new(&rules::INVALID, ignore.span, message);
    let known = crate::find(id);
    if state(id).is_none() {
        let found = invalid(format!("there is no rule `{id}`"));
        *compared = compared.saturating_sub(1);
        let ids = crate::all().map(|rule| rule.id).filter(|_| *compared > 0);
        return Some(match tidings_document::nearest(id, ids) {
            Some(near) => found.help(format!("did you mean `{near}`?")),
            None => found.help(
                "`tidings rules` lists them all, and those of a ruleset are known where it is given",
            ),
        });
    }
    if known.is_some_and(|rule| is_essential(rule) || RULES.contains(&rule)) {
        return Some(invalid(format!("`{id}` cannot be ignored")));
    }
    if ignore.scope.is_none() {
        let found = invalid(format!(
            "the ignore of `{id}` for the file is not at its top"
        ));
        return Some(found.help("move it above the first key"));
    }
    if ignore.reason.is_none() {
        let found = invalid(format!("the ignore of `{id}` gives no reason"));
        return Some(found.help(format!("write it behind a colon: `{id}: reason`")));
    }
    None
}

fn unused_one(ignore: &Ignore) -> Diagnostic {
    let message = format!("there is no finding of `{}` to ignore here", ignore.rule);
    Diagnostic::new(&rules::UNUSED, ignore.span, message)
        .help("remove it")
        .fix(Some(Fix::new("remove the ignore", ignore.removal.clone())))
}

/// Calls back for every value below a node, with its entry where it is the value of one.
fn walk<'a>(root: &'a Node, visit: &mut dyn FnMut(&'a Node, Option<&'a tidings_document::Entry>)) {
    let mut todo = vec![(root, None)];
    while let Some((node, entry)) = todo.pop() {
        visit(node, entry);
        match &node.value {
            tidings_document::Value::Array(items) => {
                todo.extend(items.iter().map(|item| (item, None)));
            }
            tidings_document::Value::Object(object) => {
                todo.extend(object.iter().map(|entry| (&entry.value, Some(entry))));
            }
            _ => {}
        }
    }
}

/// A span of a file by offsets.
fn span(file: FileId, start: usize, end: usize) -> Span {
    let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
    Span {
        file,
        start: offset(start),
        end: offset(end),
    }
}

/// The text of a file from an offset to the end of the line.
fn rest_of_line(sources: &Sources, file: FileId, from: usize) -> &str {
    let rest = sources.text(file).get(from..).unwrap_or_default();
    rest.split(['\n', '\r']).next().unwrap_or_default()
}
