//! `tidings explain`: what a rule is about.
use crate::{Outcome, output::plain};
use std::io::Write;
use tidings_rules::{GOVERNANCE, Rule, is_fixable, is_governance};

/// Arguments of `tidings explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings explain field-missing
  tidings explain governance")]
pub(crate) struct Args {
    /// Id of the rule, as findings show it in brackets, an official code, or the name of a group
    #[arg(value_name = "RULE")]
    rule: String,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if args.rule == GOVERNANCE {
        return explain_governance();
    }
    let named = |rule: &&Rule| rule.id == args.rule;
    if let Some(rule) = super::all_rules().find(named) {
        return explain(rule);
    }
    let has_code = |rule: &&Rule| rule.codes.contains(&args.rule.as_str());
    let mut rules: Vec<_> = super::all_rules().filter(has_code).collect();
    rules.sort_by_key(|rule| rule.id);
    match rules[..] {
        [] => Err(unknown(&args.rule)),
        [rule] => explain(rule),
        _ => {
            let head = format!("{} (official code)\n\nStands for these rules:\n", args.rule);
            list(&head, rules.into_iter())
        }
    }
}

fn explain(rule: &Rule) -> anyhow::Result<Outcome> {
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "# {} ({})\n\n{}\n",
        rule.id,
        rule.severity.as_str(),
        plain::lines(rule.docs.trim())
    )?;
    if is_fixable(rule) {
        writeln!(out, "`tidings validate --fix` mends some of these.")?;
    }
    if is_governance(rule) {
        writeln!(
            out,
            "Not in the profile `recommended`: `governance = \"warning\"` under `[rules]` of `tidings.toml` switches it on, with others."
        )?;
    }
    if !rule.codes.is_empty() {
        writeln!(out, "Official codes: {}", rule.codes.join(", "))?;
    }
    Ok(Outcome::Clean)
}

fn explain_governance() -> anyhow::Result<Outcome> {
    let head = format!(
        "{GOVERNANCE} (group)\n\nWhat a sound document could have besides. The profile `strict` looks for it, and `official` where the official parser does; one line of\n\
         `tidings.toml` switches all these rules on in every profile, and a rule's own line wins over it:\n\n\
         ```toml\n[rules]\n{GOVERNANCE} = \"warning\"\n```\n"
    );
    list(&head, super::all_rules().filter(|rule| is_governance(rule)))
}

fn list(head: &str, rules: impl Iterator<Item = &'static Rule>) -> anyhow::Result<Outcome> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "# {head}")?;
    for rule in rules {
        writeln!(out, "- {}: {}", rule.id, rule.summary)?;
    }
    Ok(Outcome::Clean)
}

fn unknown(id: &str) -> anyhow::Error {
    let near = tidings_document::nearest(id, super::all_rules().map(|rule| rule.id));
    match near {
        Some(near) => anyhow::anyhow!("no rule `{id}`; did you mean `{near}`?"),
        None => anyhow::anyhow!("no rule `{id}`; `tidings rules` lists them all"),
    }
}
