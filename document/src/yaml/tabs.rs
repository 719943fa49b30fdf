//! Tabs between a key and its value. YAML takes them, the parser does not before a plain word: they are read from a copy with
//! spaces in their place.
use std::borrow::Cow;

/// Tabs behind a colon that are spaces in the copy.
#[derive(Debug, Default)]
pub(super) struct Tabs {
    /// Their bytes, in the order of the text.
    at: Vec<usize>,
    is_known: bool,
    /// Those found to belong to a text rather than to stand before it.
    kept: Vec<usize>,
}

impl Tabs {
    /// Takes all tabs behind a colon. Nothing to do means that this was not the fault.
    pub(super) fn find(&mut self, text: &str) -> bool {
        if self.is_known {
            return false;
        }
        self.is_known = true;
        self.at = text.match_indices(":\t").map(|(at, _)| at + 1).collect();
        !self.at.is_empty()
    }

    /// Tells of a text from one byte to another, whose tabs are its own.
    pub(super) fn scalar(&mut self, start: usize, end: usize) {
        let first = self.at.partition_point(|at| *at < start);
        let inside = self.at[first..].iter().take_while(|at| **at < end);
        self.kept.extend(inside);
    }

    /// Forgets what belongs to texts; whether there was any, so that the copy is another now.
    pub(super) fn settle(&mut self) -> bool {
        let kept = std::mem::take(&mut self.kept);
        self.at.retain(|at| kept.binary_search(at).is_err());
        !kept.is_empty()
    }

    /// The copy, to be read from its beginning.
    pub(super) fn apply<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        self.kept.clear();
        if self.at.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut copy = String::with_capacity(text.len());
        let mut done = 0;
        for at in &self.at {
            copy.push_str(&text[done..*at]);
            copy.push(' ');
            done = at + 1;
        }
        copy.push_str(&text[done..]);
        Cow::Owned(copy)
    }
}
