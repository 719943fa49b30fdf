//! Overrides: what a ruleset says about some files only, or about some places in them.
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};
use tidings_document::{Diagnostic, Node, Object};

use super::problems::{invalid, known_key, wrong_type};

/// Files by a pattern of their names, or places in them.
#[derive(Debug, Clone)]
pub(super) struct Files {
    patterns: Vec<Pattern>,
    /// Whether the pattern is of the last part of a name only.
    of_last: bool,
    /// JSON pointer of the place, and of all below it.
    pub(super) pointer: Option<String>,
}

const KEYS: &[&str] = &[
    "aliases",
    "extends",
    "files",
    "formats",
    "parserOptions",
    "rules",
];

/// Reads the patterns of an override.
pub(super) fn files(
    node: &Node,
    object: &Object,
    problems: &mut Vec<Diagnostic>,
) -> Option<Vec<Files>> {
    for entry in object {
        known_key(entry.name(), KEYS, "part of an override", problems);
    }
    let Some(list) = object.get("files").and_then(Node::as_array) else {
        let message = "an override has a list of `files`, patterns such as `'v2/**/*.yaml'`";
        problems.push(invalid(node.span, message));
        return None;
    };
    let mut found = Vec::new();
    for item in list {
        match item.as_str().map(read) {
            Some(Ok(files)) => found.push(files),
            Some(Err(error)) => problems.push(invalid(item.span, error)),
            None => problems.push(wrong_type(item, "one of `files`", "a pattern")),
        }
    }
    Some(found)
}

fn read(text: &str) -> Result<Files, String> {
    let (pattern, pointer) = match text.split_once('#') {
        Some((pattern, pointer)) => (pattern, Some(pointer.to_owned())),
        None => (text, None),
    };
    if pattern.is_empty() {
        return Err(format!("`{text}` names no file; begin with `**` for all"));
    }
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    let patterns = alternatives(pattern).into_iter().map(|pattern| {
        Pattern::new(&pattern).map_err(|error| format!("`{pattern}` is no pattern: {}", error.msg))
    });
    Ok(Files {
        patterns: patterns.collect::<Result<_, _>>()?,
        of_last: !pattern.contains('/'),
        pointer,
    })
}

/// Patterns that one with braces may stand for.
const MOST: usize = 100;

/// The patterns that one with alternatives in braces stands for.
fn alternatives(pattern: &str) -> Vec<String> {
    let mut done = Vec::new();
    let mut todo = vec![pattern.to_owned()];
    while let Some(pattern) = todo.pop() {
        let parts = pattern.split_once('{').and_then(|(before, rest)| {
            let (inner, after) = rest.split_once('}')?;
            Some((before, inner, after))
        });
        match parts.filter(|_| done.len() + todo.len() < MOST) {
            Some((before, inner, after)) => {
                let inner = inner.split(',').rev();
                todo.extend(inner.map(|choice| format!("{before}{choice}{after}")));
            }
            None => done.push(pattern),
        }
    }
    done
}

impl Files {
    /// Whether a file is meant, by its name seen from the ruleset.
    pub(super) fn hold(&self, name: &Path) -> bool {
        let options = MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: true,
        };
        let last = Path::new(name.file_name().unwrap_or_default());
        let name = if self.of_last { last } else { name };
        let mut patterns = self.patterns.iter();
        patterns.any(|pattern| pattern.matches_path_with(name, options))
    }
}

/// A file seen from a folder.
pub(super) fn seen_from(folder: &Path, file: &Path) -> PathBuf {
    let common = folder
        .components()
        .zip(file.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = folder
        .components()
        .skip(common)
        .map(|_| Component::ParentDir);
    up.chain(file.components().skip(common)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn holds(pattern: &str, name: &str) -> bool {
        read(pattern).unwrap().hold(Path::new(name))
    }

    #[test]
    fn patterns_are_of_whole_names_or_of_their_last_part() {
        assert!(holds("*.yaml", "a/b.yaml") && holds("**/*.yaml", "b.yaml"));
        assert!(holds("a/*.{yaml,json}", "a/b.json") && !holds("a/*.{yaml,json}", "a/c/b.json"));
        assert!(holds("./a/**", "a/b/c.yaml") && !holds("a/*", "b/c"));
        assert!(read("#/info").is_err() && read("[").is_err());
    }

    #[test]
    fn files_are_seen_from_the_ruleset() {
        let seen = |file| seen_from(Path::new("/a/b"), Path::new(file));
        assert_eq!(seen("/a/b/c/d"), Path::new("c/d"));
        assert_eq!(seen("/a/x/d"), Path::new("../x/d"));
    }
}
