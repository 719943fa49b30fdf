//! `tidings graph`: who sends what to whom, as a picture or in the languages of programs that draw.
use crate::{
    Outcome,
    input::{self, Known, Opened, Reading},
    output, write,
};
use anyhow::Context;
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use tidings_html::{Application, Landscape};

/// Arguments of `tidings graph`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings graph orders.asyncapi.yaml
  tidings graph orders.asyncapi.yaml -o orders.svg
  tidings graph specs --format dot | dot -Tpdf > landscape.pdf")]
pub(crate) struct Args {
    /// Documents, folders of documents, or patterns; `-` is standard input
    ///
    /// Of several, a channel is the same where its address and a server of it are.
    #[arg(value_name = "PATH", required = true)]
    documents: Vec<PathBuf>,
    /// What to write [default: what the ending of the file says, or Mermaid]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// File to write; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Replace a file that is none of ours
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    reading: Reading,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A picture
    Svg,
    /// A flow chart, as Markdown of many services shows it
    Mermaid,
    /// A graph of Graphviz
    Dot,
    /// For programs
    Json,
}

impl Args {
    fn format(&self) -> Format {
        let ending = self.output.extension().and_then(|ending| ending.to_str());
        match (self.format, ending) {
            (Some(format), _) => format,
            (None, Some("svg")) => Format::Svg,
            (None, Some("dot" | "gv")) => Format::Dot,
            (None, Some("json")) => Format::Json,
            (None, _) => Format::Mermaid,
        }
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    input::stdin_once(&args.documents)?;
    let mut opened = Vec::new();
    let mut is_complete = true;
    for found in input::documents(&args.documents, &mut Known::default()) {
        match found.and_then(|path| input::open(&path, &args.reading)) {
            Ok(found) => opened.push(found),
            Err(unreadable) => {
                is_complete = false;
                let text = output::plain::line(&unreadable.to_string());
                writeln!(anstream::stderr(), "error: {text}")?;
            }
        }
    }
    if !is_complete {
        return Ok(Outcome::Incomplete);
    }
    let Some(text) = text(args.format(), &opened, &args.output)? else {
        return Ok(Outcome::Findings);
    };
    if !args.force {
        let way = "let `--force` replace it";
        write::may_replace(&args.output, tidings_html::is_graph, way)?;
    }
    write::file(&args.output, &text)?;
    Ok(Outcome::Clean)
}

/// The graph; where a document has no model, it is said why, and there is none.
fn text(format: Format, opened: &[Opened], file: &Path) -> anyhow::Result<Option<String>> {
    let mut applications = Vec::new();
    let mut picture = None;
    for found in opened {
        let (checked, api) = found.read();
        input::is_no_source(file, &checked.document)?;
        let Some(api) = api else {
            output::text::print_talk(&checked)?;
            return Ok(None);
        };
        if format == Format::Svg && opened.len() == 1 {
            picture = Some(tidings_html::picture(&api).context("cannot draw the picture")?);
        }
        applications.push(Application::new(&api, None));
    }
    let landscape = Landscape::new(&applications);
    Ok(Some(match (format, picture) {
        (_, Some(picture)) => picture,
        (Format::Svg, None) => landscape.svg().context("cannot draw the picture")?,
        (Format::Mermaid, _) => landscape.mermaid(),
        (Format::Dot, _) => landscape.dot(),
        (Format::Json, _) => landscape.json(),
    }))
}
