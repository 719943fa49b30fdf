//! What a ruleset means for a document: references, versions, files, and our own rules.
use std::{path::Path, sync::Arc};

use expect_test::expect;
use tidings_document::{MemoryLoader, Settings};

use super::{REFERENCES, VALUES, case, finds, function, load, says, shown};

#[test]
fn references_are_followed_unless_a_rule_says_no_and_findings_stand_where_values_do() {
    let rule = function(
        "$.channels.*.messages.*.payload",
        "description",
        "truthy",
        "",
    );
    finds(
        &rule,
        REFERENCES,
        expect![[r#"
        api.yaml:3:5 /components/schemas/Used warning[r] `payload.description` must be truthy: not missing, empty or false
    "#]],
    );
    finds(
        &format!("{rule}    resolved: false\n"),
        REFERENCES,
        expect![[""]],
    );
    let raw = function("$.channels.*.messages.*", "$ref", "undefined", "");
    finds(&raw, REFERENCES, expect![[""]]);
    finds(
        &format!("{raw}    resolved: false\n"),
        REFERENCES,
        expect![[r#"
            api.yaml:8:40 /channels/orders/messages/order/$ref warning[r] `$ref` must not be defined
        "#]],
    );
}

#[test]
fn messages_have_placeholders() {
    let ruleset = "\
rules:
  whole:
    description: about it
    message: '{{property}} | {{path}} | {{value}} | {{error}} | {{description}}'
    severity: hint
    given: $.x
    then: [{ field: text, function: falsy }, { field: list.more, function: truthy }, { field: list, function: falsy }]
  described:
    description: say nothing
    given: $.x.text
    then: { function: falsy }
";
    finds(
        ruleset,
        VALUES,
        expect![[r#"
        api.yaml:7:9 /x/text warning[described] say nothing (`text` must be falsy: missing, empty or false)
        api.yaml:7:9 /x/text info[whole] text | #/x/text | abc | `text` must be falsy: missing, empty or false | about it
        api.yaml:8:3 /x/list info[whole] list.more | #/x/list | Array[] | `list.more` must be truthy: not missing, empty or false | about it
        api.yaml:8:3 /x/list info[whole] list | #/x/list | Array[] | `list` must be falsy: missing, empty or false | about it
    "#]],
    );
}

#[test]
fn fields_are_keys_paths_or_names_one_below_the_other() {
    let document = "a: { 'b.c': '', d: { e: [{ f: '' }] } }\n";
    let ruleset = "\
rules:
  r:
    given: $.a
    then:
      - { field: b.c, function: truthy }
      - { field: 'd.e[0].f', function: truthy }
      - { field: $.d.e.*.f, function: truthy }
      - { field: $.none, function: truthy }
      - { field: '@key', function: pattern, functionOptions: { match: '^.$' } }
";
    finds(
        ruleset,
        document,
        expect![[r#"
        api.yaml:1:1 /a warning[r] `a` must be truthy: not missing, empty or false
        api.yaml:1:6 /a/b.c warning[r] `b.c` does not match `^.$`
        api.yaml:1:13 /a/b.c warning[r] `b.c` must be truthy: not missing, empty or false
        api.yaml:1:31 /a/d/e/0/f warning[r] `f` must be truthy: not missing, empty or false
    "#]],
    );
}

#[test]
fn formats_and_aliases_follow_the_version() {
    let ruleset = "\
aliases:
  Operation:
    targets:
      - { formats: [aas2], given: '$.channels.*[publish,subscribe]' }
      - { formats: [aas3], given: ['$.operations.*'] }
  Tags: ['#Operation.tags.*']
rules:
  op: { given: '#Operation', then: { field: summary, function: truthy } }
  tag: { given: '#Tags', then: { field: description, function: truthy } }
  only-2: { formats: [aas2_6], given: $, then: { field: id, function: truthy } }
  other: { formats: [oas3], given: $, then: { field: id, function: truthy } }
";
    finds(
        ruleset,
        "asyncapi: 2.6.0\nchannels: { a: { publish: { tags: [{ name: x }] } } }\n",
        expect![[r#"
            api.yaml:1:1  warning[only-2] `id` must be truthy: not missing, empty or false
            api.yaml:2:18 /channels/a/publish warning[op] `publish.summary` must be truthy: not missing, empty or false
            api.yaml:2:36 /channels/a/publish/tags/0 warning[tag] `0.description` must be truthy: not missing, empty or false
        "#]],
    );
    finds(
        ruleset,
        "asyncapi: 3.0.0\noperations: { a: { tags: [{ name: x }] } }\n",
        expect![[r#"
            api.yaml:2:15 /operations/a warning[op] `a.summary` must be truthy: not missing, empty or false
            api.yaml:2:27 /operations/a/tags/0 warning[tag] `0.description` must be truthy: not missing, empty or false
        "#]],
    );
}

#[test]
fn extended_files_are_merged_and_overrides_are_heeded() {
    let files = [
        (
            "/doc/base.yaml",
            "\
documentationUrl: https://example.com/base
rules:
  a: { severity: error, given: $, then: { field: a, function: truthy } }
  b: { given: $, then: { field: b, function: truthy } }
  c: { recommended: false, given: $, then: { field: c, function: truthy } }
",
        ),
        (
            "/doc/rules.yaml",
            "\
extends: [[base.yaml, all]]
rules:
  a: info
  b: { given: $, then: { field: other, function: truthy } }
  d: { given: $.info.*, then: { function: falsy } }
  e: { given: $, then: { field: e, function: truthy } }
overrides:
  - files: ['v2/**']
    rules: { e: off, a: warn }
  - files: ['**/*.yaml#/info/title']
    rules: { d: error }
  - files: ['**/*.yaml#/info/version']
    rules: { d: off }
  - files: ['*.json']
    rules: { b: off }
",
        ),
        (
            "/doc/v2/api.yaml",
            "asyncapi: 3.0.0\ninfo: { title: a, version: '1', description: b }\n",
        ),
    ];
    let case = case(&files);
    assert_eq!(shown(&case.loaded.document, &case.loaded.problems), "");
    let found = case.loaded.ruleset.on(&case.document).check();
    expect![[r#"
        api.yaml:1:1  warning[a] `a` must be truthy: not missing, empty or false
        api.yaml:1:1  warning[b] `other` must be truthy: not missing, empty or false
        api.yaml:1:1  warning[c] `c` must be truthy: not missing, empty or false
        api.yaml:2:16 /info/title error[d] `title` must be falsy: missing, empty or false
        api.yaml:2:46 /info/description warning[d] `description` must be falsy: missing, empty or false
    "#]].assert_eq(&shown(&case.document, &found));
    let url = crate::ruleset::documentation_url(found[0].rule);
    assert_eq!(url, Some("https://example.com/base#a"));
}

#[test]
fn names_of_spectral_stand_for_rules_of_ours() {
    says(
        "rules: { tags-missing: error, asyncapi-tags: off, asyncapi2-tags-uniqueness: warn }",
        "2.6.0",
        expect![[r#"
            tag-duplicate: warning
            tags-missing: error
        "#]],
    );
    says(
        "rules: { asyncapi-tags: off, asyncapi-3-tags: hint, asyncapi-info-license-url: true }",
        "3.0.0",
        expect![[r#"
            info-license-url-missing: warning
            tags-missing: info
        "#]],
    );
    says(
        "extends: [[spectral:asyncapi, off]]\nrules: { asyncapi-servers: error, asyncapi-schema: warn }",
        "2.6.0",
        expect![[r#"
            address-parameter-undefined: off
            avro-schema-invalid: off
            channel-address-has-query: off
            channel-parameter-empty: off
            channel-parameter-unused: off
            channel-server-undefined: off
            channel-trailing-slash: off
            component-unused: off
            duplicate-message-id: off
            duplicate-operation-id: off
            enum-mismatch: warning
            enum-value-duplicate: warning
            field-missing: warning
            field-not-allowed: warning
            field-unknown: warning
            format-mismatch: warning
            info-contact-incomplete: off
            info-contact-missing: off
            info-description-missing: off
            info-license-missing: off
            info-license-url-missing: off
            item-duplicate: warning
            message-example-invalid: off
            operation-id-missing: off
            runtime-expression-invalid: warning
            schema-default-invalid: off
            schema-example-invalid: off
            schema-format-unknown: off
            schema-pattern-invalid: off
            security-scheme-undefined: off
            security-scope-undefined: off
            server-trailing-slash: off
            server-variable-empty: off
            server-variable-undefined: off
            server-variable-unused: off
            servers-missing: error
            tag-duplicate: off
            tags-missing: off
            type-mismatch: warning
            value-out-of-range: warning
            version-not-latest: off
        "#]],
    );
    says(
        "extends: spectral:asyncapi\nrules: { asyncapi-server-security: off, asyncapi-latest-version: off }",
        "2.6.0",
        expect![[r#"
            address-parameter-undefined: error
            avro-schema-invalid: error
            channel-address-has-query: warning
            channel-parameter-empty: warning
            channel-parameter-unused: error
            channel-server-undefined: error
            channel-trailing-slash: warning
            component-unused: warning
            duplicate-message-id: error
            duplicate-operation-id: error
            enum-mismatch: error
            enum-value-duplicate: error
            field-missing: error
            field-not-allowed: error
            field-unknown: error
            format-mismatch: error
            info-contact-incomplete: warning
            info-contact-missing: warning
            info-description-missing: warning
            info-license-missing: warning
            info-license-url-missing: off
            item-duplicate: error
            message-example-invalid: error
            operation-id-missing: error
            runtime-expression-invalid: error
            schema-default-invalid: error
            schema-example-invalid: error
            schema-format-unknown: info
            schema-pattern-invalid: error
            security-scheme-undefined: error
            security-scope-undefined: error
            server-trailing-slash: warning
            server-variable-empty: warning
            server-variable-undefined: error
            server-variable-unused: error
            servers-missing: warning
            tag-duplicate: error
            tags-missing: warning
            type-mismatch: error
            value-out-of-range: error
            version-not-latest: off
        "#]],
    );
}

#[test]
fn a_rule_of_the_same_name_replaces_ours() {
    let ruleset = "extends: spectral:asyncapi\nrules:\n  asyncapi-tags: { given: $, then: { field: x, function: truthy } }\n";
    let case = case(&[
        ("/doc/rules.yaml", ruleset),
        ("/doc/api.yaml", "asyncapi: 2.6.0\n"),
    ]);
    let applied = case.loaded.ruleset.on(&case.document);
    assert_eq!(applied.severities()["tags-missing"], None);
    assert!(
        applied
            .check()
            .iter()
            .any(|found| found.rule.id == "asyncapi-tags")
    );
}

#[test]
fn the_patterns_of_spectral_asyncapi_are_right() {
    let settings = Settings {
        loader: Arc::new(MemoryLoader::new([(
            "/doc/rules.yaml",
            include_str!("../asyncapi.yaml"),
        )])),
        ..Settings::default()
    };
    let loaded = load(Path::new("/doc/rules.yaml"), &settings).expect("a ruleset");
    assert_eq!(shown(&loaded.document, &loaded.problems), "");
    finds(
        "extends: [[spectral:asyncapi, all]]",
        "\
asyncapi: 3.0.0
info: { title: a, version: '1', tags: [{ name: b }, { name: a, description: x }] }
servers: { a: { host: api.example.com } }
channels: { a: { messages: { m: { headers: { type: string } } }, parameters: { p: {} } } }
operations: { o: { action: send } }
",
        expect![[r#"
            api.yaml:2:33 /info/tags warning[asyncapi-3-tags-alphabetical] tags do not stand in alphabetical order (`b` belongs behind `a`)
            api.yaml:2:40 /info/tags/0 warning[asyncapi-3-tag-description] a tag has no description (`0.description` must be truthy: not missing, empty or false)
            api.yaml:3:23 /servers/a/host warning[asyncapi-3-server-not-example-com] the address of a server points to example.com (`api.example.com` must not match `example\.com`)
            api.yaml:4:52 /channels/a/messages/m/headers/type error[asyncapi-3-headers-schema-type-object] the schema of headers does not say `type: object` (`"string"` is not `"object"`)
            api.yaml:4:80 /channels/a/parameters/p warning[asyncapi-parameter-description] a parameter has no description (`p.description` must be truthy: not missing, empty or false)
            api.yaml:5:15 /operations/o warning[asyncapi-3-operation-description] an operation has no description (`o.description` must be truthy: not missing, empty or false)
        "#]],
    );
}
