//! Generates Rust producers and consumers from an AsyncAPI document: a crate or a single module of types, messages,
//! channels, a client and a service trait over the runtime crate `tidings`.
//!
//! [`generate`] is a pure function. Lowering decides everything, names are given in one place, emitters only print.
mod docs;
mod emit;
mod ir;
mod lower;
mod names;
mod note;
mod settings;

use tidings_document::{Diagnostic, api::Api};

pub use note::RULES;
pub use settings::{File, Layout, Role, Runtime, Settings, sha256};

/// Generates the files for a document, and tells where they say less than the document does. The same document and
/// settings always give the same bytes.
#[must_use]
pub fn generate(api: &Api<'_>, settings: &Settings) -> (Vec<File>, Vec<Diagnostic>) {
    let (mut ir, notes) = lower::lower(api, settings);
    names::assign(&mut ir);
    (emit::files(&ir, settings), notes)
}
