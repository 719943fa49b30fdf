//! One finding a cause, the gravest first, and a last line that says what was found and what was left out.
use crate::support::Place;
use serde_json::Value;

/// A warning in two places, an error in three, a note.
const TEXT: &str = "asyncapi: 3.1.0
info: { title: a, version: '1' }
components:
  schemas:
    A: { type: string, nullable: true }
channels:
  a:
    address: a
    messages:
      m:
        payload:
          schemaFormat: application/vnd.google.protobuf;version=3
          schema: |
            syntax = \"proto2\";
            message R {
              optional float a = 1 [(rule) = \"x\"];
              optional float b = 2 [(rule) = \"x\"];
              optional float c = 3 [(rule) = \"x\"];
            }
      n:
        payload: { type: string, nullable: true }
";

fn place() -> Place {
    let place = Place::new();
    place.write("a.yaml", TEXT);
    place
}

fn titles(text: &str) -> Vec<&str> {
    let starts = ["error[", "warning[", "info["];
    let is_title = |line: &&str| starts.iter().any(|start| line.starts_with(start));
    text.lines().filter(is_title).collect()
}

/// Schemas that have no type of their own, in the same words, in two places.
const OPAQUE: &str = "asyncapi: 3.1.0
info: { title: a, version: '1' }
channels:
  a:
    address: a
    messages:
      m: { payload: { type: object, properties: { a: { enum: [1, x] }, b: { enum: [1, x] } } } }
";

#[test]
fn generate_tells_a_cause_once_with_its_places() {
    let place = Place::new();
    place.write("a.yaml", OPAQUE);
    let run = place.run(&["generate", "rust", "a.yaml", "-o", "out"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let titles = titles(&run.err);
    assert!(titles[0].ends_with(" (2 times)"), "{}", run.err);
    assert_eq!(titles.len(), 1, "{}", run.err);
    assert!(run.err.contains("= also: at 7:"), "{}", run.err);
    assert_eq!(run.err.matches("tidings explain").count(), 1);
}

#[test]
fn text_tells_a_cause_once_with_its_places_and_errors_first() {
    let run = place().run(&["validate", "a.yaml"]);
    let titles = titles(&run.out);
    assert_eq!(
        titles[..2],
        [
            "error[protobuf-schema-invalid]: name `rule` is not defined (3 times)",
            "warning[schema-keyword-ignored]: `nullable` is no keyword of AsyncAPI's dialect, which is draft-07 (2 times)",
        ]
    );
    assert!(titles[2..].iter().all(|title| title.starts_with("info[")));
    assert!(run.out.contains("= also: at 17:37, 18:37\n"), "{}", run.out);
    let summary = run.out.lines().last().expect("a summary");
    assert!(
        summary.contains(": 1 error in 3 places, 1 warning in 2 places, "),
        "{summary}"
    );
    assert_eq!(run.code, 1);
}

#[test]
fn of_very_many_places_some_are_named() {
    let place = Place::new();
    let schemas: String = (0..60)
        .map(|at| format!("    S{at}: {{ type: string, nullable: true }}\n"))
        .collect();
    let text = format!(
        "asyncapi: 3.1.0\ninfo: {{ title: a, version: '1' }}\ncomponents:\n  schemas:\n{schemas}"
    );
    place.write("a.yaml", text);
    let run = place.run(&["validate", "a.yaml"]);
    let also = "= also: at 6:25, 7:25, 8:25, and 56 more\n";
    assert!(run.out.contains(also), "{}", run.out);
}

#[test]
fn of_many_values_some_are_shown_and_json_has_all() {
    let place = Place::new();
    let values: Vec<String> = (0..40).map(|at| format!("v{at}")).collect();
    let values = values.join(", ");
    place.write(
        "a.yaml",
        format!("asyncapi: 3.1.0\ninfo: {{ title: a, version: '1' }}\ncomponents: {{ schemas: {{ A: {{ type: integer, enum: [{values}] }} }} }}\n"),
    );
    let run = place.run(&["validate", "a.yaml"]);
    let more = "= also: 35 more places, which `--format json` names\n";
    assert!(run.out.contains(more), "{}", run.out);
    assert_eq!(run.out.matches("neither is this").count(), 4);
    let json = place
        .run(&["validate", "--format", "json", "a.yaml"])
        .json();
    let found = json["diagnostics"].as_array().expect("a list").iter();
    let own: Vec<_> = found
        .filter(|found| found["rule"] == "enum-value-type-mismatch")
        .collect();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0]["related"].as_array().map(Vec::len), Some(39));
}

#[test]
fn other_files_are_named_with_their_places() {
    let place = Place::new();
    place.write("a.yaml", "asyncapi: 3.1.0\ninfo: { title: a, version: '1' }\nchannels:\n  a: { messages: { m: { payload: { nullable: true, properties: { a: { $ref: b.yaml } } } } } }\n");
    place.write("b.yaml", "type: string\nnullable: true\n");
    let run = place.run(&["validate", "a.yaml"]);
    assert!(run.out.contains("= also: at b.yaml:2:1\n"), "{}", run.out);
}

#[test]
fn formats_for_programs_keep_every_place() {
    let place = place();
    let run = |format| place.run(&["validate", "--format", format, "a.yaml"]);
    let json = run("json").json();
    let of = |rule: &str| {
        let found = json["diagnostics"].as_array().expect("a list").iter();
        found.filter(|found| found["rule"] == rule).count()
    };
    assert_eq!(of("protobuf-schema-invalid"), 3);
    assert_eq!(of("schema-keyword-ignored"), 2);
    assert_eq!(json["documents"][0]["errors"], 3);
    let sarif = run("sarif").json();
    let results = sarif["runs"][0]["results"].as_array().expect("a list");
    let prints = results.iter().map(|found| &found["partialFingerprints"]);
    let prints: std::collections::HashSet<String> = prints.map(Value::to_string).collect();
    assert_eq!(prints.len(), results.len());
    let protobuf = |found: &&Value| found["ruleId"] == "protobuf-schema-invalid";
    assert_eq!(results.iter().filter(protobuf).count(), 3);
    assert_eq!(run("junit").out.matches("<testcase ").count(), 3);
    let issues = run("gitlab").json();
    assert_eq!(issues.as_array().map(Vec::len), Some(results.len()));
    assert_eq!(run("concise").out.lines().count(), results.len());
}

#[test]
fn annotations_have_one_of_each_cause_first_and_all_places() {
    let run = place().run(&["validate", "--format", "github", "a.yaml"]);
    let kinds = run.out.lines().map(|line| {
        let (kind, rest) = line[2..].split_once(' ').expect("a command");
        let rule = rest.split("tidings%3A ").nth(1).expect("a title");
        (kind, rule.split("::").next().expect("a rule"))
    });
    let kinds: Vec<_> = kinds.collect();
    let (error, warning) = (
        ("error", "protobuf-schema-invalid"),
        ("warning", "schema-keyword-ignored"),
    );
    assert_eq!(kinds[..2], [error, warning]);
    let count = |of| kinds.iter().filter(|kind| **kind == of).count();
    assert_eq!((count(error), count(warning)), (3, 2), "{kinds:?}");
}

#[test]
fn one_place_can_be_ignored_or_known_and_the_others_stay() {
    let place = place();
    let known = &["validate", "a.yaml", "--write-baseline", "known.json"];
    place.run(known);
    let more = TEXT.replace(
        "optional float c = 3 [(rule) = \"x\"];",
        "optional float c = 3 [(rule) = \"x\"]; optional float d = 4 [(rule) = \"x\"];",
    );
    place.write("a.yaml", more);
    let run = place.run(&["validate", "a.yaml", "--baseline", "known.json"]);
    assert_eq!(
        titles(&run.out),
        ["error[protobuf-schema-invalid]: name `rule` is not defined"]
    );
    let one = TEXT.replace(
        "    A: { type: string, nullable: true }",
        "    A: { type: string, nullable: true } # tidings-ignore schema-keyword-ignored: as the old system has it",
    );
    place.write("a.yaml", one);
    let run = place.run(&["validate", "a.yaml"]);
    let warnings: Vec<_> = titles(&run.out)
        .into_iter()
        .filter(|title| title.starts_with("warning"))
        .collect();
    let expected = "warning[schema-keyword-ignored]: `nullable` is no keyword of AsyncAPI's dialect, which is draft-07";
    assert_eq!(warnings, [expected]);
}

/// A document without what is optional.
const SMALL: &str = "asyncapi: 3.1.0
info: { title: T, version: '1' }
servers: { s: { host: h.example, protocol: mqtt } }
channels: { a: { address: a, messages: { m: { payload: { type: object } } } } }
operations: { o: { action: send, channel: { $ref: '#/channels/a' } } }
";

/// What the last line says is left out.
fn left_out(place: &Place, arguments: &[&str]) -> Option<String> {
    let run = place.run(&[&["validate", "a.yaml"], arguments].concat());
    let last = run.out.lines().last().expect("a summary").to_owned();
    last.split_once("; ").map(|(_, rest)| rest.to_owned())
}

#[test]
fn what_only_strict_shows_is_counted_and_strict_shows_it() {
    let place = Place::new();
    place.write("a.yaml", SMALL);
    let run = place.run(&["validate", "a.yaml"]);
    assert_eq!(
        run.out,
        "a.yaml: valid (AsyncAPI 3.1.0, 1 channel, 1 operation, 1 message); 6 warnings and 3 notes not shown, `--profile strict` shows them\n"
    );
    let strict = place.run(&["validate", "--profile", "strict", "a.yaml"]);
    assert!(
        strict.out.ends_with(": 6 warnings, 3 notes\n"),
        "{}",
        strict.out
    );
    assert_eq!(left_out(&place, &["--profile", "official"]), None);
}

#[test]
fn what_strict_would_not_show_either_is_not_counted() {
    let place = Place::new();
    place.write("a.yaml", SMALL);
    let (all, less) = (
        "6 warnings and 3 notes not shown, `--profile strict` shows them",
        "6 warnings and 2 notes not shown, `--profile strict` shows them",
    );
    assert_eq!(left_out(&place, &[]).as_deref(), Some(all));
    place.write("tidings.toml", "[rules]\nmessage-example-missing = 'off'\n");
    assert_eq!(left_out(&place, &[]).as_deref(), Some(less));
    place.write("tidings.toml", "");
    let text = format!("# tidings-ignore-file message-example-missing: made by tests\n{SMALL}");
    place.write("a.yaml", text);
    assert_eq!(left_out(&place, &[]).as_deref(), Some(less));
    place.write("a.yaml", SMALL);
    place.run(&[
        "validate",
        "a.yaml",
        "--profile",
        "strict",
        "--write-baseline",
        "known.json",
    ]);
    assert_eq!(left_out(&place, &["--baseline", "known.json"]), None);
}

#[test]
fn governance_is_switched_on_in_one_line() {
    let place = Place::new();
    place.write("a.yaml", SMALL);
    place.write(
        "tidings.toml",
        "[rules]\ngovernance = 'error'\nid-missing = 'off'\n",
    );
    let run = place.run(&["validate", "--format", "json", "a.yaml"]);
    assert_eq!(run.code, 1);
    let json = run.json();
    let found = json["diagnostics"].as_array().expect("a list");
    let rules: Vec<_> = found
        .iter()
        .filter_map(|found| found["rule"].as_str())
        .collect();
    assert!(rules.contains(&"info-contact-missing"), "{rules:?}");
    assert!(
        rules.contains(&"operation-description-missing"),
        "{rules:?}"
    );
    assert!(!rules.contains(&"id-missing"), "{rules:?}");
    assert!(found.iter().all(|found| found["severity"] == "error"));
}

#[test]
fn the_last_line_of_several_documents_is_about_all() {
    let place = Place::new();
    place.write("a.yaml", SMALL);
    place.write("b.yaml", SMALL.replace("send", "sends"));
    let run = place.run(&["validate", "a.yaml", "b.yaml", "c.yaml"]);
    assert_eq!(
        run.out.lines().last(),
        Some(
            "3 documents, 1 invalid, 1 unreadable: 1 error; 12 warnings and 5 notes not shown, `--profile strict` shows them"
        )
    );
    assert_eq!(run.code, 2);
}

#[test]
fn json_has_the_codes_of_the_documents_version() {
    let place = Place::new();
    let document = |version: &str, key: &str| {
        format!(
            "asyncapi: {version}\ninfo: {{ title: T, version: '1' }}\nchannels: {{ '{key}': {{ parameters: {{ u: {{}} }} }} }}\n"
        )
    };
    for (version, key, expected) in [
        ("2.6.0", "a/{b}", "asyncapi2-channel-parameters"),
        ("3.0.0", "a", "asyncapi3-channel-parameters"),
    ] {
        place.write("a.yaml", document(version, key));
        let json = place
            .run(&["validate", "--format", "json", "a.yaml"])
            .json();
        let found = json["diagnostics"].as_array().expect("a list");
        let own = found
            .iter()
            .find(|found| found["rule"] == "channel-parameter-unused");
        assert_eq!(own.expect("found")["codes"], serde_json::json!([expected]));
    }
}
