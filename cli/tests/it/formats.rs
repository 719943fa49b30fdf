//! Each output format of `tidings validate` on the same small set: a valid document, one with defects in itself and in a second file, and
//! one that cannot be read.
use crate::support::{Place, Run};
use expect_test::{Expect, expect};
use serde_json::Value;
use std::collections::HashSet;

const FORMATS: [&str; 8] = [
    "text", "concise", "json", "sarif", "junit", "github", "gitlab", "spectral",
];

const FILES: [&str; 3] = ["good.yaml", "./bad/grüße.yaml", "nowhere.yaml"];

fn place() -> Place {
    let place = Place::new();
    place.write(
        "good.yaml",
        "asyncapi: 3.1.0\ninfo: { title: x, version: '1' }\nchannels: {}\n",
    );
    place.write(
        "bad/grüße.yaml",
        "asyncapi: 3.0.0\ninfo: { title: Grüße 🎉, verison: 1.0.0,\n  x-team: a }\nchannels: {}\n\
         components: { messages: { M: { payload: { oneOf: [{ $ref: 'a, b.yaml#/Order' }] } } } }\n",
    );
    place.write("bad/a, b.yaml", "Order:\n  type: strin\n");
    place
}

fn validate(place: &Place, arguments: &[&str]) -> Run {
    place.run(&[&["validate"], arguments, &FILES].concat())
}

