//! Finds `tidings.toml`, and says what is wrong in it and where.
//!
//! Which keys there are is told by whoever reads them, as lists of [`Key`]; [`parse`] compares a text with such a list.
mod find;
mod keys;
mod more;
mod part;
mod problem;
mod table;

use std::path::Path;
use table::Check;
use toml::de::DeTable;

pub use find::{above, text};
pub use keys::{Judge, Key, Kind, READ, REMOTE, key, required};
pub use more::More;
pub use part::Part;
pub use problem::Problem;

/// What is thought of keys that are in no list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// They are wrong.
    Wrong,
    /// They are for somebody else.
    Left,
}

/// The table that a text is, where it is as the keys say. What is wrong is told in the order of the text.
pub fn parse<'t>(
    file: &Path,
    text: &'t str,
    keys: &[Key],
    others: Others,
    problems: &mut Vec<Problem>,
) -> Option<DeTable<'t>> {
    let before = problems.len();
    let (root, errors) = DeTable::parse_recoverable(text);
    problems.extend(errors.iter().map(|error| {
        let range = error.span().unwrap_or_default();
        Problem::at(file, text, &range, error.message().replace('\n', ", "))
    }));
    if errors.is_empty() {
        let mut check = Check {
            file,
            text,
            problems,
        };
        match others {
            Others::Wrong => check.table(root.get_ref(), keys, &root.span()),
            Others::Left => {
                let found = keys.iter().map(|key| (key, root.get_ref().get(key.name)));
                found
                    .filter_map(|(key, value)| Some((key, value?)))
                    .for_each(|(key, value)| check.value(key, value));
            }
        }
    }
    problems[before..].sort_by_key(Problem::place);
    (problems.len() == before).then(|| root.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    static OUR: &[Key] = &[key("ours", Kind::Table(&[key("flag", Kind::Flag, "")]), "")];

    fn problems(text: &str, others: Others) -> Vec<String> {
        let mut problems = Vec::new();
        let file = Path::new("tidings.toml");
        let root = parse(file, text, OUR, others, &mut problems);
        assert_eq!(root.is_some(), problems.is_empty());
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn keys_of_somebody_else_are_left_alone_where_that_is_asked() {
        let text = "[theirs]\nany = 1\n[ours]\nflag = true\n";
        assert_eq!(problems(text, Others::Left), [""; 0]);
        assert_eq!(
            problems(text, Others::Wrong),
            ["tidings.toml:1:2: unknown key `theirs`; there are `ours`"]
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for others in [Others::Wrong, Others::Left] {
            assert_eq!(
                problems("[ours]\nflog = 1\nflag = 2\n", others),
                [
                    "tidings.toml:2:1: unknown key `flog`; did you mean `flag`?",
                    "tidings.toml:3:8: `flag` must be `true` or `false`"
                ]
            );
        }
        assert_eq!(problems("ours", Others::Left).len(), 1);
    }
}
