//! Rulesets as their users see them: what their rules find, what is wrong with them, what they say about our rules.
use std::{path::Path, sync::Arc};

use expect_test::{Expect, expect};
use tidings_document::{Diagnostic, Document, MemoryLoader, Settings, open};

use super::{Loaded, load};

/// A ruleset with files beside it, and a document; by name.
struct Case {
    loaded: Loaded,
    document: Document,
}

#[track_caller]
fn case(files: &[(&str, &str)]) -> Case {
    let settings = Settings {
        loader: Arc::new(MemoryLoader::new(files.iter().copied())),
        ..Settings::default()
    };
    let document = ["/doc/api.yaml", "/doc/v2/api.yaml"];
    let document = document
        .iter()
        .find_map(|name| open(Path::new(name), &settings).ok());
    Case {
        loaded: load(Path::new("/doc/rules.yaml"), &settings).expect("a ruleset"),
        document: document.expect("a document").0,
    }
}

fn shown(document: &Document, found: &[Diagnostic]) -> String {
    let line = |found: &Diagnostic| {
        let sources = document.sources();
        let start = sources.range(found.span).start;
        let file = sources
            .path(found.span.file)
            .file_name()
            .unwrap_or_default();
        let help = found.help.iter().map(|help| format!(" ({help})"));
        format!(
            "{}:{}:{} {} {}[{}] {}{}\n",
            file.display(),
            start.line,
            start.column,
            document.pointer_at(found.span),
            found.severity.as_str(),
            found.rule.id,
            found.message,
            help.collect::<String>(),
        )
    };
    found.iter().map(line).collect()
}

#[track_caller]
fn finds(ruleset: &str, document: &str, expect: Expect) {
    let case = case(&[("/doc/rules.yaml", ruleset), ("/doc/api.yaml", document)]);
    let problems = shown(&case.loaded.document, &case.loaded.problems);
    assert_eq!(problems, "", "the ruleset is right");
    let found = case.loaded.ruleset.on(&case.document).check();
    expect.assert_eq(&shown(&case.document, &found));
}

#[track_caller]
fn mistakes(files: &[(&str, &str)], expect: Expect) {
    let files: Vec<_> = files
        .iter()
        .copied()
        .chain([("/doc/api.yaml", "asyncapi: 3.0.0")])
        .collect();
    let case = case(&files);
    expect.assert_eq(&shown(&case.loaded.document, &case.loaded.problems));
}

#[track_caller]
fn says(ruleset: &str, version: &str, expect: Expect) {
    let document = format!("asyncapi: {version}\n");
    let case = case(&[("/doc/rules.yaml", ruleset), ("/doc/api.yaml", &document)]);
    assert_eq!(case.loaded.problems, []);
    let severities = case.loaded.ruleset.on(&case.document).severities();
    let line = |(id, severity): (&&str, &Option<tidings_document::Severity>)| {
        format!(
            "{id}: {}\n",
            severity.map_or("off", tidings_document::Severity::as_str)
        )
    };
    expect.assert_eq(&severities.iter().map(line).collect::<String>());
}

/// A rule for one function, with its options.
fn function(given: &str, field: &str, function: &str, options: &str) -> String {
    let options = match options {
        "" => String::new(),
        options => format!(", functionOptions: {options}"),
    };
    let field = match field {
        "" => String::new(),
        field => format!("field: '{field}', "),
    };
    format!(
        "rules:\n  r:\n    given: {given}\n    then: {{ {field}function: {function}{options} }}\n"
    )
}

const VALUES: &str = "\
asyncapi: 3.0.0
x:
  none: null
  no: false
  zero: 0
  empty: ''
  text: abc
  list: [c, a, b]
  object: { b: 1, a: 2 }
";