#[track_caller]
fn check(format: &str, expected: &Expect) -> Run {
    let run = validate(&place(), &["--format", format]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert_eq!(run.err, "error: `nowhere.yaml` does not exist\n");
    expected.assert_eq(&run.out);
    run
}

#[test]
fn text() {
    check(
        "text",
        &expect![[r#"
            info[version-not-latest]: version `3.0.0` is not the latest of the specification
             --> ./bad/grüße.yaml:1:11
              |
            1 | asyncapi: 3.0.0
              |           ^^^^^
              |
              = help: the latest is `3.1.0`

            error[field-missing]: `info` must have `version`
             --> ./bad/grüße.yaml:2:7
              |
            2 | info: { title: Grüße 🎉, verison: 1.0.0,
              |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

            error[field-unknown]: `info` has no field `verison`
             --> ./bad/grüße.yaml:2:25
              |
            2 | info: { title: Grüße 🎉, verison: 1.0.0,
              |                          ^^^^^^^
              |
              = help: did you mean `version`?

            info[component-unused]: nothing refers to `#/components/messages/M`
             --> ./bad/grüße.yaml:5:27
              |
            5 | components: { messages: { M: { payload: { oneOf: [{ $ref: 'a, b.yaml#/Order' }] } } } }
              |                           ^
              |
              = help: remove it, or refer to it

            error[enum-mismatch]: `type` may not be `strin`
             --> bad/a, b.yaml:2:9
              |
            2 |   type: strin
              |         ^^^^^
              |
             ::: ./bad/grüße.yaml:5:59
              |
            5 | components: { messages: { M: { payload: { oneOf: [{ $ref: 'a, b.yaml#/Order' }] } } } }
              |                                                           ------------------ `bad/a, b.yaml` is referred to here
              |
              = help: did you mean `string`?

            good.yaml: valid (AsyncAPI 3.1.0, 0 channels, 0 operations, 0 messages)
            ./bad/grüße.yaml: invalid (AsyncAPI 3.0.0, 0 channels, 0 operations, 1 message): 3 errors, 2 notes
            nowhere.yaml: unreadable
        "#]],
    );
}

#[test]
fn concise() {
    check(
        "concise",
        &expect![[r#"
            ./bad/grüße.yaml:1:11: info[version-not-latest] version `3.0.0` is not the latest of the specification
            ./bad/grüße.yaml:2:7: error[field-missing] `info` must have `version`
            ./bad/grüße.yaml:2:25: error[field-unknown] `info` has no field `verison`
            ./bad/grüße.yaml:5:27: info[component-unused] nothing refers to `#/components/messages/M`
            bad/a, b.yaml:2:9: error[enum-mismatch] `type` may not be `strin`
            nowhere.yaml:1:1: error[file-unreadable] `nowhere.yaml` does not exist
        "#]],
    );
}

#[test]
fn json() {
    check(
        "json",
        &expect![[r#"
            {
              "tool": {
                "name": "tidings",
                "version": "0.1.0"
              },
              "documents": [
                {
                  "path": "good.yaml",
                  "version": "3.1.0",
                  "valid": true,
                  "errors": 0,
                  "warnings": 0,
                  "infos": 0
                },
                {
                  "path": "./bad/grüße.yaml",
                  "version": "3.0.0",
                  "valid": false,
                  "errors": 3,
                  "warnings": 0,
                  "infos": 2
                },
                {
                  "path": "nowhere.yaml",
                  "version": null,
                  "valid": false,
                  "errors": 1,
                  "warnings": 0,
                  "infos": 0
                }
              ],
              "diagnostics": [
                {
                  "rule": "version-not-latest",
                  "severity": "info",
                  "message": "version `3.0.0` is not the latest of the specification",
                  "path": "./bad/grüße.yaml",
                  "pointer": "/asyncapi",
                  "range": {
                    "start": {
                      "line": 1,
                      "column": 11,
                      "offset": 10
                    },
                    "end": {
                      "line": 1,
                      "column": 16,
                      "offset": 15
                    }
                  },
                  "help": "the latest is `3.1.0`",
                  "related": [],
                  "codes": [
                    "asyncapi-latest-version"
                  ]
                },
                {
                  "rule": "field-missing",
                  "severity": "error",
                  "message": "`info` must have `version`",
                  "path": "./bad/grüße.yaml",
                  "pointer": "/info",
                  "range": {
                    "start": {
                      "line": 2,
                      "column": 7,
                      "offset": 22
                    },
                    "end": {
                      "line": 2,
                      "column": 40,
                      "offset": 60
                    }
                  },
                  "related": [],
                  "codes": [
                    "asyncapi-document-resolved"
                  ]
                },
                {
                  "rule": "field-unknown",
                  "severity": "error",
                  "message": "`info` has no field `verison`",
                  "path": "./bad/grüße.yaml",
                  "pointer": "/info/verison",
                  "range": {
                    "start": {
                      "line": 2,
                      "column": 25,
                      "offset": 45
                    },
                    "end": {
                      "line": 2,
                      "column": 32,
                      "offset": 52
                    }
                  },
                  "help": "did you mean `version`?",
                  "related": [],
                  "codes": [
                    "asyncapi-document-resolved"
                  ]
                },
                {
                  "rule": "component-unused",
                  "severity": "info",
                  "message": "nothing refers to `#/components/messages/M`",
                  "path": "./bad/grüße.yaml",
                  "pointer": "/components/messages/M",
                  "range": {
                    "start": {
                      "line": 5,
                      "column": 27,
                      "offset": 114
                    },
                    "end": {
                      "line": 5,
                      "column": 28,
                      "offset": 115
                    }
                  },
                  "help": "remove it, or refer to it",
                  "related": [],
                  "codes": [
                    "asyncapi-unused-component"
                  ]
                },
                {
                  "rule": "enum-mismatch",
                  "severity": "error",
                  "message": "`type` may not be `strin`",
                  "path": "bad/a, b.yaml",
                  "pointer": "/Order/type",
                  "range": {
                    "start": {
                      "line": 2,
                      "column": 9,
                      "offset": 15
                    },
                    "end": {
                      "line": 2,
                      "column": 14,
                      "offset": 20
                    }
                  },
                  "help": "did you mean `string`?",
                  "related": [
                    {
                      "path": "./bad/grüße.yaml",
                      "range": {
                        "start": {
                          "line": 5,
                          "column": 59,
                          "offset": 146
                        },
                        "end": {
                          "line": 5,
                          "column": 77,
                          "offset": 164
                        }
                      },
                      "message": "`bad/a, b.yaml` is referred to here"
                    }
                  ],
                  "codes": [
                    "asyncapi-document-resolved"
                  ]
                },
                {
                  "rule": "file-unreadable",
                  "severity": "error",
                  "message": "`nowhere.yaml` does not exist",
                  "path": "nowhere.yaml",
                  "pointer": "",
                  "range": {
                    "start": {
                      "line": 1,
                      "column": 1,
                      "offset": 0
                    },
                    "end": {
                      "line": 1,
                      "column": 1,
                      "offset": 0
                    }
                  },
                  "related": [],
                  "codes": []
                }
              ]
            }
        "#]],
    );
}

#[test]
fn sarif() {
    let mut log = validate(&place(), &["--format", "sarif"]).json();
    let run = &mut log["runs"][0];
    let rules = std::mem::take(&mut run["tool"]["driver"]["rules"]);
    let rules = rules.as_array().expect("a list");
    for rule in rules {
        for text in ["shortDescription", "fullDescription", "help"] {
            let text = rule[text]["text"].as_str();
            assert!(text.is_some_and(|text| !text.is_empty()), "{rule}");
        }
        assert!(rule["defaultConfiguration"]["level"].is_string());
    }
    for result in run["results"].as_array().expect("a list") {
        let at = usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("small");
        assert_eq!(result["ruleId"], rules[at]["id"]);
        assert!(result["partialFingerprints"]["tidings/v1"].is_string());
    }
    // What rules say of themselves is not what this is about.
    expect![[r#"
        {
          "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
          "version": "2.1.0",
          "runs": [
            {
              "tool": {
                "driver": {
                  "name": "tidings",
                  "semanticVersion": "0.1.0",
                  "rules": null
                }
              },
              "invocations": [
                {
                  "executionSuccessful": false
                }
              ],
              "originalUriBaseIds": {
                "%SRCROOT%": {
                  "description": {
                    "text": "The root of the repository."
                  }
                }
              },
              "columnKind": "unicodeCodePoints",
              "results": [
                {
                  "ruleId": "version-not-latest",
                  "ruleIndex": 5,
                  "level": "note",
                  "message": {
                    "text": "version `3.0.0` is not the latest of the specification (the latest is `3.1.0`)"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "bad/gr%C3%BC%C3%9Fe.yaml",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 1,
                          "startColumn": 11,
                          "endLine": 1,
                          "endColumn": 16
                        }
                      },
                      "logicalLocations": [
                        {
                          "fullyQualifiedName": "/asyncapi"
                        }
                      ]
                    }
                  ],
                  "partialFingerprints": {
                    "tidings/v1": "ab6efd6b498d5241e9a47e9f1424efdb"
                  }
                },
                {
                  "ruleId": "field-missing",
                  "ruleIndex": 2,
                  "level": "error",
                  "message": {
                    "text": "`info` must have `version`"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "bad/gr%C3%BC%C3%9Fe.yaml",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 2,
                          "startColumn": 7,
                          "endLine": 2,
                          "endColumn": 40
                        }
                      },
                      "logicalLocations": [
                        {
                          "fullyQualifiedName": "/info"
                        }
                      ]
                    }
                  ],
                  "partialFingerprints": {
                    "tidings/v1": "425ad82f341113e9240157947ef996f1"
                  }
                },
                {
                  "ruleId": "field-unknown",
                  "ruleIndex": 3,
                  "level": "error",
                  "message": {
                    "text": "`info` has no field `verison` (did you mean `version`?)"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "bad/gr%C3%BC%C3%9Fe.yaml",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 2,
                          "startColumn": 25,
                          "endLine": 2,
                          "endColumn": 32
                        }
                      },
                      "logicalLocations": [
                        {
                          "fullyQualifiedName": "/info/verison"
                        }
                      ]
                    }
                  ],
                  "partialFingerprints": {
                    "tidings/v1": "d5c57bf6c28215927fd9c8433b319561"
                  }
                },
                {
                  "ruleId": "component-unused",
                  "ruleIndex": 0,
                  "level": "note",
                  "message": {
                    "text": "nothing refers to `#/components/messages/M` (remove it, or refer to it)"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "bad/gr%C3%BC%C3%9Fe.yaml",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 5,
                          "startColumn": 27,
                          "endLine": 5,
                          "endColumn": 28
                        }
                      },
                      "logicalLocations": [
                        {
                          "fullyQualifiedName": "/components/messages/M"
                        }
                      ]
                    }
                  ],
                  "partialFingerprints": {
                    "tidings/v1": "8b906db2895ec892f03dda5629abc335"
                  }
                },
                {
                  "ruleId": "enum-mismatch",
                  "ruleIndex": 1,
                  "level": "error",
                  "message": {
                    "text": "`type` may not be `strin` (did you mean `string`?)"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "bad/a%2C%20b.yaml",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 2,
                          "startColumn": 9,
                          "endLine": 2,
                          "endColumn": 14
                        }
                      },
                      "logicalLocations": [
                        {
                          "fullyQualifiedName": "/Order/type"
                        }
                      ]
                    }
                  ],
                  "partialFingerprints": {
                    "tidings/v1": "8e17944d8bdf95659ce71e4c1925664f"
                  },
                  "relatedLocations": [
                    {
                      "id": 0,
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "bad/gr%C3%BC%C3%9Fe.yaml",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 5,
                          "startColumn": 59,
                          "endLine": 5,
                          "endColumn": 77
                        }
                      },
                      "message": {
                        "text": "`bad/a, b.yaml` is referred to here"
                      }
                    }
                  ]
                },
                {
                  "ruleId": "file-unreadable",
                  "ruleIndex": 4,
                  "level": "error",
                  "message": {
                    "text": "`nowhere.yaml` does not exist"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "nowhere.yaml",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 1,
                          "startColumn": 1,
                          "endLine": 1,
                          "endColumn": 1
                        }
                      }
                    }
                  ],
                  "partialFingerprints": {
                    "tidings/v1": "c652fca410437cc22787ce6a8e309d00"
                  }
                }
              ]
            }
          ]
        }
    "#]].assert_eq(&(serde_json::to_string_pretty(&log).expect("JSON") + "\n"));
}

