//! Aliases: names for paths, each perhaps another path by the document's version.
use std::collections::BTreeMap;

use tidings_document::{Diagnostic, Node, Object, Text};

use super::{
    formats::{Formats, Version},
    path::{Fault, Path},
    problems::{doubtful, invalid, known_key, one_or_many, unknown, wrong_type},
};
use crate::places::within;

/// The aliases of one file by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Aliases {
    by_name: BTreeMap<String, Vec<Target>>,
}

/// Paths, and for which documents.
#[derive(Debug, Clone)]
struct Target {
    /// `None` for all.
    formats: Option<Formats>,
    given: Vec<String>,
}

/// Paths that one alias may stand for, aliases within it followed.
const MOST: usize = 10_000;

impl Aliases {
    /// Reads the aliases of a file.
    pub(super) fn read(node: &Node, problems: &mut Vec<Diagnostic>) -> Self {
        let Some(object) = node.as_object() else {
            problems.push(wrong_type(node, "`aliases`", "an object of paths by name"));
            return Self::default();
        };
        let mut by_name = BTreeMap::new();
        for entry in object {
            let fits = |sign: char| sign.is_ascii_alphanumeric() || "_-".contains(sign);
            if !entry
                .key
                .starts_with(|sign: char| sign.is_ascii_alphabetic())
                || !entry.key.chars().all(fits)
            {
                let message = format!("`{}` is no name of an alias", entry.key);
                let found = invalid(entry.key_span, message);
                problems.push(found.help("begin with a letter; then letters, digits, `_` and `-`"));
            }
            let targets = match entry.value.as_object() {
                Some(object) => scoped(entry.name(), object, problems),
                None => vec![Target {
                    formats: None,
                    given: texts(&entry.value, problems),
                }],
            };
            by_name.insert(entry.key.clone(), targets);
        }
        Self { by_name }
    }

    /// These aliases, with those of another set instead where both have a name.
    pub(super) fn with(&self, later: &Self) -> Self {
        let mut by_name = self.by_name.clone();
        by_name.extend(later.by_name.clone());
        Self { by_name }
    }

    /// Reports what is wrong with a path and with those that its alias stands for.
    pub(super) fn check(&self, text: Text<'_>, problems: &mut Vec<Diagnostic>) -> bool {
        let before = problems.len();
        match self.expand(text.value, None) {
            Err(Unusable::Unknown(name)) => {
                let known = self.by_name.keys().map(String::as_str);
                let name = Text {
                    value: &name,
                    span: text.span,
                };
                problems.push(unknown(name, known, "alias of this ruleset"));
            }
            Err(Unusable::Circle(names)) => {
                let message = format!("alias `{names}` leads back to itself");
                problems.push(invalid(text.span, message));
            }
            Ok(paths) => {
                for path in paths {
                    match Path::parse(&path) {
                        Err(wrong) => problems.push(fault(text, &path, &wrong)),
                        Ok(parsed) => problems.extend(parsed.futile().map(|name| {
                            let message = format!("`[{name}]` matches nothing");
                            doubtful(text.span, message)
                                .help(format!("write `[{name}:]` for items counted from the end"))
                        })),
                    }
                }
            }
        }
        problems[before..]
            .iter()
            .all(|found| found.severity < tidings_document::Severity::Error)
    }

    /// The paths that a text stands for in documents of a version; of all versions where none is given.
    pub(super) fn expand(
        &self,
        text: &str,
        version: Option<Version>,
    ) -> Result<Vec<String>, Unusable> {
        let mut out = Vec::new();
        let mut todo = vec![(text.to_owned(), Vec::new())];
        while let Some((text, mut way)) = todo.pop().filter(|_| out.len() < MOST) {
            let Some(rest) = text.strip_prefix('#') else {
                out.push(text);
                continue;
            };
            let end = rest.find(|sign: char| !sign.is_ascii_alphanumeric() && !"_-".contains(sign));
            let (name, rest) = rest.split_at(end.unwrap_or(rest.len()));
            if way.iter().any(|known| known == name) {
                return Err(Unusable::Circle(name.to_owned()));
            }
            let Some(targets) = self.by_name.get(name) else {
                return Err(Unusable::Unknown(name.to_owned()));
            };
            way.push(name.to_owned());
            let chosen = targets
                .iter()
                .rev()
                .filter(|target| match (&target.formats, version) {
                    (Some(formats), Some(version)) => formats.hold(version),
                    _ => true,
                });
            // Of several targets the last one that fits counts.
            let one = if version.is_some() { 1 } else { usize::MAX };
            for target in chosen.take(one) {
                todo.extend(
                    target
                        .given
                        .iter()
                        .map(|path| (format!("{path}{rest}"), way.clone())),
                );
            }
        }
        Ok(out)
    }
}

/// Why a path cannot be used.
#[derive(Debug)]
pub(super) enum Unusable {
    Unknown(String),
    Circle(String),
}

fn scoped(name: Text<'_>, object: &Object, problems: &mut Vec<Diagnostic>) -> Vec<Target> {
    for entry in object {
        let known = ["description", "targets"];
        known_key(entry.name(), &known, "part of an alias", problems);
    }
    let Some(targets) = object.get("targets").and_then(Node::as_array) else {
        let message = format!("alias `{}` has no list of `targets`", name.value);
        problems.push(invalid(name.span, message));
        return Vec::new();
    };
    let mut found = Vec::new();
    for target in targets {
        let (Some(formats), Some(given)) = (target.get("formats"), target.get("given")) else {
            let message = "a target has `formats` and `given`";
            problems.push(invalid(target.span, message));
            continue;
        };
        found.push(Target {
            formats: Some(Formats::read(formats, problems)),
            given: texts(given, problems),
        });
    }
    found
}

fn texts(node: &Node, problems: &mut Vec<Diagnostic>) -> Vec<String> {
    let mut found = Vec::new();
    for item in one_or_many(node) {
        match item.as_str() {
            Some(text) => found.push(text.to_owned()),
            None => problems.push(wrong_type(
                item,
                "an alias",
                "a JSONPath, or a list of them",
            )),
        }
    }
    found
}

/// What is wrong with a path, at the very place where the ruleset's text is that path.
pub(super) fn fault(text: Text<'_>, path: &str, fault: &Fault) -> Diagnostic {
    if text.value == path {
        return invalid(within(text, fault.at.clone()), fault.message.clone());
    }
    let message = format!("`{}` stands for `{path}`: {}", text.value, fault.message);
    invalid(text.span, message)
}
