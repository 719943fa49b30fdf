//! `tidings validate`: every finding of every document, in one of the output formats.
use crate::{
    Outcome,
    input::{self, Reading},
    output::{self, Format},
};
use std::path::PathBuf;
use tidings_rules::Profile;

/// Arguments of `tidings validate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings validate orders.asyncapi.yaml
  tidings validate --profile official --format json specs/*.yaml
  cat orders.asyncapi.yaml | tidings validate -")]
pub(crate) struct Args {
    /// Which rules to check
    #[arg(long, value_enum, default_value_t = ProfileName::Recommended)]
    profile: ProfileName,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    reading: Reading,
    /// Documents to check; `-` is standard input
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

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    input::stdin_once(&args.files)?;
    let checked: Vec<_> = args
        .files
        .iter()
        .map(|path| input::check(path, &args.reading, args.profile.into()))
        .collect();
    match args.format {
        Format::Text => output::text::print(&checked)?,
        Format::Json => output::json::print(&checked)?,
    }
    if checked.iter().any(Result::is_err) {
        return Ok(Outcome::Incomplete);
    }
    let valid = checked.iter().flatten().all(input::Checked::is_valid);
    Ok(if valid {
        Outcome::Clean
    } else {
        Outcome::Findings
    })
}