#[test]
fn junit() {
    let run = check(
        "junit",
        &expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites>
              <testsuite name="good.yaml" id="0" package="asyncapi" timestamp="1970-01-01T00:00:00" hostname="localhost" time="0" tests="1" failures="0" errors="0">
                <properties/>
                <testcase name="validate" classname="good.yaml" time="0"/>
                <system-out></system-out>
                <system-err/>
              </testsuite>
              <testsuite name="./bad/grüße.yaml" id="1" package="asyncapi" timestamp="1970-01-01T00:00:00" hostname="localhost" time="0" tests="3" failures="3" errors="0">
                <properties/>
                <testcase name="field-missing at ./bad/grüße.yaml:2:7" classname="./bad/grüße.yaml" time="0">
                  <failure type="field-missing" message="`info` must have `version`">./bad/grüße.yaml:2:7: error[field-missing] `info` must have `version`</failure>
                </testcase>
                <testcase name="field-unknown at ./bad/grüße.yaml:2:25" classname="./bad/grüße.yaml" time="0">
                  <failure type="field-unknown" message="`info` has no field `verison` (did you mean `version`?)">./bad/grüße.yaml:2:25: error[field-unknown] `info` has no field `verison`</failure>
                </testcase>
                <testcase name="enum-mismatch at bad/a, b.yaml:2:9" classname="./bad/grüße.yaml" time="0">
                  <failure type="enum-mismatch" message="`type` may not be `strin` (did you mean `string`?)">bad/a, b.yaml:2:9: error[enum-mismatch] `type` may not be `strin`</failure>
                </testcase>
                <system-out>./bad/grüße.yaml:1:11: info[version-not-latest] version `3.0.0` is not the latest of the specification
            ./bad/grüße.yaml:5:27: info[component-unused] nothing refers to `#/components/messages/M`</system-out>
                <system-err/>
              </testsuite>
              <testsuite name="nowhere.yaml" id="2" package="asyncapi" timestamp="1970-01-01T00:00:00" hostname="localhost" time="0" tests="1" failures="0" errors="1">
                <properties/>
                <testcase name="file-unreadable at nowhere.yaml:1:1" classname="nowhere.yaml" time="0">
                  <error type="file-unreadable" message="`nowhere.yaml` does not exist">nowhere.yaml:1:1: error[file-unreadable] `nowhere.yaml` does not exist</error>
                </testcase>
                <system-out></system-out>
                <system-err/>
              </testsuite>
            </testsuites>
        "#]],
    );
    has_the_shape_of_junit(&run.out);
    let all = validate(&place(), &["--format", "junit", "--fail-on", "info"]);
    has_the_shape_of_junit(&all.out);
    assert_eq!(run.out.matches("<failure").count(), 3);
    assert_eq!(all.out.matches("<failure").count(), 5);
}

