//! `tidings docs`: one HTML page.
use crate::{
    Outcome,
    input::{self, Checked, Reading},
    output,
    relative::{relative, slashes},
    write,
};
use anyhow::Context;
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use tidings_document::{Diagnostic, Severity};
use tidings_html::{Problem, Settings};
use tidings_rules::Profile;

/// Arguments of `tidings docs`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings docs orders.asyncapi.yaml -o orders.html
  tidings docs orders.asyncapi.yaml -o - > orders.html
  tidings docs orders.asyncapi.yaml -o orders.html --findings")]
pub(crate) struct Args {
    /// Document to render; `-` is standard input
    #[arg(value_name = "DOC")]
    document: PathBuf,
    /// Page to write; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace a file that is no page of ours
    #[arg(long)]
    force: bool,
    /// List at the end of the page what is wrong with the document
    #[arg(long)]
    findings: bool,
    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let opened = input::open(&args.document, &args.reading)?;
    let (checked, api) = opened.check(Profile::Recommended);
    input::is_no_source(&args.output, &checked.document)?;
    let Some(api) = api else {
        output::text::print_talk(&checked)?;
        return Ok(Outcome::Findings);
    };
    if !args.force {
        write::may_replace(
            &args.output,
            tidings_html::is_page,
            "let `--force` replace it",
        )?;
    }
    let listed = checked.diagnostics.iter().filter(|_| args.findings);
    let settings = Settings {
        title: None,
        problems: listed
            .filter(|found| found.severity > Severity::Info)
            .map(|found| problem(&checked, found))
            .collect(),
        ..Settings::default()
    };
    let page = tidings_html::render(&api, &settings).context("cannot render the page")?;
    write::file(&args.output, &page)?;
    if !checked.is_valid() {
        writeln!(
            anstream::stderr(),
            "warning: {}; the page shows what could be read",
            output::summary::line(&checked)
        )?;
    }
    Ok(Outcome::Clean)
}

/// A finding as the page shows it: the page says the same wherever it was made, so that it names no folder of this machine.
fn problem(checked: &Checked, found: &Diagnostic) -> Problem {
    let sources = checked.document.sources();
    let start = sources.range(found.span).start;
    let file = name_from(&checked.path, sources.path(found.span.file));
    // Which folder would have to be allowed is nothing to readers.
    let help = found.help.clone();
    let help = help.filter(|_| found.rule.id != "reference-outside-root");
    Problem {
        severity: found.severity,
        rule: found.rule.id.to_owned(),
        message: found.message.clone(),
        place: format!("{file}:{}:{}", start.line, start.column),
        help,
    }
}

/// A file seen from the folder of the document.
fn name_from(document: &Path, file: &Path) -> String {
    let folder = document.parent().unwrap_or(Path::new(""));
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match (file.strip_prefix(folder), is_url(file)) {
        (_, true) => file.display().to_string(),
        (Ok(inside), _) => slashes(inside),
        (Err(_), _) => slashes(&relative(&whole(file), &whole(folder))),
    }
}

/// What was fetched goes by its URL.
fn is_url(file: &Path) -> bool {
    file.to_str().is_some_and(|name| name.contains("://"))
}
