//! What is wrong with a configuration, where, and how to mend it.
use crate::plain::plain;
use std::{
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    place: Place,
    message: String,
    help: Option<String>,
}

/// Where something is told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// In a file: at a line and a column, both from 1.
    Text(PathBuf, usize, usize),
    /// By a file as a whole.
    File(PathBuf),
    /// By an environment variable.
    Variable(String),
    /// Nowhere.
    Nowhere,
}

impl Place {
    /// Of a range of the text of a file.
    pub(crate) fn of(file: &Path, text: &str, range: &Range<usize>) -> Self {
        let before = &text[..text.floor_char_boundary(range.start)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        let column = before[line_start..].chars().count() + 1;
        Self::Text(file.to_owned(), line, column)
    }
}

impl Problem {
    pub(crate) fn new(place: Place, message: impl Into<String>) -> Self {
        Self {
            place,
            message: message.into(),
            help: None,
        }
    }

    /// The same, with how to mend it.
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        let help = Some(help.into());
        Self { help, ..self }
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Text(file, line, column) => {
                write!(f, "{}:{line}:{column}: ", plain(&file.display()))?;
            }
            Place::File(file) => write!(f, "{}: ", plain(&file.display()))?,
            Place::Variable(name) => write!(f, "environment variable `{}`: ", plain(name))?,
            Place::Nowhere => {}
        }
        f.write_str(&plain(&self.message))?;
        match &self.help {
            Some(help) => write!(f, "; {}", plain(help)),
            None => Ok(()),
        }
    }
}
