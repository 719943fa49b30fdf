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
use tidings_rules::{GOVERNANCE, Profile, Rule, is_fixable, is_governance, severity_in};

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
    /// One line a rule: its severity, the smallest profile that holds it or its group, and `fix` where `validate --fix` mends some of its findings
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
    /// That of the profile `official`, where it has the rule.
    official_severity: Option<&'static str>,
    profile: &'static str,
    /// The group that sets it, with others, in `tidings.toml`.
    group: Option<&'static str>,
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
                    rule.group.unwrap_or(rule.profile),
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
        official_severity: (rule.profile == Profile::Official)
            .then(|| severity_in(rule, Profile::Official).as_str()),
        group: is_governance(rule).then_some(GOVERNANCE),
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
                   Each profile holds those before it: `official`, `recommended`, `strict`. Only rules of the group `governance`, about what a sound\n\
                   document could have besides, are not in `recommended`; `governance = \"warning\"` in `tidings.toml` switches them on.\n\n\
                   | rule | severity | profile | fix | what is wrong |\n| --- | --- | --- | --- | --- |\n"
        .to_owned();
    for rule in rules {
        let fix = if rule.fixable { "yes" } else { "" };
        let (id, severity) = (rule.id, rule.severity);
        let profile = rule.group.unwrap_or(rule.profile);
        out += &format!(
            "| [{id}](#{id}) | {severity} | {profile} | {fix} | {} |\n",
            rule.summary
        );
    }
    for rule in rules {
        let (id, since) = (rule.id, rule.since);
        let (severity, profile) = (weight(rule), membership(rule));
        out += &format!("\n## {id}\n\n*{severity}, {profile}, since {since}*\n");
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

fn weight(rule: &Entry) -> String {
    match rule.official_severity.filter(|of| *of != rule.severity) {
        Some(official) => format!("{} ({official} in profile official)", rule.severity),
        None => rule.severity.to_owned(),
    }
}

fn membership(rule: &Entry) -> String {
    match rule.group {
        Some(group) if rule.profile == "official" => {
            format!("profiles official and strict, group {group}")
        }
        Some(group) => format!("profile strict, group {group}"),
        None => format!("profile {}", rule.profile),
    }
}
