//! `tidings message check`: payload files against the schemas of one message, or of one of several.
use super::{
    any::{AnyOf, Verdict},
    checker::{Encoding, Settings},
    find, other,
    report::{FileReport, Findings, Report, only},
    stream,
};
use crate::{
    Outcome,
    input::{self, Reading},
    output::{
        self, Format,
        json::{self, Tool},
        plain,
    },
};
use anyhow::{Context, bail};
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use tidings_document::api::{Api, Message};
use tidings_schema::Instance;

/// Arguments of `tidings message check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings message check orders.asyncapi.yaml --message CreateOrder order.json
  tidings message check orders.asyncapi.yaml --message CreateOrder --headers headers.json order.json
  echo '{\"orderId\":\"O-000042\"}' | tidings message check orders.asyncapi.yaml --message OrderPlaced -
  tidings message check orders.asyncapi.yaml --message OrderPlaced --stream placed.ndjson
  tidings message check signups.asyncapi.yaml --message SignedUp --encoding binary signup.avro
  tidings message check accounts.asyncapi.yaml --operation onAccount --stream accounts.ndjson
  tidings message check accounts.asyncapi.yaml --message SignedUp --message LoggedIn --no-formats login.json

Where several messages are named, a payload must fit one of them, together with the headers: the result says which, and is explained by the closest one where none fits.
A stream is checked line by line; what is found is printed at once, then a summary: with `--format json` one object a line for every invalid message, with its `line`, and one with the counts of `messages`, of `valid` ones by message, and of `invalid` ones. A line that is too long, too deep or no JSON is invalid too, and the next one is read.")]
pub(crate) struct Args {
    /// Document that describes the message; `-` is standard input
    #[arg(value_name = "DOC")]
    document: PathBuf,
    /// Name, key, or JSON pointer of the message; of several, a payload must fit one
    #[arg(long, value_name = "NAME")]
    message: Vec<String>,
    /// Key or `operationId` of an operation: any of its messages
    #[arg(long, value_name = "ID")]
    operation: Vec<String>,
    /// Key or address of a channel: any of its messages
    #[arg(long, value_name = "ID")]
    channel: Vec<String>,
    /// JSON object with the headers of every payload
    #[arg(long, value_name = "FILE")]
    headers: Option<PathBuf>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// How payloads are written down
    #[arg(long, value_enum, default_value_t = Encoding::Json)]
    encoding: Encoding,
    /// Take `format` for a remark: values need not keep it
    #[arg(long)]
    no_formats: bool,
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
    let settings = Settings {
        encoding: args.encoding,
        formats: !args.no_formats,
    };
    let messages = messages(args, &api)?;
    if messages.is_empty() {
        bail!(
            "say which message is meant, with `--message`, `--operation` or `--channel`; {}",
            find::known(&api)
        );
    }
    let messages = AnyOf::new(&checked.document, &api, &messages, settings)?;
    for found in messages.ignored_keywords() {
        let place = other::place(&checked.document, found.span);
        let text = plain::line(&format!("{}, at {place}", found.message));
        writeln!(anstream::stderr(), "warning: {text}")?;
    }
    if args.stream {
        return check_streams(args, &messages);
    }
    let headers = args.headers.as_deref().map(read_headers).transpose()?;
    check_files(args, &messages, headers.as_ref())
}

/// The messages that the arguments name.
fn messages<'api, 'a>(args: &Args, api: &'api Api<'a>) -> anyhow::Result<Vec<&'api Message<'a>>> {
    let mut messages = Vec::new();
    for name in &args.message {
        messages.push(find::message(api, name)?);
    }
    for name in &args.operation {
        messages.extend(find::of_operation(api, name)?);
    }
    for name in &args.channel {
        messages.extend(find::of_channel(api, name)?);
    }
    Ok(messages)
}

fn check_streams(args: &Args, messages: &AnyOf<'_, '_>) -> anyhow::Result<Outcome> {
    let names = messages.names();
    let settings = stream::Settings {
        messages,
        names: &names,
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
    messages: &AnyOf<'_, '_>,
    headers: Option<&Instance>,
) -> anyhow::Result<Outcome> {
    let names = messages.names();
    let mut files = Vec::new();
    let mut outcome = Outcome::Clean;
    for path in &args.files {
        match input::read_file(path) {
            Ok(bytes) => files.push(file_report(path, messages.check(&bytes, headers), &names)),
            Err(error) => outcome = incomplete(error.into())?,
        }
    }
    if outcome == Outcome::Clean && files.iter().any(|file| !file.valid) {
        outcome = Outcome::Findings;
    }
    let report = Report {
        tool: Tool::THIS,
        message: only(&names),
        messages: &names,
        files,
    };
    match args.format {
        Format::Text => report.print(&mut anstream::stdout().lock())?,
        Format::Json => {
            let mut out = std::io::stdout().lock();
            out.write_all(json::render(&report)?.as_bytes())?;
        }
    }
    Ok(outcome)
}

/// Says why one file was not checked; the others still are. A reader that went away ends it all.
fn incomplete(error: anyhow::Error) -> anyhow::Result<Outcome> {
    if crate::is_closed_pipe(&error) {
        return Err(error);
    }
    let text = plain::line(&format!("{error:#}"));
    writeln!(anstream::stderr(), "error: {text}")?;
    Ok(Outcome::Incomplete)
}

fn read_headers(path: &Path) -> anyhow::Result<Instance> {
    let bytes = input::read_file(path)?;
    super::json(&bytes).with_context(|| format!("`{}` is not JSON", path.display()))
}

fn file_report<'n>(path: &Path, verdict: Verdict, names: &[&'n str]) -> FileReport<'n> {
    let mut findings = Findings::default();
    let message = match verdict {
        Verdict::Valid(message) => Some(message),
        Verdict::Invalid(message, found) => {
            findings.violations = found.into_iter().map(Into::into).collect();
            Some(message)
        }
        Verdict::NotJson(error) => {
            findings.error = Some(format!("not JSON: {error}"));
            None
        }
    };
    FileReport {
        path: path.display().to_string(),
        valid: findings.are_none(),
        message: message.map(|message| names[message]).or(only(names)),
        findings,
    }
}
