//! Every rule's documentation, run: a bad block gives exactly its rule, a good block nothing.

mod branches;
mod forms;
mod languages;
mod once;
mod roots;
mod sets;
mod weights;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tidings_document::{MemoryLoader, Settings, Severity, open, open_text, read};

use super::*;

/// Rules about what a document should also have; the blocks of other rules are too small to have it all.
const HABITS: &[&str] = &[
    "channel-message-unused",
    "channel-without-operation",
    "default-content-type-missing",
    "id-missing",
    "info-contact-missing",
    "info-description-missing",
    "info-license-missing",
    "integer-unbounded",
    "message-content-type-missing",
    "message-example-missing",
    "message-id-missing",
    "message-payload-missing",
    "operation-description-missing",
    "operation-id-missing",
    "parameter-description-missing",
    "reply-without-correlation",
    "servers-missing",
    "tags-missing",
    "version-not-latest",
];

/// The ids of what the rules find, habits aside but for `own`; reading itself must find no error.
fn findings(own: &str, text: &str) -> Vec<&'static str> {
    let opened = open_text(
        Path::new("block.yaml"),
        text.as_bytes().to_vec(),
        &Default::default(),
    );
    let (document, mut diagnostics) = opened.unwrap();
    let (api, more) = read(&document);
    diagnostics.extend(more);
    diagnostics.retain(|found| found.severity == Severity::Error);
    assert_eq!(diagnostics, [], "block of {own}:\n{text}");
    let found = run(&api.unwrap(), Profile::Strict, &|_| false);
    let ids = found.iter().map(|found| found.rule.id);
    ids.filter(|id| *id == own || !HABITS.contains(id))
        .collect()
}

fn blocks<'a>(docs: &'a str, kind: &str) -> Vec<&'a str> {
    let fence = format!("```yaml {kind}\n");
    docs.split(&fence)
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

