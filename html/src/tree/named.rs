//! Types of other languages than JSON Schema: each has its rows, and their id, at one place.
use std::collections::BTreeSet;

use super::Head;
use crate::{
    link::Link,
    markdown::{Allowed, render},
};

/// Ids of the types that have rows, and of the rows of fields.
pub(super) struct Ids {
    message: String,
    /// Full names of the types that have one.
    written: BTreeSet<String>,
    /// Full names of the types whose rows are not ended.
    open: Vec<String>,
    /// Ids of fields, by the names that lead to them.
    rows: BTreeSet<String>,
}

impl Ids {
    /// Those of a message; ids of its types begin with that of it.
    pub(super) fn new(message: &str) -> Self {
        Self {
            message: message.to_owned(),
            written: BTreeSet::new(),
            open: Vec::new(),
            rows: BTreeSet::new(),
        }
    }

    /// The id of a type's row; none for one that has a row already, and for what is no name.
    pub(super) fn claim(&mut self, full: &str) -> String {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
        match full.bytes().all(is_name) && self.written.insert(full.to_owned()) {
            true => self.id(full),
            false => String::new(),
        }
    }

    /// Gives the row of a field its id, unless it has one, or another has this.
    pub(super) fn claim_row(&mut self, line: &mut Head, row: &str) {
        if !line.name.is_empty() && line.id.is_empty() && self.rows.insert(row.to_owned()) {
            line.id = row.to_owned();
        }
    }

    /// No id of the page has `~.` in it.
    fn id(&self, full: &str) -> String {
        format!("{}~.{full}", self.message)
    }

    /// The row of a type that has one.
    pub(super) fn link(&self, full: &str, name: &str) -> Option<Link> {
        let is_written = self.written.contains(full);
        is_written.then(|| self.to(full, name))
    }

    /// The row that a type has, or gets.
    pub(super) fn to(&self, full: &str, name: &str) -> Link {
        Link::to(&self.id(full), name)
    }

    /// Whether the rows of a type are not ended.
    pub(super) fn is_open(&self, full: &str) -> bool {
        self.open.iter().any(|open| open == full)
    }

    /// Begins the rows of a type; gives what they are ended with.
    pub(super) fn open(&mut self, full: Option<String>) -> usize {
        let outside = self.open.len();
        self.open.extend(full);
        outside
    }

    /// Ends the rows of all types that were begun since.
    pub(super) fn close(&mut self, outside: usize) {
        self.open.truncate(outside);
    }
}

/// A text that is no Markdown: paragraphs and code read well as such; links stay texts.
pub(super) fn comment(text: &str) -> String {
    render(text, 6, Allowed::default())
}
