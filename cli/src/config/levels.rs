//! How much each rule weighs, by the rules' ids and their official codes.
use super::{problem::Problem, table::Check};
use std::{collections::BTreeMap, path::Path};
use tidings_document::{Severity, nearest};
use tidings_rules::{Rule, is_essential};
use toml::{Spanned, de::DeString, de::DeTable};

/// How much a rule weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// Nothing: its findings are not shown.
    Off,
    /// So much, in every profile.
    Weighs(Severity),
}

impl Level {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "off" => Self::Off,
            "info" => Self::Weighs(Severity::Info),
            "warning" => Self::Weighs(Severity::Warning),
            "error" => Self::Weighs(Severity::Error),
            _ => return None,
        })
    }
}

/// The rules that are named, each with its weight.
#[derive(Debug, Clone, Default)]
pub(crate) struct Levels(BTreeMap<&'static str, Level>);

impl Levels {
    /// The weight of a rule, where it is named.
    pub(crate) fn of(&self, rule: &Rule) -> Option<Level> {
        self.0.get(rule.id).copied()
    }

    /// Takes over what others say.
    pub(super) fn extend(&mut self, others: &Self) {
        self.0.extend(&others.0);
    }

    /// The rules of a table. What a rule's own id says wins over what its official code says.
    pub(super) fn read(table: &DeTable<'_>) -> Self {
        let mut levels = BTreeMap::new();
        let named = |by_code: bool| {
            let entries = table.iter().filter_map(|(name, value)| {
                Some((name.get_ref(), Level::of(value.get_ref().as_str()?)?))
            });
            entries.filter(move |(name, _)| tidings_rules::find(name).is_none() == by_code)
        };
        for (code, level) in named(true) {
            levels.extend(rules_of(code).map(|rule| (rule.id, level)));
        }
        for (id, level) in named(false) {
            levels.extend(tidings_rules::find(id).map(|rule| (rule.id, level)));
        }
        Self(levels)
    }
}

/// The rules that may be named.
pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    tidings_rules::all().filter(|rule| !is_essential(rule))
}

/// The rules with an official code.
fn rules_of(code: &str) -> impl Iterator<Item = &'static Rule> {
    rules().filter(move |rule| rule.codes.contains(&code))
}

/// Reports a name that is no rule's, or one of a rule that must be heard.
pub(super) fn check_name(check: &mut Check<'_>, name: &Spanned<DeString<'_>>) {
    let id: &str = name.get_ref();
    if tidings_rules::find(id).is_some_and(is_essential) {
        let message = format!("`{id}` cannot be set");
        let help = "behind its findings nothing is checked, so that they are always errors";
        check.report(&name.span(), message, Some(help.to_owned()));
    } else if tidings_rules::find(id).is_none() && rules_of(id).next().is_none() {
        let known = rules().flat_map(|rule| rule.codes.iter().copied().chain([rule.id]));
        let help = match nearest(id, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`tidings rules` lists them all, and rules of a ruleset are set in a ruleset that extends it".to_owned(),
        };
        check.report(&name.span(), format!("there is no rule `{id}`"), Some(help));
    }
}

/// What to tell of official codes in a table: which rules they stand for.
pub(super) fn notes(file: &Path, text: &str, table: &DeTable<'_>) -> Vec<String> {
    let codes = table.keys().filter(|name| {
        let id: &str = name.get_ref();
        tidings_rules::find(id).is_none()
    });
    let note = |name: &Spanned<DeString<'_>>| {
        let code: &str = name.get_ref();
        let ids: Vec<_> = rules_of(code).map(|rule| rule.id).collect();
        let message = format!("official code `{code}` sets `{}`", ids.join("`, `"));
        Problem::at(file, text, &name.span(), message).to_string()
    };
    codes.map(note).collect()
}
