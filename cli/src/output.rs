//! What the commands print: one file a format.
pub(crate) mod json;
pub(crate) mod plain;
pub(crate) mod text;

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people: the source with the place marked
    Text,
    /// For programs
    Json,
}
