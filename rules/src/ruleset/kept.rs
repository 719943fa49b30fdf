//! The rules that rulesets define, as findings name them. Findings outlive rulesets and refer to rules for ever, so that each
//! different rule is kept once for the life of the process: loading a ruleset again keeps nothing new.
use std::sync::{Mutex, PoisonError};

use tidings_document::{Profile, Rule, Severity};

/// A rule with what only rules of rulesets have.
#[derive(Debug)]
struct Kept {
    rule: Rule,
    url: Option<String>,
}

static KEPT: Mutex<Vec<&'static Kept>> = Mutex::new(Vec::new());

/// What a rule is made of.
#[derive(Debug)]
pub(super) struct About<'a> {
    pub(super) id: &'a str,
    pub(super) severity: Severity,
    pub(super) description: &'a str,
    pub(super) url: Option<&'a str>,
}

/// The rule of this content, kept from now on.
pub(super) fn rule(about: &About<'_>) -> &'static Rule {
    let docs = match about.url {
        Some(url) => format!("{}\n\nMore about it: <{url}>", about.description),
        None => about.description.to_owned(),
    };
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let known = kept.iter().find(|known| {
        known.rule.id == about.id
            && known.rule.severity == about.severity
            && known.rule.docs == docs
            && known.url.as_deref() == about.url
    });
    if let Some(known) = known {
        return &known.rule;
    }
    let new = Box::leak(Box::new(Kept {
        rule: Rule {
            id: String::leak(about.id.to_owned()),
            severity: about.severity,
            since: "",
            profile: Profile::Official,
            codes: &[],
            summary: String::leak(about.description.to_owned()),
            docs: String::leak(docs),
        },
        url: about.url.map(str::to_owned),
    }));
    kept.push(new);
    &new.rule
}

/// The address of a rule's documentation, where a ruleset gave it one.
#[must_use]
pub fn documentation_url(rule: &Rule) -> Option<&'static str> {
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let found = kept.iter().find(|kept| std::ptr::eq(&kept.rule, rule));
    found.and_then(|kept| kept.url.as_deref())
}
