//! `tidings message check`: payload files against the schemas of one message.
use super::{checker::Checker, find};
use crate::{
    Outcome,
    input::{self, Reading},
    output::{self, Format, json::Tool, plain},
};
use anyhow::Context;
use serde::Serialize;
use serde_json::Value;
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use tidings_schema::Violation;

/// Arguments of `tidings message check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings message check orders.asyncapi.yaml --message CreateOrder order.json
  tidings message check orders.asyncapi.yaml --message CreateOrder --headers headers.json order.json
  echo '{\"orderId\":\"O-000042\"}' | tidings message check orders.asyncapi.yaml --message OrderPlaced -")]
pub(crate) struct Args {
    /// Document that describes the message
    #[arg(value_name = "DOC")]
    document: PathBuf,
    /// Message: its name, its key, or its JSON pointer
    #[arg(long, value_name = "NAME")]
    message: String,
    /// JSON object with the headers of every payload
    #[arg(long, value_name = "FILE")]
    headers: Option<PathBuf>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    reading: Reading,
    /// Payloads as JSON; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    tool: Tool,
    message: &'a str,
    files: Vec<FileReport>,
}

#[derive(Debug, Serialize)]
struct FileReport {
    path: String,
    valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    violations: Vec<ViolationReport>,
}

#[derive(Debug, Serialize)]
struct ViolationReport {
    part: String,
    instance: String,
    schema: String,
    keyword: String,
    message: String,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let paths = args.files.iter().chain(&args.headers);
    input::stdin_once(paths.chain([&args.document]))?;
    let checked = input::read(&args.document, &args.reading)?;
    let (api, _) = tidings_document::read(&checked.document);
    let Some(api) = api else {
        output::text::print_talk(&checked)?;
        return Ok(Outcome::Findings);
    };
    if !checked.is_valid() {
        writeln!(
            anstream::stderr(),
            "warning: {}",
            output::text::summary(&checked)
        )?;
    }
    let message = find::message(&api, &args.message)?;
    let checker = Checker::new(&api, message)?;
    let headers = args.headers.as_deref().map(read_headers).transpose()?;
    let files: Vec<_> = args
        .files
        .iter()
        .map(|path| {
            Ok(file_report(
                path,
                &input::read_file(path)?,
                headers.as_ref(),
                &checker,
            ))
        })
        .collect::<anyhow::Result<_>>()?;
    print(
        args.format,
        &Report {
            tool: Tool::THIS,
            message: message.display_name(),
            files,
        },
    )
}

fn read_headers(path: &Path) -> anyhow::Result<Value> {
    let bytes = input::read_file(path)?;
    json(&bytes).with_context(|| format!("`{}` is not JSON", path.display()))
}

/// JSON text, with or without a byte order mark.
fn json(bytes: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
}

fn file_report(
    path: &Path,
    bytes: &[u8],
    headers: Option<&Value>,
    checker: &Checker<'_, '_>,
) -> FileReport {
    let (error, violations) = match json(bytes) {
        Ok(payload) => (None, checker.check(&payload, headers)),
        Err(error) => (Some(format!("not JSON: {error}")), Vec::new()),
    };
    FileReport {
        path: path.display().to_string(),
        valid: error.is_none() && violations.is_empty(),
        error,
        violations: violations.into_iter().map(ViolationReport::from).collect(),
    }
}

fn print(format: Format, report: &Report<'_>) -> anyhow::Result<Outcome> {
    match format {
        Format::Text => print_text(report)?,
        Format::Json => {
            let mut out = std::io::stdout().lock();
            serde_json::to_writer_pretty(&mut out, report).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
    }
    let valid = report.files.iter().all(|file| file.valid);
    Ok(if valid {
        Outcome::Clean
    } else {
        Outcome::Findings
    })
}

fn print_text(report: &Report<'_>) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    let mut print = |text: String| writeln!(out, "{}", plain::line(&text));
    for file in &report.files {
        let verdict = if file.valid { "valid" } else { "invalid" };
        print(format!("{}: {verdict} {}", file.path, report.message))?;
        if let Some(error) = &file.error {
            print(format!("  {error}"))?;
        }
        for found in &file.violations {
            let place = show(&found.instance);
            print(format!("  {} {place}: {}", found.part, found.message))?;
            print(format!("    schema {}", show(&found.schema)))?;
        }
    }
    Ok(())
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
            message: found.message,
        }
    }
}
