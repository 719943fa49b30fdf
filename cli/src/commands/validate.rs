//! `tidings validate`: every finding of every document, in one or several of the output formats.
mod watch;

use crate::{
    Outcome,
    input::{self, Checked, Known, Reading, Unreadable},
    output::{FindingsFormat, plain, report::Report},
    write,
};
use anyhow::bail;
use clap::ValueEnum;
use std::{cell::LazyCell, io::Write, path::PathBuf, str::FromStr};
use tidings_document::Severity;
use tidings_rules::Profile;

/// Arguments of `tidings validate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings validate orders.asyncapi.yaml
  tidings validate --profile official --format json specs/*.yaml
  tidings validate specs 'services/**/asyncapi.yaml' --output junit=findings.xml
  tidings validate specs --watch
  cat orders.asyncapi.yaml | tidings validate -")]
pub(crate) struct Args {
    /// Which rules to check
    #[arg(long, value_enum, default_value_t = ProfileName::Recommended)]
    profile: ProfileName,
    /// How to print what was found [default: text; github in a job of GitHub Actions]
    #[arg(long, value_enum)]
    format: Option<FindingsFormat>,
    /// Also write what was found to a file, in a format of its own; may be repeated
    #[arg(long = "output", value_name = "FORMAT=FILE")]
    outputs: Vec<Target>,
    /// The least severity that makes the exit code 1
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = SeverityName::Error)]
    fail_on: SeverityName,
    /// Check again whenever a file that was read changes, or a document appears; Ctrl-C ends it
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    reading: Reading,
    /// Documents to check: files, folders (every AsyncAPI document in them), or quoted patterns such as 'specs/**/*.yaml'; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Names of the profiles on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ProfileName {
    /// What the official parser checks, with its severities
    Official,
    /// Those and our own rules
    Recommended,
    /// Everything
    Strict,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Official => Self::Official,
            ProfileName::Recommended => Self::Recommended,
            ProfileName::Strict => Self::Strict,
        }
    }
}

/// Names of the severities on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum SeverityName {
    Error,
    Warning,
    Info,
}

impl From<SeverityName> for Severity {
    fn from(name: SeverityName) -> Self {
        match name {
            SeverityName::Error => Self::Error,
            SeverityName::Warning => Self::Warning,
            SeverityName::Info => Self::Info,
        }
    }
}

/// A file to write, and in which format.
#[derive(Debug, Clone)]
struct Target {
    format: FindingsFormat,
    file: PathBuf,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = text
            .split_once('=')
            .ok_or("there is no `=`; write it as in `sarif=findings.sarif`")?;
        if file.is_empty() || file == "-" {
            return Err("name a file; `--format` is for standard output".to_owned());
        }
        let format = FindingsFormat::from_str(format, false).map_err(|_| {
            let names = FindingsFormat::value_variants()
                .iter()
                .filter_map(ValueEnum::to_possible_value)
                .map(|name| name.get_name().to_owned());
            let names: Vec<_> = names.collect();
            format!("no format `{format}`; there are {}", names.join(", "))
        })?;
        Ok(Self {
            format,
            file: file.into(),
        })
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    input::stdin_once(&args.files)?;
    refuse_same_files(&args.outputs)?;
    if args.watch {
        return watch::follow(args);
    }
    round(args, input::documents(&args.files, &mut Known::default()))
}

/// Checks the documents and says what was found.
fn round(args: &Args, documents: Vec<Result<PathBuf, Unreadable>>) -> anyhow::Result<Outcome> {
    let checked = check(args, documents);
    for output in &args.outputs {
        for checked in checked.iter().flatten() {
            input::is_no_source(&output.file, &checked.document)?;
        }
    }
    let fail_on = args.fail_on.into();
    let report = LazyCell::new(|| Report::new(&checked, fail_on));
    for unreadable in checked.iter().filter_map(|result| result.as_ref().err()) {
        let error = plain::line(&unreadable.to_string());
        writeln!(anstream::stderr(), "error: {error}")?;
    }
    // What was found is worth printing even when files cannot be written.
    let written = write_files(&args.outputs, &checked, &report);
    let format = args.format.unwrap_or_else(default_format);
    print(format, &format.render(&checked, &report)?)?;
    written?;
    Ok(outcome(&checked, fail_on))
}

fn check(
    args: &Args,
    documents: Vec<Result<PathBuf, Unreadable>>,
) -> Vec<Result<Checked, Unreadable>> {
    let count = documents.len();
    let work = args.reading.progress().show("checking".to_owned());
    let check = |(at, path): (usize, Result<PathBuf, Unreadable>)| {
        let path = path?;
        work.update(format!(
            "checking {} of {count}: {}",
            at + 1,
            path.display()
        ));
        input::check(&path, &args.reading, args.profile.into())
    };
    documents.into_iter().enumerate().map(check).collect()
}

/// Only the form for people has colours, which are left out where they are not wanted.
fn print(format: FindingsFormat, text: &str) -> std::io::Result<()> {
    if format == FindingsFormat::Text {
        anstream::stdout().lock().write_all(text.as_bytes())
    } else {
        std::io::stdout().lock().write_all(text.as_bytes())
    }
}

fn outcome(checked: &[Result<Checked, Unreadable>], fail_on: Severity) -> Outcome {
    let mut findings = checked.iter().flatten().flat_map(|it| &it.diagnostics);
    if checked.iter().any(Result::is_err) {
        Outcome::Incomplete
    } else if findings.any(|found| found.severity >= fail_on) {
        Outcome::Findings
    } else {
        Outcome::Clean
    }
}

fn default_format() -> FindingsFormat {
    if std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
        FindingsFormat::Github
    } else {
        FindingsFormat::Text
    }
}

fn refuse_same_files(outputs: &[Target]) -> anyhow::Result<()> {
    for (at, output) in outputs.iter().enumerate() {
        if outputs[..at].iter().any(|other| other.file == output.file) {
            bail!(
                "two outputs would be written to `{}`; give each a file of its own",
                output.file.display()
            );
        }
    }
    Ok(())
}

/// Files have no colours, unless they are asked for.
fn write_files<'a, F: FnOnce() -> Report<'a>>(
    outputs: &[Target],
    checked: &[Result<Checked, Unreadable>],
    report: &LazyCell<Report<'a>, F>,
) -> anyhow::Result<()> {
    let coloured = anstream::ColorChoice::global() == anstream::ColorChoice::Always;
    let mut files = Vec::new();
    for output in outputs {
        let mut text = output.format.render(checked, report)?;
        if output.format == FindingsFormat::Text && !coloured {
            text = anstream::adapter::strip_str(&text).to_string();
        }
        files.push((output.file.as_path(), text));
    }
    write::outputs(&files)
}
