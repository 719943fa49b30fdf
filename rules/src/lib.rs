//! Rules over an AsyncAPI document: one rule a file, one static list.
//!
//! [`check`] is the entry: it takes a document that was read and gives what is wrong with its meaning, after reading
//! itself has reported what is wrong with its structure. [`all`] and [`find`] name every rule of both kinds.

mod avro;
mod casing;
mod components;
mod contradiction;
mod definitions;
mod entries;
mod expression;
mod formats;
#[cfg(test)]
mod helped;
mod ignores;
mod instances;
mod lint;
mod official;
mod overlap;
mod places;
mod protobuf;
pub mod ruleset;
mod schemas;
mod traits;

use tidings_document::api::Api;
use tidings_document::{Diagnostic, RULES};

pub use avro::{AvroSchema, avro};
pub use ignores::{Ignored, Sifted, sift};
pub use lint::{Lint, ignored_keywords, lints};
pub use official::{Official, OfficialView};
pub use protobuf::protobuf;
pub use tidings_document::{Profile, Rule};
pub use traits::{GOVERNANCE, is_essential, is_fixable, is_governance, looks_for, severity_in};

/// Every finding of the rules that `profile` holds, in the order of their places.
#[must_use]
pub fn check(api: &Api<'_>, profile: Profile) -> Vec<Diagnostic> {
    check_also(api, profile, &|_| false)
}

/// The same, and in full the findings of the rules that are `named`, whichever profile holds them.
#[must_use]
pub fn check_also(
    api: &Api<'_>,
    profile: Profile,
    named: &dyn Fn(&Rule) -> bool,
) -> Vec<Diagnostic> {
    let mut found = lint::run(api, profile, named);
    found.sort_by_key(|found| (found.span, found.rule.id));
    found
}

/// Every rule: those that reading checks, then those of this crate, then those about ignores.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    RULES
        .iter()
        .copied()
        .chain(lints().iter().map(|lint| &lint.rule))
        .chain(ignores::RULES.iter().copied())
}

/// The rule with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}