/// What the schemas of Ant and of Jenkins ask for alike.
fn has_the_shape_of_junit(text: &str) {
    let report = roxmltree::Document::parse(text).expect("XML");
    let root = report.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    assert_eq!(root.attributes().len(), 0);
    for (id, suite) in root.children().filter(|node| node.is_element()).enumerate() {
        let attributes: HashSet<_> = suite.attributes().map(|it| it.name()).collect();
        let expected = [
            "name",
            "package",
            "id",
            "timestamp",
            "hostname",
            "time",
            "tests",
            "failures",
            "errors",
        ];
        assert_eq!(attributes, expected.into());
        assert_eq!(suite.attribute("id"), Some(id.to_string().as_str()));
        let parts: Vec<_> = suite
            .children()
            .filter(|node| node.is_element())
            .map(|node| node.tag_name().name())
            .collect();
        let cases = parts.iter().filter(|name| **name == "testcase").count();
        let mut order = vec!["properties"];
        order.extend(vec!["testcase"; cases]);
        order.extend(["system-out", "system-err"]);
        assert_eq!(parts, order);
        let count = |name: &str| {
            let found = suite.descendants().filter(|node| node.has_tag_name(name));
            Some(found.count().to_string())
        };
        let stated = |name: &str| suite.attribute(name).map(str::to_owned);
        assert_eq!(stated("tests"), count("testcase"));
        assert_eq!(stated("failures"), count("failure"));
        assert_eq!(stated("errors"), count("error"));
        for case in suite
            .children()
            .filter(|node| node.has_tag_name("testcase"))
        {
            for name in ["name", "classname", "time"] {
                assert!(case.attribute(name).is_some_and(|value| !value.is_empty()));
            }
            let results: Vec<_> = case.children().filter(|node| node.is_element()).collect();
            assert!(results.len() <= 1);
            assert!(results.iter().all(|result| result.has_attribute("type")));
        }
    }
}

