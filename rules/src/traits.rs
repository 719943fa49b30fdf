//! What some rules have in common: that their findings can be mended, that nothing may silence them.
use tidings_document::{Profile, Rule, Severity, api::Version};

use crate::official;

/// Rules some of whose findings have a fix, by id.
const FIXABLE: &[&str] = &[
    "correlation-location-not-in-schema",
    "enum-mismatch",
    "enum-value-duplicate",
    "field-missing",
    "field-unknown",
    "ignore-unused",
    "item-duplicate",
    "operation-message-not-on-channel",
    "parameter-location-not-in-schema",
    "reference-unresolved",
    "reply-address-location-not-in-schema",
    "reply-message-not-on-reply-channel",
    "runtime-expression-invalid",
    "schema-example-singular",
    "schema-keyword-invalid",
    "tag-duplicate",
    "type-mismatch",
];

/// The name of the rules about what a sound document could have besides: something optional that it does not say, a newer version.
pub const GOVERNANCE: &str = "governance";

/// These rules: the default profile leaves them out.
const OPTIONAL: &[&str] = &[
    "default-content-type-missing",
    "id-missing",
    "info-contact-incomplete",
    "info-contact-missing",
    "info-description-missing",
    "info-license-missing",
    "info-license-url-missing",
    "message-content-type-missing",
    "message-example-missing",
    "message-id-missing",
    "message-payload-missing",
    "operation-description-missing",
    "operation-id-missing",
    "parameter-description-missing",
    "servers-missing",
    "tags-missing",
    "version-not-latest",
];

/// Rules about what cannot be read: behind their findings nothing is checked, so that a document without them would seem sound.
const ESSENTIAL: &[&str] = &[
    "alias-expansion-too-large",
    "document-empty",
    "document-too-large",
    "file-unreadable",
    "nesting-too-deep",
    "not-asyncapi",
    "syntax-error",
    "version-unsupported",
];

/// Whether the rules of a profile look for a rule's defect in documents of a version: the official parser looks for most
/// in version 2 only.
#[must_use]
pub fn looks_for(rule: &Rule, profile: Profile, version: Version) -> bool {
    match profile {
        Profile::Official => rule.profile == Profile::Official && official::knows(rule, version),
        Profile::Recommended => rule.profile <= Profile::Recommended && !is_governance(rule),
        Profile::Strict => true,
    }
}

/// Whether a rule is one of [`GOVERNANCE`]: in `strict`, in `official` where the official parser has it, not between them.
#[must_use]
pub fn is_governance(rule: &Rule) -> bool {
    OPTIONAL.contains(&rule.id)
}

/// How much the findings of a rule weigh in a profile unless configured otherwise, but for what the version decides.
#[must_use]
pub fn severity_in(rule: &Rule, profile: Profile) -> Severity {
    match profile {
        Profile::Official => official::severity(rule),
        _ => rule.severity,
    }
}

/// Whether some findings of a rule have a fix.
#[must_use]
pub fn is_fixable(rule: &Rule) -> bool {
    FIXABLE.contains(&rule.id)
}

/// Whether a rule's findings are shown whatever is configured or ignored: they say that something was not checked at all.
#[must_use]
pub fn is_essential(rule: &Rule) -> bool {
    ESSENTIAL.contains(&rule.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use tidings_document::{Diagnostic, apply, open_text, read};

    /// Everything that is found in a text, ignores heeded, with the edits of each finding's fix.
    fn findings(text: &str) -> Vec<(Diagnostic, Option<String>)> {
        let opened = open_text(Path::new("api.yaml"), text.into(), &Default::default());
        let (document, mut found) = opened.expect("text");
        let (api, more) = read(&document);
        found.extend(more);
        if let Some(api) = api {
            found.extend(crate::check(&api, Profile::Strict));
        }
        let sifted = crate::ignores::sift(&document, found, &|_| Some(true));
        let all = sifted.kept.into_iter().chain(sifted.about);
        let fixed = |found: &Diagnostic| {
            let edits = found.fix.as_ref()?.edits(document.sources())?;
            Some(apply(text, &edits))
        };
        all.map(|found| (found.clone(), fixed(&found))).collect()
    }

    #[test]
    fn every_fix_leaves_nothing_to_mend_and_every_fixable_rule_shows_one() {
        for rule in crate::all() {
            let bad = rule.docs.split("```yaml bad\n").skip(1);
            let mut fixes = 0;
            for text in bad.filter_map(|rest| rest.split("```").next()) {
                let own = |found: &Diagnostic| found.rule == rule;
                let fixed = findings(text)
                    .into_iter()
                    .filter(|(found, _)| own(found))
                    .find_map(|(_, fixed)| fixed);
                let Some(fixed) = fixed else { continue };
                fixes += 1;
                for (found, _) in findings(&fixed) {
                    let is_sound = !own(&found) && found.severity < Severity::Error;
                    assert!(is_sound, "{}: {found:?} in\n{fixed}", rule.id);
                }
            }
            assert_eq!(fixes > 0, is_fixable(rule), "{}", rule.id);
        }
    }

    #[test]
    fn lists_name_rules_in_their_order() {
        for list in [FIXABLE, ESSENTIAL, OPTIONAL] {
            assert!(list.is_sorted_by(|one, next| one < next), "{list:?}");
            for id in list.iter().filter(|id| **id != "file-unreadable") {
                assert!(crate::find(id).is_some(), "{id}");
            }
        }
    }
}
