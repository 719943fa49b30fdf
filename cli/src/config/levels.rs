//! How much each rule weighs, by the rules' ids, their official codes, and the name of a group of them.
use std::collections::BTreeMap;
use tidings_document::Severity;
use tidings_rules::{GOVERNANCE, Rule, is_essential, is_governance};
use toml::de::DeTable;

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

    /// The rules of a table. What a rule's own id says wins over what its official code says, and that over what its group says.
    pub(super) fn read(table: &DeTable<'_>) -> Self {
        let entries = table.iter().filter_map(|(name, value)| {
            Some((
                name.get_ref().as_ref(),
                Level::of(value.get_ref().as_str()?)?,
            ))
        });
        let mut entries: Vec<(&str, Level)> = entries.collect();
        entries.sort_by_key(|(name, _)| Name::of(name));
        let rules = entries.into_iter().flat_map(|(name, level)| {
            let rules: Vec<_> = rules_of(name).collect();
            rules.into_iter().map(move |rule| (rule.id, level))
        });
        Self(rules.collect())
    }
}

/// What a name stands for; the later ones say it more exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Group,
    Code,
    Id,
}

impl Name {
    fn of(name: &str) -> Self {
        match tidings_rules::find(name) {
            Some(_) => Self::Id,
            None if name == GOVERNANCE => Self::Group,
            None => Self::Code,
        }
    }

    fn names(self, rule: &Rule, name: &str) -> bool {
        match self {
            Self::Group => is_governance(rule),
            Self::Code => rule.codes.contains(&name),
            Self::Id => rule.id == name,
        }
    }
}

/// The rules that may be named.
pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    tidings_rules::all().filter(|rule| !is_essential(rule))
}

/// The rules that a name stands for.
pub(super) fn rules_of(name: &str) -> impl Iterator<Item = &'static Rule> {
    let kind = Name::of(name);
    rules().filter(move |rule| kind.names(rule, name))
}

/// All that may stand in a table of rules.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let of_rules = rules().flat_map(|rule| rule.codes.iter().copied().chain([rule.id]));
    of_rules.chain([GOVERNANCE])
}
