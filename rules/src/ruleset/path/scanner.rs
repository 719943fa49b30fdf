//! Characters of a path's text one after the other, and faults that name their place.
use super::Fault;

/// A text and how far it was read.
pub(super) struct Scanner<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Takes a text if it comes next.
    pub(super) fn take(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// Takes a text that must come next.
    pub(super) fn expect(&mut self, wanted: &str) -> Result<(), Fault> {
        self.skip_space();
        if self.take(wanted) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("`{wanted}`")))
        }
    }

    /// Takes characters as long as they fit.
    pub(super) fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Takes a text in quotes; a backslash keeps the sign behind it.
    pub(super) fn quoted(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let mut signs = self.rest().char_indices();
        let quote = signs.next().map(|(_, quote)| quote);
        let mut out = String::new();
        while let Some((at, sign)) = signs.next() {
            if Some(sign) == quote {
                self.at = start + at + sign.len_utf8();
                return Ok(out);
            }
            match sign {
                '\\' => out.extend(signs.next().map(|(_, escaped)| match escaped {
                    'n' => '\n',
                    't' => '\t',
                    other => other,
                })),
                other => out.push(other),
            }
        }
        Err(self.fault(start, "this text in quotes does not end".to_owned()))
    }

    /// A fault at what comes next.
    pub(super) fn unexpected(&self, wanted: &str) -> Fault {
        let message = match self.peek() {
            Some(sign) => format!("`{sign}` is not expected here, but {wanted}"),
            None => format!("the expression ends where {wanted} is expected"),
        };
        let width = self.peek().map_or(0, char::len_utf8);
        Fault {
            at: self.at..self.at + width,
            message,
        }
    }

    /// A fault from a place up to here, or to the end where nothing was read.
    pub(super) fn fault(&self, start: usize, message: String) -> Fault {
        let end = if self.at > start {
            self.at
        } else {
            self.text.len()
        };
        Fault {
            at: start..end,
            message,
        }
    }
}
