//! `tidings docs`: one HTML page.
use crate::{
    Outcome,
    input::{self, Checked, Reading},
    output, write,
};
use anyhow::Context;
use std::{io::Write, path::PathBuf};
use tidings_document::{Diagnostic, Severity};
use tidings_html::{Problem, Settings};
use tidings_rules::Profile;

/// Arguments of `tidings docs`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings docs orders.asyncapi.yaml -o orders.html
  tidings docs orders.asyncapi.yaml -o - > orders.html")]
pub(crate) struct Args {
    /// Document to render; `-` is standard input
    #[arg(value_name = "DOC")]
    document: PathBuf,
    /// Page to write; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
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
    let settings = Settings {
        title: None,
        problems: checked
            .diagnostics
            .iter()
            .filter(|found| found.severity > Severity::Info)
            .map(|found| problem(&checked, found))
            .collect(),
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

/// A finding as the page shows it.
fn problem(checked: &Checked, found: &Diagnostic) -> Problem {
    let sources = checked.document.sources();
    let start = sources.range(found.span).start;
    Problem {
        severity: found.severity,
        rule: found.rule.id.to_owned(),
        message: found.message.clone(),
        place: format!(
            "{}:{}:{}",
            sources.path(found.span.file).display(),
            start.line,
            start.column
        ),
        help: found.help.clone(),
    }
}
