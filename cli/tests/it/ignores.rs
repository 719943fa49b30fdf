//! Findings that a document says to leave out: not shown, but counted, and told where a format has a word for it.
use crate::support::Place;

/// What these documents lack is not what this is about.
const QUIET: &str = "[rules]
governance = 'off'
";

const TEXT: &str = "asyncapi: 3.1.0
info: { title: a, version: '1', verzion: 1 } # tidings-ignore field-unknown: for the old portal
channels: {}
components:
  # tidings-ignore component-unused: shared with other documents
  schemas:
    A: {}
    B: {}
x-a: 1 # tidings-ignore tag-duplicate: long mended
";

fn place() -> Place {
    let place = Place::new();
    place.write("tidings.toml", QUIET);
    place.write("a.yaml", TEXT);
    place
}

#[test]
fn ignored_findings_are_not_shown_and_unused_ignores_are() {
    let place = place();
    let run = place.run(&["validate", "--format", "concise", "a.yaml"]);
    assert_eq!(
        run.out,
        "a.yaml:9:25: warning[ignore-unused] there is no finding of `tag-duplicate` to ignore here\n"
    );
    assert_eq!(run.code, 0);
    let official = place.run(&[
        "validate",
        "--profile",
        "official",
        "--format",
        "concise",
        "a.yaml",
    ]);
    assert_eq!(official.out, "");
    let text = place.run(&["validate", "a.yaml"]).out;
    let summary = text.lines().last().expect("a summary");
    assert!(
        summary.ends_with("1 warning, `--fix` mends 1, 3 ignored or known to the baseline"),
        "{summary}"
    );
}

#[test]
fn json_counts_them_and_sarif_tells_why() {
    let place = place();
    let json = place
        .run(&["validate", "--format", "json", "a.yaml"])
        .json();
    assert_eq!(json["documents"][0]["ignored"], 3);
    assert_eq!(json["documents"][0]["baselined"], 0);
    assert_eq!(json["documents"][0]["valid"], true);
    let log = place
        .run(&["validate", "--format", "sarif", "a.yaml"])
        .json();
    let results = log["runs"][0]["results"].as_array().expect("results");
    let reasons: Vec<_> = results
        .iter()
        .filter_map(|result| {
            let suppression = &result["suppressions"][0];
            assert!(suppression.is_null() || suppression["kind"] == "inSource");
            Some((
                result["ruleId"].as_str()?,
                suppression["justification"].as_str()?,
            ))
        })
        .collect();
    assert_eq!(
        reasons,
        [
            ("field-unknown", "for the old portal"),
            ("component-unused", "shared with other documents"),
            ("component-unused", "shared with other documents"),
        ]
    );
    assert_eq!(results.len(), 4);
}

#[test]
fn ignores_of_a_second_file_are_its_own() {
    let place = Place::new();
    place.write("tidings.toml", QUIET);
    place.write(
        "a.yaml",
        "asyncapi: 3.1.0\ninfo: { title: a, version: '1' }\n# tidings-ignore enum-mismatch: not here\n\
         channels: { c: { address: c, messages: { m: { payload: { $ref: b.json } } } } }\n",
    );
    place.write(
        "b.json",
        r#"{ "type": "strin", "x-tidings-ignore": { "enum-mismatch": "of the old kind" } }"#,
    );
    let run = place.run(&["validate", "--format", "concise", "a.yaml"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.out.matches("ignore-unused").count(), 1, "{}", run.out);
    assert_eq!(run.out.lines().count(), 1, "{}", run.out);
}

#[test]
fn what_cannot_be_read_cannot_be_ignored() {
    let place = Place::new();
    place.write(
        "a.yaml",
        "# tidings-ignore-file syntax-error: no\nasyncapi: [\n",
    );
    let run = place.run(&["validate", "--format", "concise", "a.yaml"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("error[syntax-error]"), "{}", run.out);
}
