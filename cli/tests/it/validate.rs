//! `tidings validate`.
use crate::support::Place;
use expect_test::expect;

const FAULTY: &str = "\
asyncapi: 3.0.0
info:
  title: Grüße
  verison: 1.0.0
  description: Greets.
  contact: { name: x, url: 'https://example.com', email: x@example.com }
  license: { name: MIT }
  tags: [{ name: x }]
channels: {}
id: urn:example:greetings
defaultContentType: application/json
servers: { x: { host: x, protocol: mqtt } }
";

#[test]
fn our_own_documents_have_neither_errors_nor_warnings() {
    let place = Place::new();
    let specs: Vec<_> = place
        .files()
        .into_iter()
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    assert!(specs.len() >= 5, "{specs:?}");
    let mut arguments = vec!["validate", "--format", "json"];
    arguments.extend(specs.iter().map(String::as_str));
    let run = place.run(&arguments);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    for document in run.json()["documents"].as_array().expect("a list") {
        assert_eq!(
            (&document["errors"], &document["warnings"]),
            (&0.into(), &0.into()),
            "{document}"
        );
    }
}

#[test]
fn a_finding_is_shown_in_its_line_with_help() {
    let place = Place::new();
    place.write("faulty.yaml", FAULTY);
    let run = place.run(&["validate", "faulty.yaml"]);
    assert_eq!(run.code, 1);
    expect![[r#"
        error[field-missing]: `info` must have `version`
         --> faulty.yaml:3:3
          |
        3 |   title: Grüße
          |   ^^^^^^^^^^^^
          |
          = help: add `version`
          = see: tidings explain field-missing

        error[field-unknown]: `info` has no field `verison`
         --> faulty.yaml:4:3
          |
        4 |   verison: 1.0.0
          |   ^^^^^^^
          |
          = help: did you mean `version`?
          = see: tidings explain field-unknown

        faulty.yaml: invalid (AsyncAPI 3.0.0, 0 channels, 0 operations, 0 messages): 2 errors, `--fix` mends 1; 1 warning and 1 note not shown, `--profile strict` shows them
    "#]].assert_eq(&run.out);
}

#[test]
fn the_json_form_is_the_promised_one() {
    let place = Place::new();
    place.write("faulty.yaml", FAULTY);
    let run = place.run(&[
        "validate",
        "--format",
        "json",
        "faulty.yaml",
        "specs/orders.asyncapi.yaml",
    ]);
    assert_eq!(run.code, 1);
    expect![[r#"
        {
          "tool": {
            "name": "tidings",
            "version": "0.1.0"
          },
          "documents": [
            {
              "path": "faulty.yaml",
              "version": "3.0.0",
              "valid": false,
              "errors": 2,
              "warnings": 0,
              "infos": 0,
              "ignored": 0,
              "baselined": 0
            },
            {
              "path": "specs/orders.asyncapi.yaml",
              "version": "3.0.0",
              "valid": true,
              "errors": 0,
              "warnings": 0,
              "infos": 0,
              "ignored": 0,
              "baselined": 0
            }
          ],
          "diagnostics": [
            {
              "rule": "field-missing",
              "severity": "error",
              "message": "`info` must have `version`",
              "path": "faulty.yaml",
              "pointer": "/info",
              "range": {
                "start": {
                  "line": 3,
                  "column": 3,
                  "offset": 24
                },
                "end": {
                  "line": 3,
                  "column": 15,
                  "offset": 38
                }
              },
              "help": "add `version`",
              "related": [],
              "codes": [
                "asyncapi-document-resolved"
              ],
              "docs": "docs/rules.md#field-missing",
              "official": [
                {
                  "code": "asyncapi-document-resolved",
                  "pointer": "/info"
                }
              ]
            },
            {
              "rule": "field-unknown",
              "severity": "error",
              "message": "`info` has no field `verison`",
              "path": "faulty.yaml",
              "pointer": "/info/verison",
              "range": {
                "start": {
                  "line": 4,
                  "column": 3,
                  "offset": 41
                },
                "end": {
                  "line": 4,
                  "column": 10,
                  "offset": 48
                }
              },
              "help": "did you mean `version`?",
              "related": [],
              "codes": [
                "asyncapi-document-resolved"
              ],
              "docs": "docs/rules.md#field-unknown",
              "fix": {
                "title": "write `version`",
                "edits": [
                  {
                    "path": "faulty.yaml",
                    "range": {
                      "start": {
                        "line": 4,
                        "column": 3,
                        "offset": 41
                      },
                      "end": {
                        "line": 4,
                        "column": 10,
                        "offset": 48
                      }
                    },
                    "text": "version"
                  }
                ]
              },
              "official": [
                {
                  "code": "asyncapi-document-resolved",
                  "pointer": "/info/verison"
                }
              ]
            }
          ]
        }
    "#]]
    .assert_eq(&run.out);
}

#[test]
fn a_bad_file_does_not_hide_the_others() {
    let place = Place::new();
    let run = place.run(&["validate", "nowhere.yaml", "specs/orders.asyncapi.yaml"]);
    assert_eq!(run.code, 2);
    assert!(
        run.out.contains("specs/orders.asyncapi.yaml: valid"),
        "{}",
        run.out
    );
    assert!(run.err.contains("nowhere.yaml"), "{}", run.err);
}

#[test]
fn a_dash_reads_standard_input() {
    let place = Place::new();
    let run = place.run_with_input(&["validate", "-"], FAULTY.as_bytes());
    assert_eq!(run.code, 1);
    assert!(run.out.contains("<stdin>:4:3"), "{}", run.out);
}

#[test]
fn strict_holds_all_that_other_profiles_do() {
    let place = Place::new();
    let count = |profile: &str| {
        let run = place.run(&[
            "validate",
            "--profile",
            profile,
            "--format",
            "json",
            "specs/orders.asyncapi.yaml",
        ]);
        run.json()["diagnostics"].as_array().expect("a list").len()
    };
    assert!(count("official") <= count("strict") && count("recommended") <= count("strict"));
}
