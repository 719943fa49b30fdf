//! Reads AsyncAPI documents: text to nodes with spans, resolved references, typed objects.
mod span;

mod node;

mod diagnostic;
mod rule;

pub mod api;

pub use diagnostic::{Diagnostic, Related, Severity};
pub use node::{Entry, Node, Object, Value};
pub use rule::{Profile, Rule};
pub use span::{FileId, Span, Spanned, Text};
