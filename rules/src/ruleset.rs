//! Rules that come from a file: Spectral's declarative rulesets, in YAML or JSON.
//!
//! [`load`] reads a ruleset and tells what is wrong with it; [`Ruleset::on`] says what it means for one document: which of
//! our own rules weigh what, and what its own rules find. No JavaScript is run, and nothing is fetched.
mod aliases;
mod definition;
mod effective;
mod file;
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

use std::{path::Path, sync::Arc};

use tidings_document::{Diagnostic, Document, FileId, OpenError, Rule, Settings};

pub use effective::Applied;
pub use kept::documentation_url;
pub use problems::{RULESET_FUNCTION_UNSUPPORTED, RULESET_INVALID};

/// The rules that reading a ruleset checks.
pub static RULES: &[&Rule] = &[&RULESET_INVALID, &RULESET_FUNCTION_UNSUPPORTED];

/// A ruleset that was read, with all that it extends.
#[derive(Debug, Clone)]
pub struct Ruleset {
    file: Arc<file::File>,
    /// The folder that patterns of file names start from.
    folder: std::path::PathBuf,
}

/// A ruleset as it was read.
#[derive(Debug)]
pub struct Loaded {
    /// The ruleset, without what could not be understood.
    pub ruleset: Ruleset,
    /// Its files, for the places of what is wrong.
    pub document: Document,
    /// What is wrong with it.
    pub problems: Vec<Diagnostic>,
}

/// Reads a ruleset from a file.
///
/// # Errors
/// When the file cannot be read, or is a program. Whatever is wrong with its content is among the problems.
pub fn load(path: &Path, settings: &Settings) -> Result<Loaded, OpenError> {
    let (document, file, mut problems) = load::read(path, settings)?;
    effective::check_names(&file, &mut problems);
    // A file that is extended twice has its mistakes once.
    problems.sort_by(|a, b| (a.span, &a.message).cmp(&(b.span, &b.message)));
    problems.dedup();
    let location = document.sources().location(FileId(0));
    let folder = location.parent().unwrap_or(location).to_owned();
    let file = Arc::new(file);
    Ok(Loaded {
        ruleset: Ruleset { file, folder },
        document,
        problems,
    })
}

impl Ruleset {
    /// What this ruleset means for a document.
    #[must_use]
    pub fn on<'d>(&self, document: &'d Document) -> Applied<'d> {
        effective::apply(self, document)
    }
}
