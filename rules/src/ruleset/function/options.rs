//! Options of functions: what is asked for is given, what is wrong or unknown is reported at its place.
use tidings_document::{Diagnostic, Node, Object, Span, Text};

use super::Function;
use crate::ruleset::problems::{self, invalid};

/// The options of one function, and where to say what is wrong with them.
pub(super) struct Options<'n, 'p> {
    pub(super) function: Text<'n>,
    pub(super) given: Option<&'n Node>,
    pub(super) problems: &'p mut Vec<Diagnostic>,
}

impl<'n> Options<'n, '_> {
    /// Says what is wrong; gives nothing, for callers that end with it.
    pub(super) fn error<T>(&mut self, span: Span, message: String) -> Option<T> {
        self.problems.push(invalid(span, message));
        None
    }

    /// The function, unless options were given: it takes none.
    pub(super) fn none(&mut self, function: Function) -> Option<Function> {
        match self.given {
            None => Some(function),
            Some(node) => {
                let message = format!("`{}` takes no options", self.function.value);
                self.error(node.span, message)
            }
        }
    }

    /// The options as an object of no other than these keys.
    pub(super) fn object(&mut self, known: &[&str]) -> Option<&'n Object> {
        let Some(node) = self.given else {
            let keys = problems::list(known);
            let message = format!("`{}` needs `functionOptions`: {keys}", self.function.value);
            return self.error(self.function.span, message);
        };
        let Some(object) = node.as_object() else {
            let message = format!(
                "options of `{}` are an object, not {}",
                self.function.value,
                node.kind()
            );
            return self.error(node.span, message);
        };
        let what = format!("option of `{}`", self.function.value);
        for entry in object {
            problems::known_key(entry.name(), known, &what, self.problems);
        }
        object
            .iter()
            .all(|entry| known.contains(&entry.key.as_str()))
            .then_some(object)
    }

    /// An option that must be there.
    pub(super) fn required(&mut self, object: &'n Object, key: &str) -> Option<&'n Node> {
        let found = object.get(key);
        if found.is_none() {
            let span = self.given.map_or(self.function.span, |given| given.span);
            let message = format!("`{}` needs the option `{key}`", self.function.value);
            return self.error(span, message);
        }
        found
    }

    /// A value of the wrong type.
    pub(super) fn wrong<T>(&mut self, node: &Node, key: &str, expected: &str) -> Option<T> {
        let message = format!(
            "option `{key}` of `{}` is {expected}, not {}",
            self.function.value,
            node.kind()
        );
        self.error(node.span, message)
    }

    /// A switch that is off where it is not given.
    pub(super) fn switch(&mut self, object: &Object, key: &str) -> Option<bool> {
        match object.get(key) {
            None => Some(false),
            Some(node) => match node.value {
                tidings_document::Value::Bool(value) => Some(value),
                _ => self.wrong(node, key, "`true` or `false`"),
            },
        }
    }

    /// `properties`: at least two names.
    pub(super) fn properties(&mut self) -> Option<Vec<String>> {
        let object = self.object(&["properties"])?;
        let node = self.required(object, "properties")?;
        let names = node.as_array().map(|items| {
            let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
            texts.collect::<Option<Vec<_>>>()
        });
        match names.flatten().filter(|names| names.len() > 1) {
            Some(names) => Some(names),
            None => self.wrong(node, "properties", "a list of two names or more"),
        }
    }
}
