//! What a rule is, and the rules that reading itself checks.
use crate::severity::Severity;

/// A kind of defect, with its documentation. Two rules are the same when their ids are.
#[derive(Debug)]
pub struct Rule {
    /// Name of the defect in kebab-case, such as `field-missing`; never reused.
    pub id: &'static str,
    /// How much a finding weighs unless configured otherwise.
    pub severity: Severity,
    /// Version of Tidings that had it first.
    pub since: &'static str,
    /// The smallest set of rules that it belongs to.
    pub profile: Profile,
    /// Codes of the official parser for the same defect.
    pub codes: &'static [&'static str],
    /// One line: what is wrong.
    pub summary: &'static str,
    /// Markdown: what, why, and `yaml bad` and `yaml good` examples.
    pub docs: &'static str,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

/// Sets of rules, each holding those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Profile {
    /// What the official parser checks, with its severities.
    Official,
    /// Those and ours: the default.
    Recommended,
    /// Everything.
    Strict,
}
