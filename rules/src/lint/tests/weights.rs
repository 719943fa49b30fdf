//! Which profile has which rule, and how much a finding weighs in each.

use std::path::Path;

use tidings_document::{Severity, open_text, read};

use super::super::*;

/// Rules and severities of what the rules of a profile find.
fn weights(text: &str, profile: Profile) -> Vec<(&'static str, Severity)> {
    let opened = open_text(Path::new("api.yaml"), text.into(), &Default::default());
    let (document, _) = opened.unwrap();
    let (api, _) = read(&document);
    let found = run(&api.unwrap(), profile, &|_| false);
    found
        .iter()
        .map(|found| (found.rule.id, found.severity))
        .collect()
}

/// A document that says nothing optional.
fn bare(version: &str) -> String {
    match version.starts_with('2') {
        true => format!(
            "asyncapi: {version}\ninfo: {{ title: Orders, version: 1.0.0, contact: {{ name: Shop }} }}
channels: {{ orders: {{ publish: {{ message: {{ contentType: text/plain }} }} }} }}\n"
        ),
        false => format!(
            "asyncapi: {version}\ninfo: {{ title: Orders, version: 1.0.0, contact: {{ name: Shop }} }}
channels: {{ orders: {{ address: orders, messages: {{ placed: {{ contentType: text/plain }} }} }} }}
operations: {{ tell: {{ action: send, channel: {{ $ref: '#/channels/orders' }} }} }}\n"
        ),
    }
}

#[test]
fn what_is_optional_is_asked_for_by_strict_and_where_the_official_parser_asks() {
    let ids = |version, profile| {
        let found = weights(&bare(version), profile);
        found.iter().map(|(id, _)| *id).collect::<Vec<_>>()
    };
    let version_2 = [
        "default-content-type-missing",
        "id-missing",
        "info-contact-incomplete",
        "info-description-missing",
        "info-license-missing",
        "message-id-missing",
        "operation-id-missing",
        "servers-missing",
        "tags-missing",
        "version-not-latest",
    ];
    for version in ["2.6.0", "3.0.0", "3.1.0"] {
        assert_eq!(ids(version, Profile::Recommended), [""; 0], "{version}");
        let strict = ids(version, Profile::Strict);
        for id in [
            "id-missing",
            "tags-missing",
            "operation-description-missing",
        ] {
            assert!(strict.contains(&id), "{version}: {id} in {strict:?}");
        }
    }
    assert_eq!(ids("2.6.0", Profile::Official), version_2);
    assert_eq!(ids("3.0.0", Profile::Official), ["version-not-latest"]);
    assert_eq!(ids("3.1.0", Profile::Official), [""; 0]);
}

/// A document of version 2 or 3 whose message has a payload, and more.
fn with_payload(version: &str, payload: &str) -> String {
    let info = "info: { title: Orders, version: 1.0.0 }";
    match version.starts_with('2') {
        true => format!(
            "asyncapi: {version}\n{info}\nchannels: {{ a: {{ publish: {{ message: {{ payload: {payload} }} }} }} }}\n"
        ),
        false => format!(
            "asyncapi: {version}\n{info}\nchannels: {{ a: {{ address: a, messages: {{ m: {{ payload: {payload} }} }} }} }}\n"
        ),
    }
}

/// Checks a rule's weight in the profile `recommended`, and in `official` where that looks for it.
#[track_caller]
fn check(text: &str, id: &str, recommended: Severity, official: Option<Severity>) {
    let weight = |profile| {
        let found = weights(text, profile);
        let own = found.iter().find(|(other, _)| *other == id);
        own.map(|(_, severity)| *severity)
    };
    assert_eq!(weight(Profile::Recommended), Some(recommended), "{text}");
    assert_eq!(weight(Profile::Official), official, "{text}");
}

