//! Reads AsyncAPI documents: text to nodes with spans, resolved references, typed objects.
//!
//! [`open`] reads a document with the files that it refers to; [`read()`] makes the typed [`api::Api`] of it. Both tell what is
//! wrong as [`Diagnostic`]s and go on with what there is.
mod span;

mod node;

mod json;
mod limits;
mod loader;
mod sources;
mod yaml;

mod document;

mod diagnostic;
mod rule;
mod rules;
mod suggest;

pub mod api;

mod read;
mod schema_json;

pub use diagnostic::{Diagnostic, Related, Severity};
pub use document::{Document, End, OpenError, Resolved, open, open_alone, open_text};
pub use limits::Limits;
pub use loader::{FsLoader, Loader, MemoryLoader, Settings};
pub use node::{Entry, Node, Object, Value};
pub use read::read;
pub use rule::{Profile, Rule};
pub use rules::RULES;
pub use schema_json::{SchemaJson, schema_json, schema_json_with_map};
pub use sources::{Position, Range, Sources};
pub use span::{FileId, Span, Spanned, Text};
pub use suggest::nearest;
