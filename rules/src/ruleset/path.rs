//! JSONPath as Spectral's engine reads it: the steps of an expression, and in `parse` how text becomes steps, in `expression`
//! what filters compute, in `walk` where a path leads.
mod evaluate;
mod expression;
mod parse;
mod scanner;
#[cfg(test)]
mod tests;
mod walk;

use std::ops::Range;

use expression::Expression;
pub(super) use walk::{Key, Match, Walk};

/// A path, ready to be followed.
#[derive(Debug, Clone)]
pub(super) struct Path {
    steps: Vec<Step>,
}

/// One step: from what a step before has reached, or with `deep` from there and everything below.
#[derive(Debug, Clone)]
struct Step {
    deep: bool,
    pick: Pick,
}

/// What a step takes.
#[derive(Debug, Clone)]
enum Pick {
    /// The values under these keys or indices.
    Names(Vec<String>),
    /// Every value.
    All,
    /// Some of an array's items.
    Slice {
        from: i64,
        to: Option<i64>,
        step: usize,
    },
    /// The values for which an expression holds.
    Filter(Expression),
    /// What was reached itself.
    Itself,
    /// The object or array around it.
    Parent,
    /// Its key instead of its value.
    Key,
}

/// What is wrong with an expression, and where in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: Range<usize>,
    pub(super) message: String,
}

impl Path {
    /// Reads an expression.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        parse::parse(text)
    }

    /// A step that can never reach anything although it looks as if it could: `[-1]`, which other dialects take for the last item.
    pub(super) fn futile(&self) -> Option<&str> {
        let names = self.steps.iter().filter_map(|step| match &step.pick {
            Pick::Names(names) => Some(names),
            _ => None,
        });
        let is_negative = |name: &&String| {
            name.strip_prefix('-').is_some_and(|rest| {
                !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit())
            })
        };
        names.flatten().find(is_negative).map(String::as_str)
    }
}