#[test]
fn what_should_only_be_so_is_a_warning_and_what_must_be_so_an_error() {
    let (warning, error) = (Severity::Warning, Some(Severity::Error));
    for (payload, id) in [
        ("{ type: integer, default: true }", "schema-default-invalid"),
        (
            "{ type: integer, examples: [true] }",
            "schema-example-invalid",
        ),
    ] {
        check(&with_payload("2.6.0", payload), id, warning, error);
        check(&with_payload("3.1.0", payload), id, warning, None);
    }
    let twice = "{ type: string, enum: [a, a] }";
    for version in ["2.6.0", "3.0.0"] {
        let text = with_payload(version, twice);
        check(&text, "enum-value-duplicate", warning, error);
    }
    let message = "{ type: object }, examples: [{ payload: 1 }]";
    let id = "message-example-invalid";
    check(&with_payload("2.6.0", message), id, warning, error);
    check(&with_payload("3.0.0", message), id, warning, None);
}

#[test]
fn versions_differ_in_what_they_forbid() {
    let document = |version: &str, more: &str| {
        format!("asyncapi: {version}\ninfo: {{ title: Orders, version: 1.0.0 }}\n{more}\n")
    };
    let (warning, error) = (Severity::Warning, Severity::Error);
    let parameter = |address| {
        format!("channels: {{ 'a/{{b}}': {{ {address} parameters: {{ b: {{}}, c: {{}} }} }} }}")
    };
    let id = "channel-parameter-unused";
    check(&document("2.6.0", &parameter("")), id, warning, Some(error));
    let version_3 = document("3.0.0", &parameter("address: 'a/{b}',"));
    check(&version_3, id, error, Some(error));

    let tags = "[{ name: a, description: b }, { name: a }]";
    let id = "tag-duplicate";
    let version_2 = document("2.6.0", &format!("tags: {tags}\nchannels: {{}}"));
    check(&version_2, id, error, Some(error));
    let version_3 = document("3.0.0", &format!("channels: {{ a: {{ tags: {tags} }} }}"));
    check(&version_3, id, warning, None);

    let variables = "protocol: mqtt, variables: { b: { default: c }, d: { default: e } }";
    let id = "server-variable-unused";
    let version_2 = document(
        "2.6.0",
        &format!("servers: {{ s: {{ url: '{{b}}', {variables} }} }}\nchannels: {{}}"),
    );
    check(&version_2, id, warning, Some(error));
    let version_3 = document(
        "3.1.0",
        &format!("servers: {{ s: {{ host: '{{b}}', {variables} }} }}"),
    );
    check(&version_3, id, warning, None);

    let key = document("3.1.0", "channels: { 'a?b': { address: a } }");
    check(&key, "channel-key-has-query", warning, Some(error));
}

/// What a rule says of a text, each finding by its message.
fn messages(text: &str, id: &str) -> Vec<String> {
    let opened = open_text(Path::new("api.yaml"), text.into(), &Default::default());
    let (document, _) = opened.unwrap();
    let (api, _) = read(&document);
    let found = run(&api.unwrap(), Profile::Strict, &|_| false);
    let own = found.into_iter().filter(|found| found.rule.id == id);
    own.map(|found| found.message).collect()
}

#[test]
fn values_of_an_enum_that_do_not_fit_are_one_finding() {
    for (list, expected) in [
        (
            "[1, A]",
            "value `\"A\"` of the `enum` is not of type `integer`",
        ),
        (
            "[A, 1, B, A]",
            "values `\"A\"`, `\"B\"` of the `enum` are not of type `integer`",
        ),
        (
            "[A, B, C, D, E, F, G]",
            "values `\"A\"`, `\"B\"`, `\"C\"`, `\"D\"`, `\"E\"` and 2 more of the `enum` are not of type `integer`",
        ),
    ] {
        let text = with_payload("3.0.0", &format!("{{ type: integer, enum: {list} }}"));
        assert_eq!(messages(&text, "enum-value-type-mismatch"), [expected]);
    }
}

