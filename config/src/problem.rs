//! What is wrong with a configuration file, and where.
use std::{
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};
use tidings_document::plain_line;

/// One thing that is wrong, or worth telling.
#[derive(Debug)]
pub struct Problem {
    file: PathBuf,
    /// Line and column, from 1; `None` for the whole file.
    place: Option<(usize, usize)>,
    message: String,
    help: Option<String>,
}

impl Problem {
    /// Something about the file as a whole.
    #[must_use]
    pub fn of_file(file: &Path, message: String) -> Self {
        Self {
            file: file.to_owned(),
            place: None,
            message,
            help: None,
        }
    }

    /// Something at a place in its text.
    #[must_use]
    pub fn at(file: &Path, text: &str, range: &Range<usize>, message: String) -> Self {
        let before = &text[..text.floor_char_boundary(range.start)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        let column = before[line_start..].chars().count() + 1;
        Self {
            place: Some((line, column)),
            ..Self::of_file(file, message)
        }
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Line and column, from 1.
    #[must_use]
    pub fn place(&self) -> Option<(usize, usize)> {
        self.place
    }

    /// Adds how to mend it.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.file.display().to_string();
        match self.place {
            Some((line, column)) => text += &format!(":{line}:{column}: "),
            None => text += " ",
        }
        text += &self.message;
        if let Some(help) = &self.help {
            text += &format!("; {help}");
        }
        f.write_str(&plain_line(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let text = "ab\né = x\n";
        for (start, place) in [
            (0, (1, 1)),
            (1, (1, 2)),
            (3, (2, 1)),
            (5, (2, 2)),
            (7, (2, 4)),
        ] {
            let problem = Problem::at(Path::new("f"), text, &(start..start), "m".to_owned());
            assert_eq!(problem.place(), Some(place), "{start}");
        }
        // Within a character.
        let within = Problem::at(Path::new("f"), text, &(4..4), "m".to_owned());
        assert_eq!(within.place(), Some((2, 1)));
    }

    #[test]
    fn a_problem_is_one_line() {
        let of_file = Problem::of_file(Path::new("f"), "is\nwrong".to_owned());
        assert_eq!((of_file.file(), of_file.place()), (Path::new("f"), None));
        let line = of_file.help("mend it").to_string();
        assert!(line.starts_with("f is") && !line.contains('\n'), "{line}");
        assert!(line.ends_with("wrong; mend it"), "{line}");
    }
}
