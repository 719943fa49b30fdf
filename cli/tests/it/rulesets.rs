//! `tidings validate --ruleset`: rulesets in Spectral's form.
use crate::support::Place;
use expect_test::expect;
use serde_json::Value;

/// What a team might have: habits of its own on top of the common ones.
const RULESET: &str = "\
extends: spectral:asyncapi
documentationUrl: https://example.com/style
aliases:
  Operations: ['$.operations[*]', '$.channels[*][publish,subscribe]']
rules:
  asyncapi-tags: off
  asyncapi-3-tags: off
  asyncapi-info-license: off
  asyncapi-latest-version: off
  asyncapi-3-operation-description: off
  asyncapi-info-contact: error
  component-unused: off
  <operation>-summary:
    description: an operation says in one line what it is for
    message: '{{property}}: {{description}}'
    severity: error
    given: '#Operations'
    then: { field: summary, function: truthy }
  channel-key-kebab-case:
    given: $.channels
    severity: hint
    documentationUrl: https://example.com/keys
    then: { field: '@key', function: casing, functionOptions: { type: kebab } }
overrides:
  - files: ['old/**']
    rules: { channel-key-kebab-case: off }
";

const DOCUMENT: &str = "\
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0, description: all about orders }
servers: { main: { host: 'example.com', protocol: kafka } }
channels:
  orderPlaced: { address: orders, messages: { placed: {} } }
operations:
  sendOrder:
    action: send
    channel: { $ref: '#/channels/orderPlaced' }
id: urn:orders
defaultContentType: application/json
";

fn place() -> Place {
    let place = Place::new();
    place.write("rules/style.yaml", RULESET);
    place.write("api.yaml", DOCUMENT);
    place.write("rules/old/api.yaml", DOCUMENT);
    place
}

