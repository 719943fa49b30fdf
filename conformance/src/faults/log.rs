//! Logs of messages, which outlive whoever wrote them: a line is a key and a number within it.
use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
};

/// A message: its key, and its number within that.
pub type Number = (u32, u32);

/// Writes lines, in one piece each time, so that those of several processes stand whole and in order.
#[derive(Debug)]
pub struct Log(File);

impl Log {
    /// The one in that file, which is made where it is missing.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(file))
    }

    /// Adds lines.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&self, numbers: &[Number]) -> io::Result<()> {
        let lines: String = numbers
            .iter()
            .map(|(key, number)| format!("{key} {number}\n"))
            .collect();
        (&self.0).write_all(lines.as_bytes())
    }
}

/// Reads what was written since it last looked.
#[derive(Debug)]
pub struct Tail {
    file: File,
    /// The beginning of a line whose end was not there yet.
    rest: String,
}

impl Tail {
    /// From the beginning of that file, which is made where it is missing.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        Log::open(path)?;
        let file = File::open(path)?;
        let rest = String::new();
        Ok(Self { file, rest })
    }

    /// The whole lines that are new.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&mut self) -> io::Result<Vec<Number>> {
        self.file.read_to_string(&mut self.rest)?;
        let whole = self.rest.rfind('\n').map_or(0, |end| end + 1);
        let rest = self.rest.split_off(whole);
        let lines = std::mem::replace(&mut self.rest, rest);
        Ok(lines.lines().filter_map(|line| number(line, ' ')).collect())
    }
}

/// The key and number of a text that has them with that between.
pub(crate) fn number(text: &str, between: char) -> Option<Number> {
    let (key, number) = text.split_once(between)?;
    Some((key.parse().ok()?, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_gives_each_whole_line_once() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("log");
        let (log, mut tail) = (Log::open(&path)?, Tail::open(&path)?);
        log.write(&[(1, 2), (3, 4)])?;
        assert_eq!(tail.read()?, [(1, 2), (3, 4)]);
        (&log.0).write_all(b"5 6\n7")?;
        assert_eq!(tail.read()?, [(5, 6)]);
        (&log.0).write_all(b" 8\n")?;
        assert_eq!((tail.read()?, tail.read()?), (vec![(7, 8)], vec![]));
        Ok(())
    }
}
