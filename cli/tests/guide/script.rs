//! A page as a shell script, and what is to be printed by it.
use crate::pages::{Block, blocks};
use libtest_mimic::Failed;
use std::fmt::Write;

/// What a page says to type, in order.
pub(crate) struct Script {
    pub(crate) text: String,
    expected: Vec<String>,
}

impl Script {
    /// Files are written where the line before their block names them, shell blocks are typed; those that show what is printed
    /// say so. What the tests of other pages are is there before the project's own tests run.
    pub(crate) fn of(page: &str, others: &str) -> Result<Self, Failed> {
        let mut script = Self {
            // What runs beside it ends with it.
            text: "set -eu\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n".to_owned(),
            expected: Vec::new(),
        };
        for block in blocks(page) {
            script.follow(&block, others)?;
        }
        Ok(script)
    }

    fn follow(&mut self, block: &Block<'_>, others: &str) -> Result<(), Failed> {
        let Block {
            language,
            text,
            file,
        } = block;
        match (*language, file) {
            (_, Some(file)) => self.file(file, text),
            ("sh", None) => self.text.push_str(text),
            ("console", None) => text.lines().for_each(|line| self.line(line, others)),
            _ => {
                let reason = "is neither typed nor the text of a file that the line before names";
                return Err(format!("{reason}: ```{language}\n{text}").into());
            }
        }
        Ok(())
    }

    fn line(&mut self, line: &str, others: &str) {
        let Some(command) = line.strip_prefix("$ ") else {
            self.expected.push(line.to_owned());
            return;
        };
        if command.starts_with("cargo test") {
            self.file("tests/pages.rs", others);
        }
        self.command(command);
    }

    pub(crate) fn command(&mut self, command: &str) {
        let _ = writeln!(self.text, "{command}");
    }

    pub(crate) fn file(&mut self, file: &str, text: &str) {
        let _ = writeln!(
            self.text,
            "mkdir -p \"$(dirname {file})\"\ncat >{file} <<'END OF FILE'\n{text}END OF FILE"
        );
        if file == "Cargo.toml" {
            // The versions that our workspace builds with, so that nothing has to be fetched.
            self.command("cp ../tidings/Cargo.lock .");
        }
    }

    /// Says what is not printed in its place.
    pub(crate) fn check(&self, printed: &str) -> Result<(), Failed> {
        let mut rest = printed;
        for line in &self.expected {
            match rest.split_once(&**line) {
                Some((_, after)) => rest = after,
                None => {
                    return Err(format!("`{line}` is not printed in its place:\n{printed}").into());
                }
            }
        }
        Ok(())
    }
}