#[test]
fn rules_of_a_ruleset_are_checked_and_ours_weigh_what_it_says() {
    let run = place().run(&[
        "validate",
        "--ruleset",
        "rules/style.yaml",
        "--format",
        "concise",
        "api.yaml",
        "rules/old/api.yaml",
    ]);
    expect![[r#"
        api.yaml:2:1: error[info-contact-missing] `info` has no `contact`
        api.yaml:5:3: info[channel-key-kebab-case] `orderPlaced` is not in kebab case
        api.yaml:7:3: error[<operation>-summary] sendOrder.summary: an operation says in one line what it is for
        rules/old/api.yaml:2:1: error[info-contact-missing] `info` has no `contact`
        rules/old/api.yaml:7:3: error[<operation>-summary] sendOrder.summary: an operation says in one line what it is for
    "#]].assert_eq(&run.out);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
}

#[test]
fn none_is_used_that_is_not_asked_for() {
    let place = place();
    place.write(".spectral.yaml", RULESET);
    let run = place.run(&["validate", "api.yaml"]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(!run.out.contains("summary"), "{}", run.out);
}

#[test]
fn programs_get_them_in_every_format() {
    let place = place();
    let with = |format| {
        let arguments = [
            "validate",
            "--ruleset",
            "rules/style.yaml",
            "--format",
            format,
            "api.yaml",
        ];
        let run = place.run(&arguments);
        assert_eq!(run.code, 1, "{format}: {}", run.err);
        run
    };
    let spectral = with("spectral").json();
    let mut codes: Vec<_> = spectral
        .as_array()
        .expect("a list")
        .iter()
        .map(|found| found["code"].as_str())
        .collect();
    codes.dedup();
    assert!(codes.contains(&Some("<operation>-summary")), "{codes:?}");
    assert!(codes.contains(&Some("info-contact-missing")), "{codes:?}");
    let sarif = with("sarif").json();
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .expect("rules");
    let rule = |id: &str| rules.iter().find(|rule| rule["id"] == id).expect("listed");
    let own = rule("<operation>-summary");
    assert_eq!(
        own["helpUri"],
        "https://example.com/style#<operation>-summary"
    );
    assert_eq!(
        own["shortDescription"]["text"],
        "an operation says in one line what it is for"
    );
    assert_eq!(own["defaultConfiguration"]["level"], "error");
    assert_eq!(
        rule("channel-key-kebab-case")["helpUri"],
        "https://example.com/keys"
    );
    assert_eq!(rule("info-contact-missing")["helpUri"], Value::Null);
    let junit = with("junit").out;
    roxmltree::Document::parse(&junit).expect("well-formed");
    assert!(
        junit.contains("type=\"&lt;operation&gt;-summary\""),
        "{junit}"
    );
    for format in ["text", "json", "github", "gitlab"] {
        assert!(with(format).out.contains("operation>-summary"), "{format}");
    }
}

#[test]
fn several_rulesets_are_heeded_one_after_the_other() {
    let place = place();
    place.write(
        "quiet.json",
        r#"{"rules": {"info-contact-missing": "off", "info-contact-incomplete": "off"}}"#,
    );
    let both = [
        "validate",
        "--ruleset",
        "rules/style.yaml",
        "--ruleset",
        "quiet.json",
        "api.yaml",
    ];
    let run = place.run(&both);
    assert!(!run.out.contains("info-contact"), "{}", run.out);
    assert!(run.out.contains("summary"), "{}", run.out);
}

#[test]
fn a_broken_ruleset_is_shown_and_the_rest_still_runs() {
    let place = place();
    let text =
        format!("{RULESET}functions: [names]\n").replace("function: truthy", "function: names");
    place.write("broken.yaml", text);
    let run = place.run(&[
        "validate",
        "--ruleset",
        "broken.yaml",
        "--format",
        "concise",
        "api.yaml",
    ]);
    assert_eq!(run.code, 2);
    expect![[r#"
        broken.yaml:18:39: error[ruleset-function-unsupported] rule `<operation>-summary` calls `names`, a function in JavaScript: that call is left out
        broken.yaml:27:12: error[ruleset-function-unsupported] functions in JavaScript are not run: names
        api.yaml:2:1: error[info-contact-missing] `info` has no `contact`
        api.yaml:5:3: info[channel-key-kebab-case] `orderPlaced` is not in kebab case
    "#]].assert_eq(&run.out);
}

#[test]
fn a_ruleset_that_cannot_be_read_is_an_error() {
    let place = place();
    for (name, reason) in [
        ("gone.yaml", "does not exist"),
        (".spectral.js", "is a program"),
    ] {
        let run = place.run(&["validate", "--ruleset", name, "api.yaml"]);
        assert_eq!(run.code, 2);
        assert!(
            run.err.contains(name) && run.err.contains(reason),
            "{}",
            run.err
        );
        assert!(run.out.contains("api.yaml: valid"), "{}", run.out);
    }
}

#[test]
fn a_report_is_not_written_over_a_ruleset() {
    let place = place();
    let run = place.run(&[
        "validate",
        "--ruleset",
        "rules/style.yaml",
        "--output",
        "json=rules/style.yaml",
        "api.yaml",
    ]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("choose another file"), "{}", run.err);
}

#[test]
fn what_a_configuration_allows_is_allowed_to_rulesets() {
    let place = place();
    place.write("copy.yaml", "rules: {}");
    place.write("extends.yaml", "extends: https://example.com/style.yaml");
    let run = || place.run(&["validate", "--ruleset", "extends.yaml", "api.yaml"]);
    assert_eq!(run().code, 2);
    place.write(
        "tidings.toml",
        "remote.map = {'https://example.com/style.yaml' = 'copy.yaml'}",
    );
    assert_eq!(run().code, 0);
}

#[test]
fn no_baseline_is_written_by_a_broken_ruleset() {
    let place = place();
    place.write("broken.yaml", "rules: {a: {given: '$['}}");
    let options = ["--ruleset", "broken.yaml", "--write-baseline", "known.json"];
    let run = place.run(&[&["validate", "api.yaml"][..], &options].concat());
    assert_eq!(run.code, 2);
    assert!(run.out.contains("broken.yaml:1:"), "{}", run.out);
    place.write("rules/old/tidings.toml", "read.roots = ['.']");
    let two = ["validate", "api.yaml", "rules/old/api.yaml"];
    let run = place.run(&[&two[..], &options].concat());
    assert_eq!(run.out.matches("broken.yaml:1:").count(), 1, "{}", run.out);
    assert!(!place.path().join("known.json").exists());
}
