//! A ruleset as its file says it, with those that it extends.
use std::sync::Arc;

use super::{aliases::Aliases, definition::Entry, formats::Formats, overrides::Files};

/// One file.
#[derive(Debug, Clone, Default)]
pub(super) struct File {
    pub(super) layer: Layer,
    pub(super) overrides: Vec<Override>,
}

/// What a file or one of its overrides says.
#[derive(Debug, Clone, Default)]
pub(super) struct Layer {
    pub(super) extends: Vec<Extended>,
    pub(super) rules: Vec<Named>,
    pub(super) aliases: Arc<Aliases>,
    pub(super) formats: Option<Formats>,
    pub(super) url: Option<String>,
}

/// What is said about one name.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) span: tidings_document::Span,
    pub(super) entry: Entry,
}

/// A ruleset that is extended.
#[derive(Debug, Clone)]
pub(super) struct Extended {
    pub(super) base: Base,
    pub(super) which: Option<Which>,
}

/// Where it comes from.
#[derive(Debug, Clone)]
pub(super) enum Base {
    /// `spectral:asyncapi`
    AsyncApi,
    File(Arc<File>),
}

/// Which of its rules are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    All,
    Recommended,
    Off,
}

/// What is said about some files.
#[derive(Debug, Clone)]
pub(super) struct Override {
    pub(super) files: Vec<Files>,
    pub(super) layer: Layer,
}