#[test]
fn truthy_falsy_defined_and_undefined_see_values_as_javascript_does() {
    finds(
        &function("$.x.*", "", "truthy", ""),
        VALUES,
        expect![[r#"
        api.yaml:3:9 /x/none warning[r] `none` must be truthy: not missing, empty or false
        api.yaml:4:7 /x/no warning[r] `no` must be truthy: not missing, empty or false
        api.yaml:5:9 /x/zero warning[r] `zero` must be truthy: not missing, empty or false
        api.yaml:6:10 /x/empty warning[r] `empty` must be truthy: not missing, empty or false
    "#]],
    );
    finds(
        &function("$.x.*", "", "falsy", ""),
        VALUES,
        expect![[r#"
        api.yaml:7:9 /x/text warning[r] `text` must be falsy: missing, empty or false
        api.yaml:8:3 /x/list warning[r] `list` must be falsy: missing, empty or false
        api.yaml:9:3 /x/object warning[r] `object` must be falsy: missing, empty or false
    "#]],
    );
    let each = |name, fields: &[&str]| {
        let thens = fields
            .iter()
            .map(|field| format!("      - {{ field: {field}, function: {name} }}\n"));
        format!(
            "rules:\n  r:\n    given: $.x\n    then:\n{}",
            thens.collect::<String>()
        )
    };
    finds(
        &each("defined", &["none", "gone", "object.gone.more"]),
        VALUES,
        expect![[r#"
            api.yaml:2:1 /x warning[r] `x.gone` must be defined
            api.yaml:9:3 /x/object warning[r] `object.gone.more` must be defined
        "#]],
    );
    finds(
        &each("undefined", &["none", "gone", "text"]),
        VALUES,
        expect![[r#"
            api.yaml:3:9 /x/none warning[r] `none` must not be defined
            api.yaml:7:9 /x/text warning[r] `text` must not be defined
        "#]],
    );
}

#[test]
fn length_counts_signs_items_and_keys_and_takes_numbers_as_they_are() {
    finds(
        &function("$.x.*", "", "length", "{ min: 1, max: 2 }"),
        VALUES,
        expect![[r#"
            api.yaml:5:9 /x/zero warning[r] `zero` must have a length of at least 1, not 0
            api.yaml:6:10 /x/empty warning[r] `empty` must have a length of at least 1, not 0
            api.yaml:7:9 /x/text warning[r] `text` must have a length of at most 2, not 3
            api.yaml:8:3 /x/list warning[r] `list` must have a length of at most 2, not 3
        "#]],
    );
}

#[test]
fn enumeration_compares_scalars() {
    finds(
        &function("$.x.*", "", "enumeration", "{ values: [abc, 0.0, null] }"),
        VALUES,
        expect![[r#"
            api.yaml:4:7 /x/no warning[r] `false` is none of `"abc"`, `0.0`, `null`
            api.yaml:6:10 /x/empty warning[r] `""` is none of `"abc"`, `0.0`, `null`
        "#]],
    );
}

#[test]
fn pattern_takes_flags_and_its_opposite() {
    let document = "a: [Abc, abc, xyz, 1]\n";
    finds(
        &function(
            "$.a[*]",
            "",
            "pattern",
            "{ match: '/^a/i', notMatch: 'c$' }",
        ),
        document,
        expect![[r#"
            api.yaml:1:5 /a/0 warning[r] `Abc` must not match `c$`
            api.yaml:1:10 /a/1 warning[r] `abc` must not match `c$`
            api.yaml:1:15 /a/2 warning[r] `xyz` does not match `/^a/i`
        "#]],
    );
}

#[test]
fn casing_is_of_keys_too() {
    let document = "channels: { order-placed: {}, orderPlaced: {}, Order2: {} }\n";
    finds(
        &function("$.channels", "@key", "casing", "{ type: camel }"),
        document,
        expect![[r#"
            api.yaml:1:13 /channels/order-placed warning[r] `order-placed` is not in camel case
            api.yaml:1:48 /channels/Order2 warning[r] `Order2` is not in camel case
        "#]],
    );
}

#[test]
fn alphabetical_names_the_first_that_stands_wrong() {
    finds(
        &function("$.x[list,object]", "", "alphabetical", ""),
        VALUES,
        expect![[r#"
            api.yaml:8:10 /x/list/0 warning[r] `c` belongs behind `a`
            api.yaml:9:16 /x/object/b warning[r] `b` belongs behind `a`
        "#]],
    );
    let tags = "tags: [{ name: b }, { name: a }]\n";
    finds(
        &function("$", "tags", "alphabetical", "{ keyedBy: name }"),
        tags,
        expect![[r#"
            api.yaml:1:1 /tags warning[r] `b` belongs behind `a`
        "#]],
    );
    finds(
        &function("$", "tags", "alphabetical", ""),
        tags,
        expect![[r#"
            api.yaml:1:1 /tags warning[r] `tags` must hold numbers and texts to be put in order
        "#]],
    );
}

#[test]
fn or_and_xor_look_for_keys() {
    let document = "a: [{}, { x: 1 }, { x: 1, y: 2 }]\n";
    finds(
        &function("$.a.*", "", "or", "{ properties: [x, y] }"),
        document,
        expect![[r#"
            api.yaml:1:5 /a/0 warning[r] none of `x`, `y` is there
        "#]],
    );
    finds(
        &function("$.a.*", "", "xor", "{ properties: [x, y] }"),
        document,
        expect![[r#"
            api.yaml:1:5 /a/0 warning[r] none of `x`, `y` is there
            api.yaml:1:19 /a/2 warning[r] only one of `x`, `y` may be there
        "#]],
    );
}

#[test]
fn typed_enum_compares_values_with_the_type() {
    let document = "\
a: { type: integer, enum: [1, 1.5, x] }
b: { type: [string, 'null'], enum: [x, null, 1] }
c: { type: number, enum: [1, 2.5] }
";
    finds(
        &function("$.*", "", "typedEnum", ""),
        document,
        expect![[r#"
        api.yaml:1:31 /a/enum/1 warning[r] `1.5` is not of type `integer`
        api.yaml:1:36 /a/enum/2 warning[r] `"x"` is not of type `integer`
        api.yaml:2:46 /b/enum/2 warning[r] `1` is not of type `string`, `null`
    "#]],
    );
}

const REFERENCES: &str = "\
components:
  schemas:
    Used: { type: object, properties: { self: { $ref: '#/components/schemas/Used' } } }
    Unused: { type: string }
  messages:
    Order: { payload: { $ref: '#/components/schemas/Used' } }
channels:
  orders: { messages: { order: { $ref: '#/components/messages/Order' } } }
";

#[test]
fn unreferenced_objects_are_found() {
    let options = "{ reusableObjectsLocation: '#/components/schemas' }";
    let rule = function(
        "$.components.schemas",
        "",
        "unreferencedReusableObject",
        options,
    );
    finds(
        &rule,
        REFERENCES,
        expect![[r#"
        api.yaml:4:5 /components/schemas/Unused warning[r] `Unused` is referred to nowhere
    "#]],
    );
}

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
fn schemas_are_compiled_once_and_violations_have_their_places() {
    let options =
        "{ schema: { type: object, required: [type], properties: { type: { const: object } } } }";
    let rule = function("$.components.schemas.*", "", "schema", options);
    finds(
        &rule,
        REFERENCES,
        expect![[r#"
        api.yaml:4:21 /components/schemas/Unused/type warning[r] `"string"` is not `"object"`
    "#]],
    );
    let missing = function("$.components", "servers", "schema", options);
    finds(
        &missing,
        REFERENCES,
        expect![[r#"
        api.yaml:1:1 /components warning[r] `components.servers` must exist
    "#]],
    );
    let all = function(
        "$.components.schemas.Unused",
        "",
        "schema",
        "{ allErrors: true, schema: { required: [a, b] } }",
    );
    finds(
        &all,
        REFERENCES,
        expect![[r#"
        api.yaml:4:5 /components/schemas/Unused warning[r] property `a` is missing
        api.yaml:4:5 /components/schemas/Unused warning[r] property `b` is missing
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
    let url = super::documentation_url(found[0].rule);
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
            avro-type-undefined: off
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
            avro-type-undefined: error
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
            include_str!("asyncapi.yaml"),
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
            api.yaml:2:33 /info/tags warning[asyncapi-3-tags-alphabetical] tags stand in alphabetical order (`b` belongs behind `a`)
            api.yaml:2:40 /info/tags/0 warning[asyncapi-3-tag-description] a tag has a description (`0.description` must be truthy: not missing, empty or false)
            api.yaml:3:23 /servers/a/host warning[asyncapi-3-server-not-example-com] the address of a server does not point to example.com (`api.example.com` must not match `example\.com`)
            api.yaml:4:52 /channels/a/messages/m/headers/type error[asyncapi-3-headers-schema-type-object] the schema of headers says `type: object` (`"string"` is not `"object"`)
            api.yaml:4:80 /channels/a/parameters/p warning[asyncapi-parameter-description] a parameter has a description (`p.description` must be truthy: not missing, empty or false)
            api.yaml:5:15 /operations/o warning[asyncapi-3-operation-description] an operation has a description (`o.description` must be truthy: not missing, empty or false)
        "#]],
    );
}

#[test]
fn mistakes_have_places_and_suggestions() {
    mistakes(
        &[("/doc/rules.yaml", "\
extend: spectral:asyncapi
formats: [aas4]
aliases: { 1a: $, B: { target: [] }, C: ['#D'], D: ['#C'] }
parserOptions: { duplicateKeys: loud }
rules:
  no-then: { given: $ }
  keys: { given: $, thn: {}, then: { function: truthy, fields: x } }
  severity: warning
  severity2: { severity: 7, given: $, then: { function: truthy } }
  unknown-rule: off
  asyncapi-tag: off
  path: { given: ['$.a[?(@.b = 1)]', '#Nope', '#C', '$.a[-1]', 1], then: { function: truthy } }
  field: { given: $, then: { field: '$.a[', function: truthy } }
  function: { given: $, then: { function: truhty } }
  no-function: { given: $, then: { field: a } }
  message: { given: $, message: '{{name}}', then: { function: truthy } }
  options: { given: $, then: [{ function: truthy, functionOptions: {} }, { function: casing }, { function: casing, functionOptions: { type: camle } }] }
  options2: { given: $, then: [{ function: pattern, functionOptions: { match: '(' } }, { function: pattern, functionOptions: { mtch: a } }] }
  options3: { given: $, then: [{ function: length, functionOptions: {} }, { function: length, functionOptions: { min: a } }] }
  options4: { given: $, then: [{ function: xor, functionOptions: { properties: [a] } }, { function: enumeration, functionOptions: { values: [{}] } }] }
  options5: { given: $, then: { function: schema, functionOptions: { schema: { type: strin } } } }
  options6: { given: $, then: { function: schema, functionOptions: { schema: {}, dialect: draft5 } } }
  options7: { given: $, then: { function: unreferencedReusableObject, functionOptions: { reusableObjectsLocation: components } } }
  options8: { given: $, then: { function: casing, functionOptions: { type: camel, separator: { char: ab } } } }
overrides:
  - { rules: {} }
  - { files: ['#/info', '[', '**/*.yaml#/info'], rules: { path: { given: $, then: { function: truthy } } } }
")],
        expect![[r#"
            rules.yaml:1:1 /extend error[ruleset-invalid] `extend` is no part of a ruleset (did you mean `extends`?)
            rules.yaml:2:11 /formats/0 error[ruleset-invalid] `aas4` is no format (did you mean `aas2`?)
            rules.yaml:3:12 /aliases/1a error[ruleset-invalid] `1a` is no name of an alias (begin with a letter; then letters, digits, `_` and `-`)
            rules.yaml:3:19 /aliases/B error[ruleset-invalid] alias `B` has no list of `targets`
            rules.yaml:3:24 /aliases/B/target error[ruleset-invalid] `target` is no part of an alias (did you mean `targets`?)
            rules.yaml:4:33 /parserOptions/duplicateKeys error[ruleset-invalid] `loud` is no severity (there are `error`, `warn`, `info`, `hint`, `off` and 0 to 3)
            rules.yaml:6:3 /rules/no-then error[ruleset-invalid] rule `no-then` has no `then` (a rule is an object with `given` and `then`, or only a severity)
            rules.yaml:7:21 /rules/keys/thn error[ruleset-invalid] `thn` is no part of a rule (did you mean `then`?)
            rules.yaml:7:56 /rules/keys/then/fields warning[ruleset-invalid] `fields` means nothing in `then`
            rules.yaml:8:13 /rules/severity error[ruleset-invalid] `warning` is no severity (did you mean `warn`?)
            rules.yaml:9:26 /rules/severity2/severity error[ruleset-invalid] a rule is an object, a severity (`error`, `warn`, `info`, `hint`, `off`, 0 to 3), `true` or `false`, not number
            rules.yaml:10:3 /rules/unknown-rule error[ruleset-invalid] `unknown-rule` is no rule that could be switched (define it with `given` and `then`; `tidings rules` lists those that there are)
            rules.yaml:11:3 /rules/asyncapi-tag error[ruleset-invalid] `asyncapi-tag` is no rule that could be switched (did you mean `asyncapi-tags`?)
            rules.yaml:12:30 /rules/path/given/0 error[ruleset-invalid] `=` is not expected here, but `)`
            rules.yaml:12:38 /rules/path/given/1 error[ruleset-invalid] `Nope` is no alias of this ruleset
            rules.yaml:12:47 /rules/path/given/2 error[ruleset-invalid] alias `C` leads back to itself
            rules.yaml:12:53 /rules/path/given/3 warning[ruleset-invalid] `[-1]` matches nothing (write `[-1:]` for items counted from the end)
            rules.yaml:12:64 /rules/path/given/4 error[ruleset-invalid] `given` is a JSONPath, or a list of them, not number
            rules.yaml:13:42 /rules/field/then/field error[ruleset-invalid] the expression ends where a name, an index or `*` is expected
            rules.yaml:14:43 /rules/function/then/function error[ruleset-invalid] `truhty` is no function (did you mean `truthy`?)
            rules.yaml:15:34 /rules/no-function/then error[ruleset-invalid] a `then` of rule `no-function` has no `function`
            rules.yaml:16:33 /rules/message/message warning[ruleset-invalid] `{{name}}` stands for nothing in a message (there are `property`, `error`, `path`, `value`, `description`)
            rules.yaml:17:68 /rules/options/then/0/functionOptions error[ruleset-invalid] `truthy` takes no options
            rules.yaml:17:86 /rules/options/then/1/function error[ruleset-invalid] `casing` needs `functionOptions`: `type`, `disallowDigits`, `separator`
            rules.yaml:17:141 /rules/options/then/2/functionOptions/type error[ruleset-invalid] option `type` of `casing` is one of `flat`, `camel`, `pascal`, `kebab`, `cobol`, `snake`, `macro`
            rules.yaml:18:79 /rules/options2/then/0/functionOptions/match error[ruleset-invalid] `(` is not a regular expression
            rules.yaml:18:128 /rules/options2/then/1/functionOptions/mtch error[ruleset-invalid] `mtch` is no option of `pattern` (did you mean `match`?)
            rules.yaml:19:44 /rules/options3/then/0/function error[ruleset-invalid] `length` needs the option `min` or `max`
            rules.yaml:19:119 /rules/options3/then/1/functionOptions/min error[ruleset-invalid] option `min` of `length` is a number, not string
            rules.yaml:20:80 /rules/options4/then/0/functionOptions/properties error[ruleset-invalid] option `properties` of `xor` is a list of two names or more, not array
            rules.yaml:20:141 /rules/options4/then/1/functionOptions/values error[ruleset-invalid] option `values` of `enumeration` is a list of texts, numbers, booleans and `null`, not array
            rules.yaml:21:86 /rules/options5/then/functionOptions/schema/type error[ruleset-invalid] `"strin"` is not one of `"array"`, `"boolean"`, `"integer"`, `"null"`, `"number"`, `"object"`, `"string"` (the closest of 2 alternatives)
            rules.yaml:22:91 /rules/options6/then/functionOptions/dialect error[ruleset-invalid] option `dialect` of `schema` is one of `auto`, `draft4`, `draft6`, `draft7`, `draft2019-09`, `draft2020-12`
            rules.yaml:23:115 /rules/options7/then/functionOptions/reusableObjectsLocation error[ruleset-invalid] option `reusableObjectsLocation` of `unreferencedReusableObject` is a pointer such as `#/components/schemas`, not string
            rules.yaml:24:94 /rules/options8/then/functionOptions/separator error[ruleset-invalid] `separator` needs `char`, one sign
            rules.yaml:26:5 /overrides/0 error[ruleset-invalid] an override has a list of `files`, patterns such as `'v2/**/*.yaml'`
            rules.yaml:27:15 /overrides/1/files/0 error[ruleset-invalid] `#/info` names no file; begin with `**` for all
            rules.yaml:27:25 /overrides/1/files/1 error[ruleset-invalid] `[` is no pattern: invalid range pattern
            rules.yaml:27:59 /overrides/1/rules/path error[ruleset-invalid] `path` needs a severity: for places in files only that can be changed
        "#]],
    );
    mistakes(
        &[("/doc/rules.yaml", "[]")],
        expect![[r#"
        rules.yaml:1:1  error[ruleset-invalid] a ruleset is an object with `rules` or `extends`, not array
    "#]],
    );
    mistakes(
        &[("/doc/rules.yaml", "description: nothing")],
        expect![[r#"
        rules.yaml:1:1  error[ruleset-invalid] a ruleset has `extends`, `rules` or `overrides`, and this has none of them
    "#]],
    );
    mistakes(
        &[("/doc/rules.yaml", "rules: { a: [")],
        expect![[r#"
        rules.yaml:1:14  error[syntax-error] while parsing a node, did not find expected node content
    "#]],
    );
}

#[test]
fn what_cannot_be_extended_is_named_with_the_way_out() {
    mistakes(
        &[
            (
                "/doc/rules.yaml",
                "\
extends:
  - spectral:oas
  - '@company/ruleset'
  - ./rules.js
  - https://example.com/rules.yaml
  - ./gone.yaml
  - ../outside.yaml
  - [other.yaml, some]
  - other.yaml
  - 1
",
            ),
            ("/doc/other.yaml", "extends: [rules.yaml]\nrules: { x: of }"),
            ("/outside.yaml", "rules: {}"),
        ],
        expect![[r#"
            rules.yaml:2:5 /extends/0 error[ruleset-invalid] `spectral:oas` is not for AsyncAPI documents (extend `spectral:asyncapi`)
            rules.yaml:3:5 /extends/1 error[ruleset-invalid] `@company/ruleset` is a package of npm, and none is read (keep a copy of its ruleset as YAML or JSON and extend that file)
            rules.yaml:4:5 /extends/2 error[ruleset-invalid] `./rules.js` is a program, and none is run (write that ruleset as YAML or JSON)
            rules.yaml:5:5 /extends/3 error[reference-remote] `https://example.com/rules.yaml` is not read: remote references are off (keep a copy beside the document and refer to that)
            rules.yaml:6:5 /extends/4 error[reference-unresolved] `./gone.yaml` does not exist
            rules.yaml:7:5 /extends/5 error[reference-outside-root] `../outside.yaml` lies outside the folders that may be read (allow it with `--root /` if you trust the document)
            rules.yaml:8:18 /extends/6/1 error[ruleset-invalid] behind the name of a ruleset stands `all`, `recommended` or `off`
            rules.yaml:10:5 /extends/8 error[ruleset-invalid] `extends` is a name, or a list of a name and `all`, `recommended` or `off`, not number
            other.yaml:1:11 /extends/0 error[ruleset-invalid] `rules.yaml` leads back to itself (leave out one of the `extends`)
            other.yaml:2:13 /rules/x error[ruleset-invalid] `of` is no severity (did you mean `off`?)
        "#]],
    );
}

#[test]
fn javascript_is_named_and_the_rest_still_runs() {
    let ruleset = "\
functions: [check-names]
except: { 'a.yaml#/info': [names] }
rules:
  names: { given: $, then: { function: check-names } }
  servers: { given: $.channels, then: { function: asyncApi2ChannelServers } }
  ours: { given: $, then: [{ function: otherThing }, { field: info, function: truthy }] }
";
    mistakes(
        &[("/doc/rules.yaml", ruleset)],
        expect![[r#"
            rules.yaml:1:12 /functions error[ruleset-function-unsupported] functions in JavaScript are not run: check-names
            rules.yaml:2:1 /except error[ruleset-invalid] `except` is not read (write `overrides` with `files` and `rules` instead)
            rules.yaml:4:40 /rules/names/then/function error[ruleset-function-unsupported] rule `names` calls `check-names`, a function in JavaScript: that call is left out (say it with the core functions, such as `pattern` or `schema`)
            rules.yaml:5:51 /rules/servers/then/function error[ruleset-function-unsupported] rule `servers` calls `asyncApi2ChannelServers`, a function of Spectral's own rulesets: that call is left out (the rules of our own for this are `channel-server-undefined`; switch them by these names)
            rules.yaml:6:40 /rules/ours/then/0/function error[ruleset-function-unsupported] rule `ours` calls `otherThing`, which is no core function: that call is left out (there are alphabetical, casing, defined, enumeration, falsy, length, or, pattern, schema, truthy, typedEnum, undefined, unreferencedReusableObject, xor)
        "#]],
    );
    let case = case(&[
        ("/doc/rules.yaml", ruleset),
        ("/doc/api.yaml", "asyncapi: 3.0.0\n"),
    ]);
    let found = case.loaded.ruleset.on(&case.document).check();
    expect![[r#"
        api.yaml:1:1  warning[ours] `info` must be truthy: not missing, empty or false
    "#]]
    .assert_eq(&shown(&case.document, &found));
}

#[test]
fn programs_are_no_rulesets() {
    let error = load(Path::new(".spectral.js"), &Settings::default()).unwrap_err();
    expect!["`.spectral.js` is a program; write the ruleset as YAML or JSON"]
        .assert_eq(&error.to_string());
}

#[test]
fn rules_of_a_ruleset_that_is_loaded_again_are_kept_once() {
    let ruleset = function("$", "once", "truthy", "");
    let rule = || {
        let case = case(&[("/doc/rules.yaml", &ruleset), ("/doc/api.yaml", "a: 1")]);
        case.loaded.ruleset.on(&case.document).check()[0].rule
    };
    assert!(std::ptr::eq(rule(), rule()));
}

#[test]
fn too_many_places_end_a_rule_with_a_finding() {
    let ruleset = function("$.a.a.a.a.a.a.a.a.*.*.*.*.*.*.*.*.*.*.*", "", "falsy", "");
    let entries: String = (0..12)
        .map(|at| format!("  b{at}: {{ $ref: '#/a' }}\n"))
        .collect();
    let document = format!("a:\n  a: {{ $ref: '#/a' }}\n{entries}");
    let case = case(&[("/doc/rules.yaml", &ruleset), ("/doc/api.yaml", &document)]);
    let found = case.loaded.ruleset.on(&case.document).check();
    let said = found
        .iter()
        .filter(|found| found.message.contains("reaches too many places"));
    assert_eq!(said.count(), 1);
}
