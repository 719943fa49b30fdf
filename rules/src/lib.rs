//! Rules over an AsyncAPI document: one rule a file, one static list.
//!
//! [`check`] is the entry: it takes a document that was read and gives what is wrong with its meaning, after reading
//! itself has reported what is wrong with its structure. [`all`] and [`find`] name every rule of both kinds.

mod avro;
mod bindings;
mod casing;
mod components;
mod definitions;
mod expression;
mod instances;
mod lint;
mod official;
mod overlap;
mod places;
mod protobuf;
mod schemas;

use tidings_document::api::Api;
use tidings_document::{Diagnostic, RULES};

pub use avro::avro;
pub use lint::{Lint, lints};
pub use official::{Official, OfficialView};
pub use protobuf::protobuf;
pub use tidings_document::{Profile, Rule};

/// Every finding of the rules that `profile` holds, in the order of their places.
#[must_use]
pub fn check(api: &Api<'_>, profile: Profile) -> Vec<Diagnostic> {
    let mut found = lint::run(api, profile);
    found.sort_by_key(|found| (found.span, found.rule.id));
    found
}

/// Every rule: those that reading checks, then those of this crate.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    RULES
        .iter()
        .copied()
        .chain(lints().iter().map(|lint| &lint.rule))
}

/// The rule with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}
