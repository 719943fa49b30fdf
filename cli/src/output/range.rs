//! Places in files, as formats for programs have them.
use serde::Serialize;

/// From the first character to the one behind the last.
#[derive(Debug, Serialize)]
pub(crate) struct Range {
    pub(crate) start: Position,
    pub(crate) end: Position,
}

/// A place in a file.
#[derive(Debug, Serialize)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) offset: u32,
    /// Column from 0 in UTF-16 units, as editors and the official tool count.
    #[serde(skip)]
    pub(crate) utf16: u32,
}

impl Position {
    pub(super) const START: Self = Self {
        line: 1,
        column: 1,
        offset: 0,
        utf16: 0,
    };
}
