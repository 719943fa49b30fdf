//! `tidings explain`: what a rule is about.
use crate::Outcome;
use std::io::Write;
use tidings_rules::{is_fixable, is_governance};

/// Arguments of `tidings explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings explain field-missing")]
pub(crate) struct Args {
    /// Id of the rule, as findings show it in brackets
    #[arg(value_name = "RULE")]
    rule: String,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let rule = super::all_rules()
        .find(|rule| rule.id == args.rule)
        .ok_or_else(|| unknown(&args.rule))?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "# {} ({})\n\n{}\n",
        rule.id,
        rule.severity.as_str(),
        rule.docs.trim()
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

fn unknown(id: &str) -> anyhow::Error {
    let near = tidings_document::nearest(id, super::all_rules().map(|rule| rule.id));
    match near {
        Some(near) => anyhow::anyhow!("no rule `{id}`; did you mean `{near}`?"),
        None => anyhow::anyhow!("no rule `{id}`; `tidings rules` lists them all"),
    }
}
