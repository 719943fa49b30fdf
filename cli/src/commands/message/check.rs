//! `tidings message check`: payload files against the schemas of one message.
use super::{
    checker::{Checker, Encoding, Verdict},
    find, other,
    report::{FileReport, Findings, Report},
    stream,
};
use crate::{
    Outcome,
    input::{self, Reading},
    output::{self, Format, json::Tool},
};
use anyhow::{Context, bail};
use serde_json::Value;
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// Arguments of `tidings message check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings message check orders.asyncapi.yaml --message CreateOrder order.json
  tidings message check orders.asyncapi.yaml --message CreateOrder --headers headers.json order.json
  echo '{\"orderId\":\"O-000042\"}' | tidings message check orders.asyncapi.yaml --message OrderPlaced -
  tidings message check orders.asyncapi.yaml --message OrderPlaced --stream placed.ndjson
  tidings message check signups.asyncapi.yaml --message SignedUp --encoding binary signup.avro

A stream is checked line by line; what is found is printed at once, then a summary: with `--format json` one object a line for every invalid message, with its `line`, and one with the counts of `messages` and of `invalid` ones.")]
pub(crate) struct Args {
    /// Document that describes the message; `-` is standard input
    #[arg(value_name = "DOC")]
    document: PathBuf,
    /// Name, key, or JSON pointer of the message
    #[arg(long, value_name = "NAME")]
    message: String,
    /// JSON object with the headers of every payload
    #[arg(long, value_name = "FILE")]
    headers: Option<PathBuf>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// How payloads are written down
    #[arg(long, value_enum, default_value_t = Encoding::Json)]
    encoding: Encoding,
    /// Files hold streams: one payload a line
    #[arg(long, conflicts_with = "headers")]
    stream: bool,
    /// Longest line of a stream, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20, requires = "stream")]
    max_line: usize,
    #[command(flatten)]
    reading: Reading,
    /// Payloads; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let paths = args.files.iter().chain(&args.headers);
    input::stdin_once(paths.chain([&args.document]))?;
    if args.stream && args.encoding == Encoding::Binary {
        bail!("a stream has one JSON text a line; binary payloads are checked one a file");
    }
    let opened = input::open(&args.document, &args.reading)?;
    let (checked, api) = opened.read();
    let Some(api) = api else {
        output::text::print_talk(&checked)?;
        return Ok(Outcome::Findings);
    };
    if !checked.is_valid() {
        writeln!(
            anstream::stderr(),
            "warning: {}",
            output::summary::line(&checked)
        )?;
    }
    let message = find::message(&api, &args.message)?;
    let checker = Checker::new(&checked.document, &api, message, args.encoding)?;
    for found in checker.ignored_keywords() {
        let place = other::place(&checked.document, found.span);
        writeln!(anstream::stderr(), "warning: {}, at {place}", found.message)?;
    }
    if args.stream {
        return check_streams(args, &checker, message.display_name());
    }
    let headers = args.headers.as_deref().map(read_headers).transpose()?;
    check_files(args, &checker, headers.as_ref(), message.display_name())
}

fn check_streams(args: &Args, checker: &Checker<'_, '_>, message: &str) -> anyhow::Result<Outcome> {
    let settings = stream::Settings {
        checker,
        message,
        format: args.format,
        max_line: args.max_line,
    };
    let mut outcome = Outcome::Clean;
    for path in &args.files {
        outcome = match stream::check(path, &settings) {
            Ok(true) => outcome,
            Ok(false) if outcome == Outcome::Clean => Outcome::Findings,
            Ok(false) => outcome,
            Err(error) => incomplete(error)?,
        };
    }
    Ok(outcome)
}

fn check_files(
    args: &Args,
    checker: &Checker<'_, '_>,
    headers: Option<&Value>,
    message: &str,
) -> anyhow::Result<Outcome> {
    let mut files = Vec::new();
    let mut outcome = Outcome::Clean;
    for path in &args.files {
        match input::read_file(path) {
            Ok(bytes) => files.push(file_report(path, &bytes, headers, checker)),
            Err(error) => outcome = incomplete(error.into())?,
        }
    }
    if outcome == Outcome::Clean && files.iter().any(|file| !file.valid) {
        outcome = Outcome::Findings;
    }
    let report = Report {
        tool: Tool::THIS,
        message,
        files,
    };
    match args.format {
        Format::Text => report.print(&mut anstream::stdout().lock())?,
        Format::Json => {
            let mut out = std::io::stdout().lock();
            serde_json::to_writer_pretty(&mut out, &report).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(outcome)
}

/// Says why one file was not checked; the others still are. A reader that went away ends it all.
fn incomplete(error: anyhow::Error) -> anyhow::Result<Outcome> {
    if crate::is_closed_pipe(&error) {
        return Err(error);
    }
    writeln!(anstream::stderr(), "error: {error:#}")?;
    Ok(Outcome::Incomplete)
}

fn read_headers(path: &Path) -> anyhow::Result<Value> {
    let bytes = input::read_file(path)?;
    super::json(&bytes).with_context(|| format!("`{}` is not JSON", path.display()))
}

fn file_report(
    path: &Path,
    bytes: &[u8],
    headers: Option<&Value>,
    checker: &Checker<'_, '_>,
) -> FileReport {
    let mut findings = Findings::default();
    match checker.payload(bytes) {
        Verdict::Valid => {}
        Verdict::Invalid(found) => findings
            .violations
            .extend(found.into_iter().map(Into::into)),
        Verdict::NotJson(error) => findings.error = Some(format!("not JSON: {error}")),
    }
    let found = headers.map(|headers| checker.headers(headers));
    let found = found.into_iter().flatten().map(Into::into);
    findings.violations.extend(found);
    FileReport {
        path: path.display().to_string(),
        valid: findings.are_none(),
        findings,
    }
}