#[test]
fn contact_lacks_what_is_named() {
    for (contact, expected) in [
        ("{ name: N, email: n@example.com }", "`contact` lacks `url`"),
        (
            "{ url: 'https://example.com' }",
            "`contact` lacks `name` and `email`",
        ),
        ("{}", "`contact` lacks `name`, `url` and `email`"),
    ] {
        let text = format!(
            "asyncapi: 2.6.0\ninfo: {{ title: T, version: '1', contact: {contact} }}\nchannels: {{}}\n"
        );
        assert_eq!(messages(&text, "info-contact-incomplete"), [expected]);
    }
}

#[test]
fn a_singular_example_is_judged_only_where_it_is_a_keyword() {
    let plain = with_payload("3.0.0", "{ type: string, example: 2022 }");
    assert_eq!(messages(&plain, "schema-example-singular").len(), 1);
    assert_eq!(messages(&plain, "schema-example-invalid"), [""; 0]);
    let openapi = with_payload(
        "3.0.0",
        "{ schemaFormat: application/vnd.oai.openapi;version=3.0.0, schema: { type: string, example: 2022 } }",
    );
    assert_eq!(messages(&openapi, "schema-example-singular"), [""; 0]);
    assert_eq!(messages(&openapi, "schema-example-invalid").len(), 1);
}

#[test]
fn a_singular_example_becomes_a_list_where_that_is_certain() {
    let before =
        "asyncapi: 3.0.0\ninfo: { title: T, version: '1' }\ncomponents:\n  schemas:\n    A:\n";
    for (written, expected) in [
        (
            "      example: 1 # one\n",
            Some("      examples: [1] # one\n"),
        ),
        (
            "      example: 'a, b'\n",
            Some("      examples: ['a, b']\n"),
        ),
        (
            "      example: [1,\n        2]\n",
            Some("      examples: [[1,\n        2]]\n"),
        ),
        (
            "      example:\n        a: 1\n        b: { c: 2 }\n",
            Some("      examples:\n        - a: 1\n          b: { c: 2 }\n"),
        ),
        (
            "      example:\n        - 1\n        - 2\n      type: array\n",
            Some("      examples:\n        - - 1\n          - 2\n      type: array\n"),
        ),
        ("      example: a, b\n", None),
        ("      example: |\n        a\n", None),
        ("      example: &a 1\n      default: *a\n", None),
        ("      example: 1\n      examples: [2]\n", None),
    ] {
        let text = format!("{before}{written}");
        let opened = open_text(
            Path::new("api.yaml"),
            text.clone().into(),
            &Default::default(),
        );
        let (document, _) = opened.unwrap();
        let (api, _) = read(&document);
        let found = run(&api.unwrap(), Profile::Recommended, &|_| false);
        let own = found
            .iter()
            .find(|found| found.rule.id == "schema-example-singular");
        let fix = own.expect("it is found").fix.as_ref();
        let edits = fix.and_then(|fix| fix.edits(document.sources()));
        let mended = edits.map(|edits| tidings_document::apply(&text, &edits));
        let expected = expected.map(|expected| format!("{before}{expected}"));
        assert_eq!(mended, expected, "{written}");
    }
}

#[test]
fn messages_that_one_is_taken_for_are_one_finding() {
    let message = |name: usize| format!("m{name}: {{ payload: {{ type: string }} }}");
    let text = |count: usize| {
        let messages: Vec<String> = (0..count).map(message).collect();
        format!(
            "asyncapi: 3.0.0\ninfo: {{ title: T, version: '1' }}
channels: {{ a: {{ address: a, messages: {{ {} }} }} }}
operations: {{ o: {{ action: send, channel: {{ $ref: '#/channels/a' }} }} }}\n",
            messages.join(", ")
        )
    };
    for (count, expected) in [
        (2, "messages `m0` and `m1` cannot be told apart: payload "),
        (
            3,
            "message `m0` cannot be told from `m1` and `m2`: payload ",
        ),
        (
            9,
            "message `m0` cannot be told from `m1`, `m2`, `m3`, `m4` and 4 more: payload ",
        ),
    ] {
        let found = messages(&text(count), "messages-ambiguous");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(expected), "{found:?}");
    }
}