#[test]
fn bad_blocks_give_exactly_their_rule_and_good_blocks_nothing() {
    let mut wrong = Vec::new();
    for Lint { rule, .. } in LINTS {
        let (bad, good) = (blocks(rule.docs, "bad"), blocks(rule.docs, "good"));
        assert!(
            !bad.is_empty() && !good.is_empty(),
            "{} lacks a block",
            rule.id
        );
        let expected = bad
            .iter()
            .map(|text| (text, vec![rule.id]))
            .chain(good.iter().map(|text| (text, vec![])));
        for (text, expected) in expected {
            let found = findings(rule.id, text);
            if found != expected {
                wrong.push(format!(
                    "{}: {found:?} instead of {expected:?} in\n{text}",
                    rule.id
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_broken_schema_does_not_hide_what_is_wrong_with_values_of_others() {
    let text = "asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload:
          type: object
          default: {}
          required: [id]
          properties:
            id: { type: string, pattern: '^([a-z]{1,1000}){1,1000}$', default: 7 }
            size: { type: integer, default: big }
";
    let found = findings("", text);
    let expected = [
        "schema-default-invalid",
        "schema-default-invalid",
        "schema-pattern-too-large",
    ];
    let mut sorted = found.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
}

#[test]
fn ids_are_unique_and_in_order() {
    let ids: Vec<&str> = LINTS.iter().map(|lint| lint.rule.id).collect();
    assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
    let mut all: Vec<&str> = crate::all().map(|rule| rule.id).collect();
    all.sort_unstable();
    assert!(
        all.is_sorted_by(|one, next| one < next),
        "an id is taken by reading already: {all:?}"
    );
    assert_eq!(
        crate::find("tag-duplicate").map(|rule| rule.id),
        Some("tag-duplicate")
    );
}

#[test]
fn summaries_and_documentation_are_written_in_one_style() {
    for Lint { rule, .. } in LINTS {
        assert!(!rule.summary.ends_with('.'), "{}", rule.id);
        assert!(rule.summary.len() <= 90, "{}", rule.id);
        assert!(
            rule.docs
                .starts_with(|first: char| first.is_uppercase() || first == '`'),
            "{}",
            rule.id
        );
        assert!(
            rule.profile != Profile::Official || !rule.codes.is_empty(),
            "{} has no official code",
            rule.id
        );
    }
}

/// The ids of what the rules find in a document of several files, habits aside.
fn findings_in(files: &[(&str, &str)]) -> Vec<&'static str> {
    let files = files
        .iter()
        .map(|(name, text)| (PathBuf::from(name), text.as_bytes().to_vec()));
    let settings = Settings {
        loader: Arc::new(MemoryLoader::new(files)),
        roots: vec!["/api".into()],
        ..Settings::default()
    };
    let (document, _) = open(Path::new("/api/api.yaml"), &settings).unwrap();
    let (api, _) = read(&document);
    let found = run(&api.unwrap(), Profile::Recommended, &|_| false);
    let ids = found.iter().map(|found| found.rule.id);
    ids.filter(|id| !HABITS.contains(id)).collect()
}

#[test]
fn components_that_other_files_refer_to_are_in_use() {
    let api = "asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels: { orders: { address: orders, messages: { placed: { payload: { $ref: './order.yaml' } } } } }
components: { schemas: { Size: { type: integer }, Colour: { type: string } } }
";
    let order = "type: object
properties: { size: { $ref: './api.yaml#/components/schemas/Size' } }
";
    let files = [("/api/api.yaml", api), ("/api/order.yaml", order)];
    assert_eq!(findings_in(&files), ["component-unused"]);
}

#[test]
fn components_of_every_kind_may_be_unused() {
    let kinds = [
        ("channelBindings", "{ mqtt: {} }"),
        ("correlationIds", "{ location: '$message.header#/a' }"),
        ("externalDocs", "{ url: 'https://example.com' }"),
        ("messageBindings", "{ mqtt: {} }"),
        ("messageTraits", "{ title: x }"),
        ("messages", "{ payload: { type: object } }"),
        ("operationBindings", "{ mqtt: {} }"),
        ("operationTraits", "{ title: x }"),
        ("parameters", "{ description: x }"),
        ("replies", "{}"),
        ("replyAddresses", "{ location: '$message.header#/a' }"),
        ("schemas", "{ type: object }"),
        ("serverBindings", "{ mqtt: {} }"),
        ("serverVariables", "{ default: x }"),
        ("servers", "{ host: x, protocol: mqtt }"),
        ("tags", "{ name: x }"),
    ];
    for (kind, value) in kinds {
        let text = format!(
            "asyncapi: 3.1.0
info: {{ title: Orders, version: 1.0.0 }}
components: {{ {kind}: {{ A: {value} }} }}
"
        );
        assert_eq!(findings("", &text), ["component-unused"], "{kind}");
    }
}

#[test]
fn values_are_not_judged_by_what_could_not_be_read() {
    let text = "asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload:
          oneOf:
            - { type: object, properties: { part: { $ref: './missing.yaml' } } }
            - { $ref: './missing.yaml#/Other' }
            - not: { $ref: './missing.yaml#/Third' }
        examples: [{ payload: { part: 1 } }]
";
    assert_eq!(findings_in(&[("/api/api.yaml", text)]), [""; 0]);
}

#[test]
fn a_named_rule_looks_for_all_it_knows_in_every_profile() {
    let text = "asyncapi: 3.1.0\ninfo: { title: Orders, version: 1.0.0 }\n";
    let opened = open_text(Path::new("api.yaml"), text.into(), &Default::default());
    let (document, _) = opened.unwrap();
    let (api, _) = read(&document);
    let found = run(api.as_ref().unwrap(), Profile::Official, &|rule| {
        rule.id == "info-license-missing"
    });
    let ids: Vec<_> = found.iter().map(|found| found.rule.id).collect();
    assert_eq!(ids, ["info-license-missing"]);
}
