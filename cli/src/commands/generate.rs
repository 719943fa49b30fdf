//! `tidings generate`: code from a document.
mod rust;

use crate::Outcome;

/// Arguments of `tidings generate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    language: Language,
}

#[derive(Debug, clap::Subcommand)]
enum Language {
    /// Generate a Rust crate, or a single module, with typed producers and consumers
    Rust(rust::Args),
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match &args.language {
        Language::Rust(args) => rust::run(args),
    }
}
