//! `tidings rules`: the list of all rules.
use crate::{
    Outcome,
    output::{
        json::{self, Tool},
        link,
    },
};
use serde::Serialize;
use std::io::Write;
use tidings_rules::{Profile, Rule, is_fixable};

/// Arguments of `tidings rules`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings rules
  tidings rules --format json
  tidings rules --format markdown")]
pub(crate) struct Args {
    /// How to print the list
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Output formats of the list.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    /// One line a rule; those with `fix` behind them can be mended by `validate --fix`
    Text,
    /// For programs
    Json,
    /// One page, with the documentation of every rule under its id
    Markdown,
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
    /// Whether some of its findings can be mended for certain.
    fixable: bool,
    /// The page about it, from the root of the repository of Tidings.
    link: String,
    /// What it is about, Markdown.
    docs: &'static str,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let rules: Vec<Entry> = super::all_rules().map(entry).collect();
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Text => {
            for rule in rules {
                writeln!(
                    out,
                    "{:<36} {:<8} {:<12} {}{}",
                    rule.id,
                    rule.severity,
                    rule.profile,
                    rule.summary,
                    if rule.fixable { " (fix)" } else { "" }
                )?;
            }
        }
        Format::Markdown => out.write_all(page(&rules).as_bytes())?,
        Format::Json => {
            let list = List {
                tool: Tool::THIS,
                rules,
            };
            out.write_all(json::render(&list)?.as_bytes())?;
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
        fixable: is_fixable(rule),
        link: link::page(rule),
        docs: rule.docs.trim(),
    }
}

/// The documentation of all rules; the heading of each is its id, which links lead to.
fn page(rules: &[Entry]) -> String {
    let mut out = "# Rules\n\nMade by `tidings rules --format markdown`. `tidings explain RULE` prints one of them.\n\n\
                   | rule | severity | profile | fix | what is wrong |\n| --- | --- | --- | --- | --- |\n"
        .to_owned();
    for rule in rules {
        let fix = if rule.fixable { "yes" } else { "" };
        let (id, severity, profile) = (rule.id, rule.severity, rule.profile);
        out += &format!(
            "| [{id}](#{id}) | {severity} | {profile} | {fix} | {} |\n",
            rule.summary
        );
    }
    for rule in rules {
        let (id, severity, since) = (rule.id, rule.severity, rule.since);
        out += &format!(
            "\n## {id}\n\n*{severity}, profile {}, since {since}*\n",
            rule.profile
        );
        if rule.fixable {
            out += "\n`tidings validate --fix` mends some of these.\n";
        }
        out += &format!("\n{}\n", rule.docs);
        if !rule.codes.is_empty() {
            out += &format!("\nOfficial codes: `{}`\n", rule.codes.join("`, `"));
        }
    }
    out
}
