//! The commands and their common help; each is one file.
mod docs;
mod explain;
mod generate;
mod graph;
mod lazily;
mod message;
mod outbox;
mod rules;
mod validate;

use crate::Outcome;
use clap::{Parser, Subcommand};
use lazily::Lazily;
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
  tidings docs site specs -o site

Exit codes: 0 nothing is wrong, 1 findings, 2 could not run.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Check documents and say what is wrong, where, and how to mend it
    Validate(Lazily<validate::Args>),
    /// Work with the messages of a document
    Message(Lazily<message::Args>),
    /// Generate code from a document
    Generate(Lazily<generate::Args>),
    /// Render a document as one page that needs no network, or several as a site
    Docs(Lazily<docs::Args>),
    /// Draw who sends what to whom, in one document or across several
    Graph(Lazily<graph::Args>),
    /// Work with the outbox of a service's database
    Outbox(Lazily<outbox::Args>),
    /// List all rules
    Rules(Lazily<rules::Args>),
    /// Explain a rule, with examples
    Explain(Lazily<explain::Args>),
}

impl Cli {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        anstream::ColorChoice::from(self.color).write_global();
        match self.command {
            Command::Validate(Lazily(args)) => validate::run(&args),
            Command::Message(Lazily(args)) => message::run(&args),
            Command::Generate(Lazily(args)) => generate::run(&args),
            Command::Docs(Lazily(args)) => docs::run(&args),
            Command::Graph(Lazily(args)) => graph::run(&args),
            Command::Outbox(Lazily(args)) => outbox::run(&args),
            Command::Rules(Lazily(args)) => rules::run(&args),
            Command::Explain(Lazily(args)) => explain::run(&args),
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

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory;

    #[test]
    fn arguments_that_are_made_known_late_are_sound_and_change_no_summary() {
        let about = |cli: &clap::Command| -> Vec<_> {
            let commands = cli.get_subcommands();
            commands
                .filter(|command| command.get_name() != "help")
                .map(|command| (command.get_name().to_owned(), command.get_about().cloned()))
                .map(|(name, about)| (name, about.map(|about| about.to_string())))
                .collect()
        };
        let before = about(&Cli::command());
        assert!(before.iter().all(|(_, about)| about.is_some()));
        let mut cli = Cli::command();
        cli.build();
        assert_eq!(about(&cli), before);
        Cli::command().debug_assert();
    }
}
