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
    /// The message, where it is only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<&'a str>,
    /// The messages of which each payload must fit one.
    pub(crate) messages: &'a [&'a str],
    pub(crate) files: Vec<FileReport<'a>>,
}

/// One file that holds one payload.
#[derive(Debug, Serialize)]
pub(crate) struct FileReport<'a> {
    pub(crate) path: String,
    pub(crate) valid: bool,
    /// The message that it fits, or is closest to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<&'a str>,
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
            let heading = match file.valid {
                true => format!("{}: valid {}", file.path, file.message.unwrap_or_default()),
                false => format!("{}: {}", file.path, invalid(file.message, self.messages)),
            };
            writeln!(out, "{}", plain::line(&heading))?;
            file.findings.print(out)?;
        }
        Ok(())
    }
}

/// The name where there is only one.
pub(crate) fn only<'a>(names: &[&'a str]) -> Option<&'a str> {
    match names {
        [only] => Some(only),
        _ => None,
    }
}

/// That a payload is invalid, and as what it is explained.
pub(crate) fn invalid(message: Option<&str>, names: &[&str]) -> String {
    match (message, names.len()) {
        (Some(message), 1) => format!("invalid {message}"),
        (Some(message), count) => {
            format!("fits none of {count} messages, the closest is {message}")
        }
        (None, count) => format!("fits none of {count} messages"),
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
