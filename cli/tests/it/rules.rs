//! `tidings rules` and `tidings explain`.
use crate::support::Place;
use expect_test::expect_file;

#[test]
fn every_rule_of_the_list_can_be_explained() {
    let place = Place::new();
    let list = place.run(&["rules", "--format", "json"]).json();
    let rules = list["rules"].as_array().expect("a list");
    assert!(rules.len() >= 10);
    let text = place.run(&["rules"]).out;
    for rule in rules {
        let id = rule["id"].as_str().expect("an id");
        assert!(text.contains(id), "{id}");
        let run = place.run(&["explain", id]);
        assert_eq!(run.code, 0);
        let docs = run.out.lines().nth(2).unwrap_or_default();
        assert!(!docs.is_empty(), "{id}: {}", run.out);
    }
}

#[test]
fn an_unknown_rule_gets_a_suggestion() {
    let run = Place::new().run(&["explain", "field-mising"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("did you mean `field-missing`"),
        "{}",
        run.err
    );
}

#[test]
fn official_codes_are_explained_by_their_rules() {
    let place = Place::new();
    let one = place.run(&["explain", "asyncapi-unused-component"]);
    assert!(one.out.starts_with("# component-unused ("), "{}", one.out);
    let several = place.run(&["explain", "invalid-ref"]);
    for id in ["reference-cycle", "reference-unresolved"] {
        assert!(
            several.out.contains(&format!("\n- {id}: ")),
            "{}",
            several.out
        );
    }
}

#[test]
fn a_group_is_explained_by_its_rules() {
    let place = Place::new();
    let run = place.run(&["explain", "governance"]);
    assert_eq!(run.code, 0);
    let list = place.run(&["rules", "--format", "json"]).json();
    for rule in list["rules"].as_array().expect("a list") {
        let line = format!("\n- {}: ", rule["id"].as_str().expect("an id"));
        let is_member = rule["group"] == "governance";
        assert_eq!(run.out.contains(&line), is_member, "{line}");
    }
    assert!(
        place
            .run(&["explain", "id-missing"])
            .out
            .contains("governance = \"warning\"")
    );
}

#[test]
fn help_of_every_command_has_examples() {
    let place = Place::new();
    for command in [
        &["validate"][..],
        &["message", "check"],
        &["generate", "rust"],
        &["docs"],
        &["rules"],
        &["explain"],
        &[],
    ] {
        let run = place.run(&[command, &["--help"]].concat());
        assert_eq!(run.code, 0);
        assert!(run.out.contains("Examples:"), "{command:?}: {}", run.out);
    }
}

#[test]
fn a_wrong_call_exits_with_2() {
    assert_eq!(Place::new().run(&["frobnicate"]).code, 2);
}

#[test]
fn the_page_of_rules_is_up_to_date_and_links_lead_into_it() {
    let place = Place::new();
    let page = place.run(&["rules", "--format", "markdown"]).out;
    expect_file!["../../../docs/rules.md"].assert_eq(&page);
    let list = place.run(&["rules", "--format", "json"]).json();
    for rule in list["rules"].as_array().expect("a list") {
        let link = rule["link"].as_str().expect("a link");
        let id = link.strip_prefix("docs/rules.md#").expect("into the page");
        assert_eq!(page.matches(&format!("\n## {id}\n")).count(), 1, "{id}");
        assert!(
            rule["docs"]
                .as_str()
                .is_some_and(|docs| page.contains(docs))
        );
        assert!(rule["fixable"].is_boolean() && rule["since"].is_string());
    }
}
