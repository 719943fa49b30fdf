//! What is wrong with a ruleset is said at its place, and the rest still runs.
use std::path::Path;

use expect_test::expect;
use tidings_document::Settings;

use super::{case, function, load, mistakes, shown};

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
            rules.yaml:1:13  error[syntax-error] the bracket `[` opens here and is not closed (write `]` where it ends)
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
            rules.yaml:5:5 /extends/3 error[reference-remote] `https://example.com/rules.yaml` is not read: remote references are off (fetch it with `--allow-remote example.com` if you trust that host, or keep a copy and name it with `--map https://example.com/rules.yaml=FILE`)
            rules.yaml:6:5 /extends/4 error[reference-unresolved] `./gone.yaml` does not exist (the path begins in the folder of the file in which the reference stands)
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

#[test]
fn rulesets_that_extend_each_other_over_and_over_end() {
    let files: Vec<_> = (0..20)
        .map(|at| {
            let next = at + 1;
            let text = format!("extends: [r{next}.yaml, r{next}.yaml]\nrules: {{}}");
            (format!("/doc/r{at}.yaml"), text)
        })
        .collect();
    let mut files: Vec<_> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    files.extend([
        ("/doc/r20.yaml", "rules: {}"),
        ("/doc/rules.yaml", "extends: r0.yaml"),
        ("/doc/api.yaml", "asyncapi: 3.0.0"),
    ]);
    let found = case(&files).loaded.problems;
    assert!(
        found
            .iter()
            .all(|found| found.message.ends_with("extend each other too often"))
    );
    assert!(!found.is_empty() && found.len() < 50, "{}", found.len());
}
