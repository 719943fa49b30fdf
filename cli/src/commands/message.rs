//! `tidings message`: work with messages of a document.
mod any;
mod check;
mod checker;
mod example;
mod find;
mod other;
mod report;
mod stream;

use crate::Outcome;

/// Arguments of `tidings message`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Check payloads, and headers, against the schemas of a message
    Check(check::Args),
    /// Make examples of a message, one for each alternative of its schema
    Example(example::Args),
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match &args.command {
        Command::Check(args) => check::run(args),
        Command::Example(args) => example::run(args),
    }
}

/// JSON text, with or without a byte order mark.
fn json(bytes: &[u8]) -> serde_json::Result<tidings_schema::Instance> {
    tidings_schema::Instance::read(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
}
