//! What is said about checked payloads, for people and for programs.
use serde::Serialize;
use std::io::{self, Write};
use tidings_document::masked;
use tidings_schema::Violation;

use crate::output::{json::Tool, plain};

/// Everything about some files.
#[derive(Debug, Serialize)]
pub(crate) struct Report<'a> {
    pub(crate) tool: Tool,
    pub(crate) message: &'a str,
    pub(crate) files: Vec<FileReport>,
}

/// One file that holds one payload.
#[derive(Debug, Serialize)]
pub(crate) struct FileReport {
    pub(crate) path: String,
    pub(crate) valid: bool,
    #[serde(flatten)]
    pub(crate) findings: Findings,
}

/// What is wrong with one payload, and with its headers.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Findings {
    /// Why it could not be read at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    pub(crate) violations: Vec<ViolationReport>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ViolationReport {
    part: String,
    instance: String,
    schema: String,
    keyword: String,
    message: String,
}

impl Findings {
    pub(crate) fn are_none(&self) -> bool {
        self.error.is_none() && self.violations.is_empty()
    }

    /// The lines under a heading.
    pub(crate) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let mut print = |text: String| writeln!(out, "{}", plain::line(&text));
        if let Some(error) = &self.error {
            print(format!("  {error}"))?;
        }
        for found in &self.violations {
            let place = show(&found.instance);
            print(format!("  {} {place}: {}", found.part, found.message))?;
            print(format!("    schema {}", show(&found.schema)))?;
        }
        Ok(())
    }
}

impl Report<'_> {
    pub(crate) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        for file in &self.files {
            let verdict = if file.valid { "valid" } else { "invalid" };
            let heading = format!("{}: {verdict} {}", file.path, self.message);
            writeln!(out, "{}", plain::line(&heading))?;
            file.findings.print(out)?;
        }
        Ok(())
    }
}

/// The whole value's pointer is empty, which reads badly.
fn show(pointer: &str) -> &str {
    if pointer.is_empty() {
        "(whole)"
    } else {
        pointer
    }
}

impl From<Violation> for ViolationReport {
    fn from(found: Violation) -> Self {
        Self {
            part: found.part.to_string(),
            instance: found.instance,
            schema: found.schema,
            keyword: found.keyword,
            message: masked(&found.message).into_owned(),
        }
    }
}
