//! `tidings docs`: one page, in HTML or Markdown.
mod calls;
mod finding;
mod live;
mod look;
mod serve;
mod since;
mod site;
mod templates;

use crate::{
    Outcome,
    config::Config,
    input::{self, Reading},
    output, write,
};
use anyhow::{Context, bail};
use calls::calls;
use finding::{faults, problems};
use look::LookArgs;
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use tidings_document::Diagnostic;
use tidings_html::{Settings, notice};
use tidings_rules::Profile;

/// Arguments of `tidings docs`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  tidings docs orders.asyncapi.yaml -o orders.html
  tidings docs orders.asyncapi.yaml -o - > orders.html
  tidings docs orders.asyncapi.yaml -o orders.html --findings
  tidings docs orders.asyncapi.yaml -o orders.md
  tidings docs orders.asyncapi.yaml --serve
  tidings docs site specs -o site"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Document to render; `-` is standard input
    #[arg(value_name = "DOC", required_unless_present = "write_templates")]
    document: Option<PathBuf>,
    /// Page to write; `-` is standard output
    #[arg(short, long, value_name = "FILE", required_unless_present_any = ["serve", "write_templates"])]
    output: Option<PathBuf>,
    /// What to write [default: what the ending of the file says, or HTML]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Replace a file that is no page of ours
    #[arg(long)]
    force: bool,
    /// List at the end of the page what is wrong with the document
    #[arg(long)]
    findings: bool,
    /// Title to show instead of the document's own
    #[arg(help_heading = "Look", long, value_name = "TEXT")]
    title: Option<String>,
    /// Write what lies within the page only, to be put into another
    #[arg(help_heading = "Look", long, conflicts_with = "serve")]
    fragment: bool,
    #[command(flatten)]
    look: LookArgs,
    /// Write the templates of pages into a folder, with a list of their fields
    #[arg(help_heading = "Look", long, value_name = "DIR", conflicts_with_all = ["document", "output", "serve"])]
    write_templates: Option<PathBuf>,
    /// Show the page at a port of this machine, and again whenever a file of it changes
    ///
    /// Nobody else can reach it. What is wrong with the document is listed at the end of the page.
    #[arg(long, value_name = "PORT", num_args = 0..=1, require_equals = true, default_missing_value = "8123", conflicts_with = "output")]
    serve: Option<u16>,
    /// Write no page where a reference leads nowhere
    #[arg(long, conflicts_with_all = ["serve", "write_templates"])]
    strict: bool,
    #[command(flatten)]
    reading: Reading,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Render several documents as pages with an index of who sends what to whom
    Site(site::Args),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Html,
    Markdown,
}

impl Args {
    fn title(&self, config: &Config) -> Option<String> {
        self.title.clone().or(config.look.title.clone())
    }

    fn format(&self) -> Format {
        let ending = self.output.as_deref().and_then(Path::extension);
        match self.format {
            Some(format) => format,
            None if ending.is_some_and(|ending| ending == "md") => Format::Markdown,
            None => Format::Html,
        }
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if let Some(Command::Site(args)) = &args.command {
        return site::run(args);
    }
    if let Some(folder) = &args.write_templates {
        return templates::write(folder, args.force);
    }
    let document = args.document.as_deref().unwrap_or(Path::new("-"));
    match (args.serve, &args.output) {
        (Some(port), _) => serve(args, document, port),
        (None, Some(output)) => page(args, document, output),
        (None, None) => bail!("name a file to write with `-o`"),
    }
}

/// Serves the page of a document until the program is ended.
fn serve(args: &Args, document: &Path, port: u16) -> anyhow::Result<Outcome> {
    if document == Path::new("-") {
        bail!("`-` cannot be served: standard input is read once; name a file");
    }
    live::serve(&args.reading, &[document.to_owned()], port, &|| {
        let text = live_page(args, document)?;
        Ok(live::Pages::from([("/".to_owned(), text)]))
    })
}

fn live_page(args: &Args, document: &Path) -> anyhow::Result<String> {
    let opened = input::open(document, &args.reading)?;
    let mut shape = args.look.shape(opened.config(), &args.reading)?;
    shape.live = true;
    let (checked, api) = opened.check(Profile::Recommended);
    let problems = problems(&checked, true);
    let Some(api) = api else {
        let told = problems.into_iter();
        let told = told.map(|found| format!("{}: {}", found.place, found.message));
        let told: Vec<_> = told.collect();
        return Ok(notice(&output::summary::line(&checked), &told));
    };
    let settings = Settings {
        title: args.title(opened.config()),
        problems,
        shape,
        faults: faults(&checked.diagnostics),
        calls: calls(&api),
    };
    tidings_html::render(&api, &settings).context("cannot render the page")
}

fn page(args: &Args, document: &Path, output: &Path) -> anyhow::Result<Outcome> {
    if args.fragment && args.format() == Format::Markdown {
        bail!("`--fragment` is part of a page in HTML; Markdown is no page to begin with");
    }
    let opened = input::open(document, &args.reading)?;
    let shape = args.look.shape(opened.config(), &args.reading)?;
    let (checked, api) = opened.check(Profile::Recommended);
    input::is_no_source(output, &checked.document)?;
    let Some(api) = api else {
        output::text::print_talk(&checked)?;
        return Ok(Outcome::Findings);
    };
    if !args.force {
        write::may_replace(output, tidings_html::is_page, "let `--force` replace it")?;
    }
    if args.strict && checked.diagnostics.iter().any(is_unresolved) {
        output::text::print_talk(&checked)?;
        return Ok(Outcome::Findings);
    }
    let settings = Settings {
        title: args.title(opened.config()),
        problems: problems(&checked, args.findings),
        shape,
        faults: faults(&checked.diagnostics),
        calls: calls(&api),
    };
    let text = match args.format() {
        Format::Markdown => tidings_html::render_markdown(&api, &settings),
        Format::Html => tidings_html::render(&api, &settings).context("cannot render the page")?,
    };
    let is_part = args.fragment || opened.config().look.fragment;
    let text = match args.format() {
        Format::Html if is_part => tidings_html::fragment(&text),
        _ => text,
    };
    write::file(output, &text)?;
    if !checked.is_valid() {
        writeln!(
            anstream::stderr(),
            "warning: {}; the page shows what could be read",
            output::summary::line(&checked)
        )?;
    }
    Ok(Outcome::Clean)
}

/// Whether a finding is about a reference that was not followed to anything.
fn is_unresolved(found: &Diagnostic) -> bool {
    let rules = [
        "reference-unresolved",
        "reference-cycle",
        "reference-outside-root",
        "reference-remote",
    ];
    rules.contains(&found.rule.id)
}
