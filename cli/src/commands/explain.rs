//! `tidings explain`: what a rule is about.
use crate::{Outcome, output::plain};
use std::io::Write;
use tidings_rules::{GOVERNANCE, is_fixable, is_governance};

/// Arguments of `tidings explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings explain field-missing
  tidings explain governance")]
pub(crate) struct Args {
    /// Id of the rule, as findings show it in brackets, or the name of a group
    #[arg(value_name = "RULE")]
    rule: String,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if args.rule == GOVERNANCE {
        return explain_governance();
    }
    let rule = super::all_rules()
        .find(|rule| rule.id == args.rule)
        .ok_or_else(|| unknown(&args.rule))?;
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
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "# {GOVERNANCE} (group)\n\nWhat a sound document could have besides. The profile `strict` looks for it, and `official` where the official parser does; one line of\n\
         `tidings.toml` switches all these rules on in every profile, and a rule's own line wins over it:\n\n\
         ```toml\n[rules]\n{GOVERNANCE} = \"warning\"\n```\n"
    )?;
    for rule in super::all_rules().filter(|rule| is_governance(rule)) {
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
