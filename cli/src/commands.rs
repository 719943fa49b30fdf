//! The commands and their common help; each is one file.
mod docs;
mod explain;
mod generate;
mod message;
mod outbox;
mod rules;
mod validate;

use crate::Outcome;
use clap::{Parser, Subcommand};
use tidings_rules::Rule;

/// Validates AsyncAPI documents, checks messages against them, generates typed Rust and HTML pages from them.
#[derive(Debug, Parser)]
#[command(name = "tidings", version = VERSION, propagate_version = true, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Whether to use colours
    ///
    /// `auto` does on terminals, unless `NO_COLOR` is set.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto, display_order = 900)]
    color: Color,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

/// The version, and what it was built from and for.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("TIDINGS_BUILD"), ")");

const AFTER_HELP: &str = "\
Examples:
  tidings validate orders.asyncapi.yaml
  tidings message check orders.asyncapi.yaml --message CreateOrder order.json
  tidings generate rust orders.asyncapi.yaml -o orders-api
  tidings docs orders.asyncapi.yaml -o orders.html

Exit codes: 0 nothing is wrong, 1 findings, 2 could not run.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Check documents and say what is wrong, where, and how to mend it
    Validate(validate::Args),
    /// Work with the messages of a document
    Message(message::Args),
    /// Generate code from a document
    Generate(generate::Args),
    /// Render a document as one HTML page that needs no network
    Docs(docs::Args),
    /// Work with the outbox of a service's database
    Outbox(outbox::Args),
    /// List all rules
    Rules(rules::Args),
    /// Explain a rule, with examples
    Explain(explain::Args),
}

impl Cli {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        anstream::ColorChoice::from(self.color).write_global();
        match self.command {
            Command::Validate(args) => validate::run(&args),
            Command::Message(args) => message::run(&args),
            Command::Generate(args) => generate::run(&args),
            Command::Docs(args) => docs::run(&args),
            Command::Outbox(args) => outbox::run(&args),
            Command::Rules(args) => rules::run(&args),
            Command::Explain(args) => explain::run(&args),
        }
    }
}

/// Every rule whose findings a command may print: those of documents, then what the generator notes.
fn all_rules() -> impl Iterator<Item = &'static Rule> {
    tidings_rules::all()
        .chain(tidings_codegen::RULES.iter().copied())
        .chain(tidings_rules::ruleset::RULES.iter().copied())
        .chain([&crate::input::FILE_UNREADABLE])
}