#[test]
fn github() {
    check(
        "github",
        &expect![[r#"
            ::notice file=bad/grüße.yaml,line=1,col=11,endLine=1,endColumn=16,title=tidings%3A version-not-latest::./bad/grüße.yaml:1:11: version `3.0.0` is not the latest of the specification (the latest is `3.1.0`)
            ::error file=bad/grüße.yaml,line=2,col=7,endLine=2,endColumn=40,title=tidings%3A field-missing::./bad/grüße.yaml:2:7: `info` must have `version`
            ::error file=bad/grüße.yaml,line=2,col=25,endLine=2,endColumn=32,title=tidings%3A field-unknown::./bad/grüße.yaml:2:25: `info` has no field `verison` (did you mean `version`?)
            ::notice file=bad/grüße.yaml,line=5,col=27,endLine=5,endColumn=28,title=tidings%3A component-unused::./bad/grüße.yaml:5:27: nothing refers to `#/components/messages/M` (remove it, or refer to it)
            ::error file=bad/a%2C b.yaml,line=2,col=9,endLine=2,endColumn=14,title=tidings%3A enum-mismatch::bad/a, b.yaml:2:9: `type` may not be `strin` (did you mean `string`?)
            ::error file=nowhere.yaml,line=1,col=1,endLine=1,endColumn=1,title=tidings%3A file-unreadable::nowhere.yaml:1:1: `nowhere.yaml` does not exist
        "#]],
    );
}

#[test]
fn gitlab() {
    let run = check(
        "gitlab",
        &expect![[r#"
            [
              {
                "description": "version `3.0.0` is not the latest of the specification (the latest is `3.1.0`)",
                "check_name": "version-not-latest",
                "fingerprint": "ab6efd6b498d5241e9a47e9f1424efdb",
                "severity": "info",
                "location": {
                  "path": "bad/grüße.yaml",
                  "lines": {
                    "begin": 1,
                    "end": 1
                  }
                }
              },
              {
                "description": "`info` must have `version`",
                "check_name": "field-missing",
                "fingerprint": "425ad82f341113e9240157947ef996f1",
                "severity": "major",
                "location": {
                  "path": "bad/grüße.yaml",
                  "lines": {
                    "begin": 2,
                    "end": 2
                  }
                }
              },
              {
                "description": "`info` has no field `verison` (did you mean `version`?)",
                "check_name": "field-unknown",
                "fingerprint": "d5c57bf6c28215927fd9c8433b319561",
                "severity": "major",
                "location": {
                  "path": "bad/grüße.yaml",
                  "lines": {
                    "begin": 2,
                    "end": 2
                  }
                }
              },
              {
                "description": "nothing refers to `#/components/messages/M` (remove it, or refer to it)",
                "check_name": "component-unused",
                "fingerprint": "8b906db2895ec892f03dda5629abc335",
                "severity": "info",
                "location": {
                  "path": "bad/grüße.yaml",
                  "lines": {
                    "begin": 5,
                    "end": 5
                  }
                }
              },
              {
                "description": "`type` may not be `strin` (did you mean `string`?)",
                "check_name": "enum-mismatch",
                "fingerprint": "8e17944d8bdf95659ce71e4c1925664f",
                "severity": "major",
                "location": {
                  "path": "bad/a, b.yaml",
                  "lines": {
                    "begin": 2,
                    "end": 2
                  }
                }
              },
              {
                "description": "`nowhere.yaml` does not exist",
                "check_name": "file-unreadable",
                "fingerprint": "c652fca410437cc22787ce6a8e309d00",
                "severity": "major",
                "location": {
                  "path": "nowhere.yaml",
                  "lines": {
                    "begin": 1,
                    "end": 1
                  }
                }
              }
            ]
        "#]],
    );
    let issues = run.json();
    let issues = issues.as_array().expect("a list");
    let prints: HashSet<_> = issues
        .iter()
        .map(|issue| issue["fingerprint"].as_str().expect("a text").to_owned())
        .collect();
    assert_eq!(prints.len(), issues.len());
}

#[test]
fn spectral() {
    check(
        "spectral",
        &expect![[r#"
            [
              {
                "code": "asyncapi-latest-version",
                "path": [
                  "asyncapi"
                ],
                "message": "version `3.0.0` is not the latest of the specification",
                "severity": 2,
                "range": {
                  "start": {
                    "line": 0,
                    "character": 10
                  },
                  "end": {
                    "line": 0,
                    "character": 15
                  }
                },
                "source": "bad/grüße.yaml"
              },
              {
                "code": "asyncapi-document-resolved",
                "path": [
                  "info"
                ],
                "message": "`info` must have `version`",
                "severity": 0,
                "range": {
                  "start": {
                    "line": 1,
                    "character": 6
                  },
                  "end": {
                    "line": 1,
                    "character": 40
                  }
                },
                "source": "bad/grüße.yaml"
              },
              {
                "code": "asyncapi-document-resolved",
                "path": [
                  "info",
                  "verison"
                ],
                "message": "`info` has no field `verison`",
                "severity": 0,
                "range": {
                  "start": {
                    "line": 1,
                    "character": 25
                  },
                  "end": {
                    "line": 1,
                    "character": 32
                  }
                },
                "source": "bad/grüße.yaml"
              },
              {
                "code": "asyncapi-unused-component",
                "path": [
                  "components",
                  "messages",
                  "M"
                ],
                "message": "nothing refers to `#/components/messages/M`",
                "severity": 2,
                "range": {
                  "start": {
                    "line": 4,
                    "character": 26
                  },
                  "end": {
                    "line": 4,
                    "character": 27
                  }
                },
                "source": "bad/grüße.yaml"
              },
              {
                "code": "asyncapi-document-resolved",
                "path": [
                  "Order",
                  "type"
                ],
                "message": "`type` may not be `strin`",
                "severity": 0,
                "range": {
                  "start": {
                    "line": 1,
                    "character": 8
                  },
                  "end": {
                    "line": 1,
                    "character": 13
                  }
                },
                "source": "bad/a, b.yaml"
              },
              {
                "code": "file-unreadable",
                "path": [],
                "message": "`nowhere.yaml` does not exist",
                "severity": 0,
                "range": {
                  "start": {
                    "line": 0,
                    "character": 0
                  },
                  "end": {
                    "line": 0,
                    "character": 0
                  }
                },
                "source": "nowhere.yaml"
              }
            ]
        "#]],
    );
}

#[test]
fn fingerprints_stay_while_lines_move() {
    let prints = |place: &Place| -> Vec<Value> {
        let issues = validate(place, &["--format", "gitlab"]).json();
        let issues = issues.as_array().expect("a list");
        issues.iter().map(|it| it["fingerprint"].clone()).collect()
    };
    let place = place();
    let before = prints(&place);
    let text = std::fs::read_to_string(place.path().join("bad/grüße.yaml")).expect("read");
    place.write("bad/grüße.yaml", format!("# one\n\n# two\n{text}"));
    assert_eq!(prints(&place), before);
}

#[test]
fn equal_findings_have_fingerprints_of_their_own() {
    let place = Place::new();
    place.write(
        "x.yaml",
        "asyncapi: 3.1.0\nasyncapi: 3.1.0\nasyncapi: 3.1.0\ninfo: { title: x, version: '1' }\n",
    );
    let issues = place
        .run(&["validate", "--format", "gitlab", "x.yaml"])
        .json();
    let issues = issues.as_array().expect("a list");
    assert!(issues.len() >= 2, "{issues:?}");
    let prints: HashSet<_> = issues
        .iter()
        .map(|it| it["fingerprint"].to_string())
        .collect();
    assert_eq!(prints.len(), issues.len());
}

#[test]
fn equal_runs_give_equal_bytes() {
    let place = place();
    for format in FORMATS {
        let [one, two] = [(); 2].map(|()| validate(&place, &["--format", format]));
        assert_eq!(one.out, two.out, "{format}");
    }
}

#[test]
fn several_formats_are_written_to_files() {
    let place = place();
    let printed = ["sarif", "junit", "text"].map(|format| validate(&place, &["--format", format]));
    let outputs = ["sarif=out/a.sarif", "junit=out/a.xml", "text=a.txt"];
    let arguments: Vec<_> = outputs
        .iter()
        .flat_map(|output| ["--output", output])
        .collect();
    let run = validate(&place, &[&arguments[..], &["--format", "concise"]].concat());
    assert_eq!(run.code, 2);
    assert!(
        run.out.starts_with("./bad/grüße.yaml:1:11: info["),
        "{}",
        run.out
    );
    for (name, printed) in ["out/a.sarif", "out/a.xml", "a.txt"].iter().zip(printed) {
        let written = std::fs::read_to_string(place.path().join(name)).expect("written");
        assert_eq!(written, printed.out);
    }
}

#[test]
fn outputs_are_written_whole_or_not_at_all() {
    let place = place();
    let before = place.files();
    let run = validate(
        &place,
        &["--output", "json=a.json", "--output", "sarif=specs"],
    );
    assert_eq!(run.code, 2);
    assert!(run.err.contains("`specs`: it is a folder"), "{}", run.err);
    assert!(run.out.contains("good.yaml: valid"), "{}", run.out);
    assert_eq!(place.files(), before);
}

#[test]
fn a_document_is_not_written_over() {
    let place = place();
    let run = validate(&place, &["--output", "json=bad/a, b.yaml"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("is part of the document"), "{}", run.err);
}

#[test]
fn what_is_no_file_is_written_to() {
    let run = validate(&place(), &["--output", "json=/dev/null"]);
    assert_eq!((run.code, run.err.lines().count()), (2, 1), "{}", run.err);
}

#[test]
fn outputs_that_make_no_sense_are_refused() {
    for (arguments, words) in [
        (&["--output", "x.sarif"][..], "there is no `=`"),
        (
            &["--output", "yaml=x"],
            "no format `yaml`; there are text, concise",
        ),
        (&["--output", "json=-"], "`--format` is for standard output"),
        (&["--output", "json=x", "--output", "text=x"], "two outputs"),
    ] {
        let run = validate(&place(), arguments);
        assert_eq!(run.code, 2);
        assert!(run.err.contains(words), "{}", run.err);
    }
}

#[test]
fn a_job_of_github_gets_annotations_from_the_root_of_its_repository() {
    let place = place();
    place.write("service/x.yaml", "asyncapi: 3.1.0\n");
    let root = place.path().display().to_string();
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_WORKSPACE", root.as_str()),
    ];
    let run = |arguments: &[&str]| {
        let arguments = [&["validate", "service/x.yaml"], arguments].concat();
        place.run_with(&arguments, b"", &variables)
    };
    let annotations = run(&[]);
    let start = "::error file=service/x.yaml,line=1,col=1,";
    assert!(annotations.out.starts_with(start), "{}", annotations.out);
    assert!(run(&["--format", "text"]).out.starts_with("error["));
    let mut below = std::process::Command::new(env!("CARGO_BIN_EXE_tidings"));
    let below = below
        .args(["validate", "x.yaml"])
        .current_dir(place.path().join("service"))
        .envs(variables)
        .output()
        .expect("it runs");
    assert!(String::from_utf8_lossy(&below.stdout).starts_with(start));
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let place = place();
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let arguments = [&["validate", "good.yaml", "--fail-on", "info"], arguments].concat();
        let run = place.run_with(&arguments, b"", variables);
        run.out.contains('\u{1b}')
    };
    place.write("good.yaml", "asyncapi: 3.0.0\n");
    assert!(!run(&[], &[]));
    assert!(run(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!run(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!run(&["--color", "always", "--format", "concise"], &[]));
}

#[test]
fn very_many_findings_in_one_line_take_no_longer_in_any_format() {
    let fields: String = (0..20_000).map(|at| format!(",\"k{at}\":\"🎉\"")).collect();
    let place = Place::new();
    let text = format!(
        "{{\"asyncapi\":\"3.1.0\",\"info\":{{\"title\":\"x\",\"version\":\"1\"}}{fields}}}"
    );
    place.write("x.json", text);
    let begin = std::time::Instant::now();
    for format in FORMATS {
        let run = place.run(&["validate", "--format", format, "x.json"]);
        assert_eq!(run.code, 1);
    }
    assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
}
