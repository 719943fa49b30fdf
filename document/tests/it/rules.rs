//! The documentation of every rule tells the truth: a bad example gives exactly its finding, a good one none.
use tidings_document::{Profile, RULES};

use super::findings;

/// Rules whose defect cannot be shown in a few lines.
const WITHOUT_BAD_EXAMPLE: &[&str] = &["document-too-large"];

/// A file that is no part of a document.
const SETTINGS: (&str, &str) = ("/doc/settings.yaml", "database: {host: db, password: x}");

#[test]
fn bad_examples_give_their_finding_once_and_good_ones_nothing() {
    for rule in RULES {
        let bad = blocks(rule.docs, "bad");
        let good = blocks(rule.docs, "good");
        assert!(!good.is_empty(), "{} has no good example", rule.id);
        assert_eq!(
            bad.is_empty(),
            WITHOUT_BAD_EXAMPLE.contains(&rule.id),
            "{}",
            rule.id
        );
        for text in bad {
            let (_, found) = findings(&[("/doc/api.yaml", text), SETTINGS]);
            let ids: Vec<_> = found
                .iter()
                .map(|found| (found.rule.id, &found.message))
                .collect();
            assert!(
                matches!(ids[..], [(id, _)] if id == rule.id),
                "{}: {ids:?}",
                rule.id
            );
            assert_eq!(found[0].severity, rule.severity, "{}", rule.id);
        }
        for text in good {
            let (_, found) = findings(&[("/doc/api.yaml", text)]);
            assert!(found.is_empty(), "{}: {found:?}", rule.id);
        }
    }
}

#[test]
fn ids_are_unique_and_messages_are_fragments() {
    let mut ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), RULES.len());
    for rule in RULES {
        assert!(!rule.summary.ends_with('.'), "{}", rule.id);
    }
}

#[test]
fn what_the_official_parser_does_not_look_for_is_not_in_its_profile() {
    let others = [
        "reference-foreign",
        "reply-channel-missing",
        "schema-pattern-invalid",
    ];
    let found: Vec<_> = RULES
        .iter()
        .filter(|rule| rule.profile != Profile::Official)
        .map(|rule| (rule.id, rule.profile))
        .collect();
    for id in others {
        assert!(
            found.contains(&(id, Profile::Recommended)),
            "{id}: {found:?}"
        );
    }
    assert_eq!(found.len(), others.len(), "{found:?}");
}

/// The code blocks of a kind.
fn blocks<'t>(docs: &'t str, kind: &str) -> Vec<&'t str> {
    let open = format!("```yaml {kind}\n");
    docs.split(open.as_str())
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .collect()
}
