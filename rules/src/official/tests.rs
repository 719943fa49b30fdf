//! What the official parser would report of small documents: its codes and places, once, twice or not at all.
use std::path::Path;

use expect_test::{Expect, expect};
use tidings_document::{open_text, read};

use super::*;
use crate::{Profile, lint::run};

/// Compares the reports whose code begins with one of some words: `code /pointer severity`.
#[track_caller]
fn check(text: &str, codes: &[&str], expected: Expect) {
    let opened = open_text(Path::new("a.yaml"), text.into(), &Default::default());
    let (document, mut found) = opened.unwrap();
    let (api, more) = read(&document);
    let api = api.unwrap();
    found.extend(more);
    found.extend(run(&api, Profile::Official, &|_| false));
    let view = OfficialView::new(&document, Some(api.version));
    let mut all: Vec<Official> = found.iter().flat_map(|found| view.report(found)).collect();
    all.sort();
    let wanted = all
        .iter()
        .filter(|one| codes.iter().any(|code| one.code.starts_with(code)));
    let lines = wanted.map(|one| format!("{} {} {}", one.code, one.pointer, one.severity.as_str()));
    expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

const STRUCTURE: &[&str] = &["invalid-ref", "asyncapi-document", "asyncapi2-schema"];

fn v2(rest: &str) -> String {
    format!("asyncapi: 2.6.0\ninfo: {{ title: a, version: '1' }}\n{rest}\n")
}

fn v3(rest: &str) -> String {
    format!("asyncapi: 3.0.0\ninfo: {{ title: a, version: '1' }}\n{rest}\n")
}

/// A message of version 2.
fn message(message: &str) -> String {
    v2(&format!(
        "channels: {{ c: {{ publish: {{ message: {message} }} }} }}"
    ))
}

#[test]
fn references_that_lead_nowhere_lack_what_should_stand_there() {
    let none = "{ $ref: '#/none' }";
    check(
        &v2(&format!(
            "channels: {{ 'c/{{p}}': {{ parameters: {{ p: {none} }} }} }}"
        )),
        STRUCTURE,
        expect![[r#"
            asyncapi-document-resolved /channels/c~1{p}/parameters/p error
            invalid-ref /channels/c~1{p}/parameters/p/$ref error"#]],
    );
    check(
        &v2(&format!(
            "channels: {{}}\ncomponents: {{ parameters: {{ p: {none} }} }}"
        )),
        STRUCTURE,
        expect![[r#"
            asyncapi-document-resolved /components/parameters/p error
            invalid-ref /components/parameters/p/$ref error"#]],
    );
    check(
        &v2(&format!(
            "channels: {{}}\ncomponents: {{ schemas: {{ s: {none} }} }}"
        )),
        STRUCTURE,
        expect!["invalid-ref /components/schemas/s/$ref error"],
    );
    check(
        &v3(&format!(
            "channels: {{ c: {{ address: c, servers: [{none}] }} }}"
        )),
        STRUCTURE,
        expect![[r#"
            asyncapi-document-resolved /channels/c/servers/0 error
            invalid-ref /channels/c/servers/0/$ref error"#]],
    );
    check(
        &v3(&format!(
            "channels: {{ 'c': {{ address: 'c/{{p}}', parameters: {{ p: {none} }} }} }}"
        )),
        STRUCTURE,
        expect!["invalid-ref /channels/c/parameters/p/$ref error"],
    );
    check(
        &message(&format!("{{ payload: {none} }}")),
        STRUCTURE,
        expect!["invalid-ref /channels/c/publish/message/payload/$ref error"],
    );
    let avro = "schemaFormat: application/vnd.apache.avro;version=1.9.0";
    check(
        &message(&format!("{{ {avro}, payload: {none} }}")),
        STRUCTURE,
        expect![[r#"
            asyncapi2-schemas  error
            invalid-ref /channels/c/publish/message/payload/$ref error"#]],
    );
}

#[test]
fn schemas_of_payloads_are_reported_twice_in_version_2() {
    check(
        &message("{ payload: { type: strin } }"),
        STRUCTURE,
        expect![[r#"
            asyncapi-document-resolved /channels/c/publish/message/payload/type error
            asyncapi2-schemas /channels/c/publish/message/payload/type error"#]],
    );
    check(
        &message("{ payload: { properties: { a: { type: strin } } } }"),
        STRUCTURE,
        expect![[r#"
            asyncapi-document-resolved /channels/c/publish/message/payload/properties/a/type error
            asyncapi2-schemas /channels/c/publish/message/payload/properties/a/type error"#]],
    );
    check(
        &message("{ headers: { type: object, minLength: x } }"),
        STRUCTURE,
        expect!["asyncapi-document-resolved /channels/c/publish/message/headers/minLength error"],
    );
    let used = "channels: { c: { publish: { message: { payload: { oneOf: [{ $ref: '#/components/schemas/s' }] } } } } }\ncomponents: { schemas: { s: { items: { type: strin } }, other: { type: strin } } }";
    check(
        &v2(used),
        STRUCTURE,
        expect![[r#"
        asyncapi-document-resolved /components/schemas/other/type error
        asyncapi-document-resolved /components/schemas/s/items/type error
        asyncapi2-schemas /components/schemas/s/items/type error"#]],
    );
    check(
        &v3("components: { messages: { m: { payload: { type: strin } } } }"),
        STRUCTURE,
        expect!["asyncapi-document-resolved /components/messages/m/payload/type error"],
    );
    check(
        &message("{ examples: [{ payload: { payload: { a: 1 } }, headers: 1 }] }"),
        STRUCTURE,
        expect!["asyncapi-document-resolved /channels/c/publish/message/examples/0/headers error"],
    );
}

#[test]
fn examples_that_are_no_list_are_reported_twice_where_the_parser_looks() {
    check(
        &v2("channels: {}\ncomponents: { schemas: { s: { examples: 1 } } }"),
        STRUCTURE,
        expect![[r#"
            asyncapi-document-resolved /components/schemas/s/examples error
            asyncapi2-schema-examples /components/schemas/s error"#]],
    );
    check(
        &v2("channels: {}\ncomponents: { schemas: { s: { items: { examples: 1 } } } }"),
        STRUCTURE,
        expect!["asyncapi-document-resolved /components/schemas/s/items/examples error"],
    );
    check(
        &v2("channels: {}\ncomponents: { parameters: { p: { schema: { examples: 1 } } } }"),
        STRUCTURE,
        expect![[r#"
            asyncapi-document-resolved /components/parameters/p/schema/examples error
            asyncapi2-schema-examples /components/parameters/p/schema error"#]],
    );
    check(
        &v2("channels: { 'c/{p}': { parameters: { p: { schema: { examples: 1 } } } } }"),
        STRUCTURE,
        expect![[r#"
            asyncapi-document-resolved /channels/c~1{p}/parameters/p/schema/examples error
            asyncapi2-schema-examples /channels/c~1{p}/parameters/p/schema error"#]],
    );
    check(
        &v2("channels: { c: { publish: { message: { payload: { examples: 1 } } } } }"),
        STRUCTURE,
        expect![[r#"
            asyncapi-document-resolved /channels/c/publish/message/payload/examples error
            asyncapi2-schema-examples /channels/c/publish/message/payload error"#]],
    );
}

#[test]
fn fields_beside_a_reference_are_reported_with_the_object() {
    check(
        &v3(
            "channels: { c: { address: c, servers: [{ $ref: '#/servers/s', x: 1 }] } }\nservers: { s: { host: a, protocol: b } }",
        ),
        STRUCTURE,
        expect![[r#""#]],
    );
    check(
        &v3("info2: 1\nchannels: { c: { address: c, title: { $ref: '#/info/title' } } }"),
        STRUCTURE,
        expect!["asyncapi-document-resolved /info2 error"],
    );
    check(
        &v2("channels: {}\nid: { $ref: '#/info/title' }"),
        STRUCTURE,
        expect!["asyncapi-document-resolved /info/title error"],
    );
}

#[test]
fn places_are_those_of_the_object_that_lacks_something() {
    let all = &[""];
    check(
        &v3(""),
        all,
        expect!["asyncapi-latest-version /asyncapi info"],
    );
    check(
        &v2("channels: { 'c/{p}': { parameters: { q: {} } } }"),
        all,
        expect![[r#"
            asyncapi-defaultContentType  warning
            asyncapi-id  warning
            asyncapi-info-contact /info warning
            asyncapi-info-description /info warning
            asyncapi-info-license /info warning
            asyncapi-latest-version /asyncapi info
            asyncapi-servers  warning
            asyncapi2-channel-parameters /channels/c~1{p}/parameters error
            asyncapi2-channel-parameters /channels/c~1{p}/parameters/q error
            asyncapi2-tags  warning"#]],
    );
    check(
        &v2(
            "channels: {}\nservers: { s: { url: 'a/{v}', protocol: b }, u: { url: 'a/{v}', protocol: b, variables: { w: {} } }, t: { url: 'a/{v}', protocol: b, variables: { v: { $ref: '#/components/serverVariables/v' } } } }\ncomponents: { serverVariables: { v: {} } }",
        ),
        all,
        expect![[r#"
            asyncapi-defaultContentType  warning
            asyncapi-id  warning
            asyncapi-info-contact /info warning
            asyncapi-info-description /info warning
            asyncapi-info-license /info warning
            asyncapi-latest-version /asyncapi info
            asyncapi2-server-variables /servers/u/variables error
            asyncapi2-server-variables /servers/u/variables/w error
            asyncapi2-tags  warning"#]],
    );
    check(
        &v3(
            "channels: { c: { address: 'c/{p}', parameters: { q: {} } } }\nservers: { s: { host: 'a/{v}', protocol: b, variables: { w: {} } } }",
        ),
        all,
        expect![[r#"
            asyncapi-latest-version /asyncapi info
            asyncapi3-channel-parameters /channels/c/parameters error
            asyncapi3-channel-parameters /channels/c/parameters/q error"#]],
    );
    check(
        "asyncapi: 2.0.0\ninfo: { title: a, version: '1' }\nchannels: {}",
        all,
        expect![[r#"
            asyncapi-defaultContentType  warning
            asyncapi-id  warning
            asyncapi-info-contact /info warning
            asyncapi-info-description /info warning
            asyncapi-info-license /info warning
            asyncapi-latest-version /asyncapi info
            asyncapi-servers  warning
            asyncapi2-tags  warning"#]],
    );
}

#[test]
fn a_rule_has_a_code_for_each_place() {
    let security = &["asyncapi2-operation-security", "asyncapi2-server-security"];
    check(
        &v2(
            "servers: { s: { url: a, protocol: b, security: [{ none: [] }] } }\nchannels: { c: { publish: { security: [{ none: [] }] } } }\ncomponents: { servers: { t: { url: a, protocol: b, security: [{ none: [] }] } } }",
        ),
        security,
        expect![[r#"
            asyncapi2-operation-security /channels/c/publish/security/0/none error
            asyncapi2-server-security /components/servers/t/security/0/none error
            asyncapi2-server-security /servers/s/security/0/none error"#]],
    );
    let examples = &["asyncapi2-message-examples", "asyncapi3-message-examples"];
    check(
        &message("{ payload: { type: string }, examples: [{ payload: 1 }] }"),
        examples,
        expect!["asyncapi2-message-examples /channels/c/publish/message/examples/0/payload error"],
    );
    check(
        &message(
            "{ schemaFormat: application/vnd.aai.asyncapi;version=2.6.0, payload: { type: string }, examples: [{ payload: 1 }] }",
        ),
        examples,
        expect![
            "asyncapi2-message-examples-custom-format /channels/c/publish/message/examples/0/payload error"
        ],
    );
    check(
        &v3(
            "components: { messages: { m: { payload: { type: string }, examples: [{ payload: 1 }] } } }",
        ),
        examples,
        expect![[r#""#]],
    );
}

#[test]
fn without_a_version_all_codes_count() {
    let text = "asyncapi: 9.0.0\n";
    let (document, found) =
        open_text(Path::new("a.yaml"), text.into(), &Default::default()).unwrap();
    let view = OfficialView::new(&document, None);
    let all = found
        .iter()
        .chain(&read(&document).1)
        .flat_map(|found| view.report(found))
        .collect::<Vec<_>>();
    expect![[r#"
        [
            Official {
                code: "asyncapi-is-asyncapi",
                pointer: "",
                severity: Error,
            },
        ]
    "#]]
    .assert_debug_eq(&all);
}
