//! The baseline: what was known is not shown, what is new is, and what is gone is told.
use crate::support::Place;

/// What these documents lack is not what this is about.
const QUIET: &str = "[rules]
default-content-type-missing = 'off'
id-missing = 'off'
servers-missing = 'off'
tags-missing = 'off'
info-contact-missing = 'off'
info-description-missing = 'off'
info-license-missing = 'off'
";

const TEXT: &str = "asyncapi: 3.1.0
info: { title: a, version: '1', verzion: 1 }
channels: {}
components: { schemas: { A: {} } }
";

fn place() -> Place {
    let place = Place::new();
    place.write("tidings.toml", QUIET);
    place.write("api/a.yaml", TEXT);
    place
}

fn written(place: &Place) -> String {
    std::fs::read_to_string(place.path().join("known.json")).expect("a baseline")
}

#[test]
fn what_is_written_is_sorted_and_hides_what_was_found() {
    let place = place();
    let run = place.run(&[
        "validate",
        "--write-baseline",
        "known.json",
        "--format",
        "concise",
        "api",
    ]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    assert_eq!(run.err, "note: wrote 2 finding(s) to known.json\n");
    assert_eq!(
        written(&place),
        "{
  \"version\": 1,
  \"findings\": [
    {\"file\":\"api/a.yaml\",\"rule\":\"component-unused\",\"pointer\":\"/components/schemas/A\",\"message\":\"nothing refers to `#/components/schemas/A`\"},
    {\"file\":\"api/a.yaml\",\"rule\":\"field-unknown\",\"pointer\":\"/info/verzion\",\"message\":\"`info` has no field `verzion`\"}
  ]
}
"
    );
    // Lines that move and findings that are new.
    let moved = TEXT.replace("channels: {}\n", "# more\nchanels: {}\n");
    place.write("api/a.yaml", moved);
    let run = place.run(&[
        "validate",
        "--baseline",
        "known.json",
        "--format",
        "concise",
        "api",
    ]);
    assert_eq!(run.code, 1);
    assert_eq!(
        run.out,
        "api/a.yaml:4:1: error[field-unknown] the document has no field `chanels`\n"
    );
    assert_eq!(run.err, "");
}

#[test]
fn what_is_needed_no_longer_is_told_and_dropped() {
    let place = place();
    place.run(&["validate", "--write-baseline", "known.json", "api"]);
    place.write("api/a.yaml", TEXT.replace(", verzion: 1", ""));
    place.write("other/b.yaml", TEXT);
    let run = place.run(&["validate", "--baseline", "known.json", "api"]);
    assert_eq!(run.code, 0);
    assert_eq!(
        run.err,
        "note: known.json: 1 entry is needed no longer; `--write-baseline known.json` drops what is not\n"
    );
    let official = [
        "validate",
        "--profile",
        "official",
        "--baseline",
        "known.json",
        "other",
    ];
    assert_eq!(
        place.run(&official).err,
        "",
        "other files and rules are not judged"
    );
    // Entries of other files stay.
    place.run(&["validate", "--write-baseline", "known.json", "other"]);
    assert_eq!(written(&place).matches("api/a.yaml").count(), 2);
    place.run(&["validate", "--write-baseline", "known.json", "api"]);
    assert_eq!(written(&place).matches("api/a.yaml").count(), 1);
    assert_eq!(written(&place).matches("other/b.yaml").count(), 2);
}

#[test]
fn rules_of_a_ruleset_that_is_not_given_are_not_judged() {
    let place = place();
    let ruleset = "rules: {no-info: {given: $.info, then: {function: falsy}}}";
    place.write("style.yaml", ruleset);
    let write = ["validate", "--write-baseline", "known.json", "api"];
    place.run(&[write.as_slice(), &["--ruleset", "style.yaml"]].concat());
    assert!(written(&place).contains("\"no-info\""));
    let check = ["validate", "--baseline", "known.json", "api"];
    assert_eq!(place.run(&check).err, "");
    place.write("style.yaml", ruleset.replace("falsy", "truthy"));
    let now = place.run(&[check.as_slice(), &["--ruleset", "style.yaml"]].concat());
    assert!(now.err.contains("needed no longer"), "{}", now.err);
}

#[test]
fn a_file_of_two_documents_counts_once() {
    let place = Place::new();
    for name in ["a.yaml", "b.yaml"] {
        place.write(
            name,
            "asyncapi: 3.1.0\ninfo: { title: a, version: '1' }\n\
             channels: { c: { address: c, messages: { m: { payload: { $ref: s.json } } } } }\n",
        );
    }
    place.write("s.json", r#"{ "type": "strin" }"#);
    place.run(&[
        "validate",
        "--write-baseline",
        "known.json",
        "a.yaml",
        "b.yaml",
    ]);
    assert_eq!(written(&place).matches("s.json").count(), 1);
    for files in [&["a.yaml"][..], &["a.yaml", "b.yaml"]] {
        let run = place.run(&[&["validate", "--baseline", "known.json"], files].concat());
        assert_eq!((run.code, run.err.as_str()), (0, ""));
    }
}

#[test]
fn reports_tell_what_is_known() {
    let place = place();
    place.run(&["validate", "--write-baseline", "known.json", "api"]);
    place.write(
        "tidings.toml",
        format!("[validate]\nbaseline = 'known.json'\n{QUIET}"),
    );
    let json = place.run(&["validate", "--format", "json", "api"]).json();
    assert_eq!(json["documents"][0]["baselined"], 2);
    assert_eq!(json["diagnostics"].as_array().map(Vec::len), Some(0));
    let log = place.run(&["validate", "--format", "sarif", "api"]).json();
    for result in log["runs"][0]["results"].as_array().expect("results") {
        assert_eq!(result["suppressions"][0]["kind"], "external");
        assert_eq!(result["baselineState"], "unchanged");
    }
}

#[test]
fn what_is_no_baseline_is_refused() {
    let place = place();
    place.write("known.json", "[]");
    for arguments in [
        &["--baseline", "known.json"][..],
        &["--write-baseline", "known.json"],
        &["--write-baseline", "api/a.yaml"],
    ] {
        let run = place.run(&[&["validate"], arguments, &["api"]].concat());
        assert_eq!(run.code, 2, "{arguments:?} {}", run.err);
    }
    let text = std::fs::read_to_string(place.path().join("api/a.yaml")).expect("there");
    assert_eq!(text, TEXT);
    place.write("a.yaml", "asyncapi: [\n");
    let run = place.run(&["validate", "--write-baseline", "new.json", "a.yaml"]);
    assert_eq!(run.code, 1, "what cannot be read stays an error");
}
