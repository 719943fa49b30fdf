//! Rules that come from a file: Spectral's declarative rulesets, in YAML or JSON.
//!
//! [`load`] reads a ruleset and tells what is wrong with it; [`Ruleset::on`] says what it means for one document: which of
//! our own rules weigh what, and what its own rules find. No JavaScript is run, and nothing is fetched.
mod aliases;
mod definition;
mod effective;
mod formats;
mod function;
mod kept;
mod load;
mod message;
mod names;
mod overrides;
mod path;
mod problems;
mod run;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use tidings_document::{Document, Rule};

pub use effective::Applied;
pub use kept::documentation_url;
pub use load::{Loaded, load};
pub use problems::{RULESET_FUNCTION_UNSUPPORTED, RULESET_INVALID};

/// The rules that reading a ruleset checks.
pub static RULES: &[&Rule] = &[&RULESET_INVALID, &RULESET_FUNCTION_UNSUPPORTED];

/// A ruleset that was read, with all that it extends.
#[derive(Debug, Clone)]
pub struct Ruleset {
    file: Arc<load::File>,
    /// The folder that patterns of file names start from.
    folder: std::path::PathBuf,
}

impl Ruleset {
    /// What this ruleset means for a document.
    #[must_use]
    pub fn on<'d>(&self, document: &'d Document) -> Applied<'d> {
        effective::apply(self, document)
    }
}
