//! `tidings rules`: the list of all rules.
use crate::{
    Outcome,
    output::{Format, json::Tool},
};
use serde::Serialize;
use std::io::Write;
use tidings_rules::{Profile, Rule};

/// Arguments of `tidings rules`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings rules
  tidings rules --format json")]
pub(crate) struct Args {
    /// How to print the list
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Serialize)]
struct List {
    tool: Tool,
    rules: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    id: &'static str,
    severity: &'static str,
    profile: &'static str,
    since: &'static str,
    summary: &'static str,
    codes: &'static [&'static str],
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let rules: Vec<Entry> = super::all_rules().map(entry).collect();
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Text => {
            for rule in rules {
                writeln!(
                    out,
                    "{:<36} {:<8} {:<12} {}",
                    rule.id, rule.severity, rule.profile, rule.summary
                )?;
            }
        }
        Format::Json => {
            let list = List {
                tool: Tool::THIS,
                rules,
            };
            serde_json::to_writer_pretty(&mut out, &list).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(Outcome::Clean)
}

fn entry(rule: &'static Rule) -> Entry {
    Entry {
        id: rule.id,
        severity: rule.severity.as_str(),
        profile: match rule.profile {
            Profile::Official => "official",
            Profile::Recommended => "recommended",
            Profile::Strict => "strict",
        },
        since: rule.since,
        summary: rule.summary,
        codes: rule.codes,
    }
}
