//! Numbers that 64 bits and floats round are judged by every digit: in messages, examples and defaults.
use crate::support::{Place, Run};
use expect_test::{Expect, expect};

/// The schema lies in a file of its own, in YAML and in JSON, for both versions.
const SCHEMA: &str = "type: object
properties:
  wei: { type: integer, maximum: 340282366920938463463374607431768211455 }
  above: { type: integer, exclusiveMinimum: +340282366920938463463374607431768211455 }
  id: { type: integer, const: 100000000000000000001 }
  pick: { enum: [1, { n: 100000000000000000001 }] }
  cents: { type: number, multipleOf: 0.01 }
  share: { type: number, maximum: .1234567890123456789 }
";

const JSON: &str = r#"{"type": "object", "properties": {
  "wei": {"type": "integer", "maximum": 340282366920938463463374607431768211455},
  "above": {"type": "integer", "exclusiveMinimum": 340282366920938463463374607431768211455},
  "id": {"type": "integer", "const": 100000000000000000001},
  "pick": {"enum": [1, {"n": 100000000000000000001}]},
  "cents": {"type": "number", "multipleOf": 0.01},
  "share": {"type": "number", "maximum": 0.1234567890123456789}}}"#;

fn document(version: &str, schema: &str) -> String {
    let channel = match version.starts_with('2') {
        true => format!("publish: {{ message: {{ name: N, payload: {{ $ref: {schema} }} }} }}"),
        false => format!("messages: {{ N: {{ payload: {{ $ref: {schema} }} }} }}"),
    };
    format!(
        "asyncapi: {version}\ninfo: {{ title: T, version: 1.0.0 }}\nchannels:\n  n: {{ {channel} }}\n"
    )
}

fn check(payload: &str) -> Vec<Run> {
    let place = Place::new();
    place.write("numbers.yaml", SCHEMA);
    place.write("numbers.json", JSON);
    place.write("payload.json", payload);
    let run = |version, schema| {
        place.write("doc.yaml", document(version, schema));
        place.run(&[
            "message",
            "check",
            "doc.yaml",
            "--message",
            "N",
            "payload.json",
        ])
    };
    let versions = ["2.6.0", "3.0.0"];
    let schemas = ["numbers.yaml", "numbers.json"];
    let runs = versions.map(|version| schemas.map(|schema| run(version, schema)));
    runs.into_iter().flatten().collect()
}

#[test]
fn messages_at_the_limits_are_valid() {
    let payload = r#"{"wei": 340282366920938463463374607431768211455, "above": 340282366920938463463374607431768211456,
        "id": 100000000000000000001.0, "pick": {"n": 100000000000000000001}, "cents": 0.29, "share": 0.1234567890123456789}"#;
    for run in check(payload) {
        assert_eq!(
            (run.code, &*run.out),
            (0, "payload.json: valid N\n"),
            "{}",
            run.err
        );
    }
}

#[test]
fn messages_off_by_the_last_digit_are_invalid() {
    let payload = r#"{"wei": 340282366920938463463374607431768211456, "above": 340282366920938463463374607431768211455,
        "id": 100000000000000000000, "pick": {"n": 100000000000000000002}, "cents": 12345678901234567890.295, "share": 0.1234567890123456790}"#;
    let told = check(payload).into_iter().map(|run| {
        let lines = run.out.lines().map(str::trim);
        let told = lines.filter_map(|line| line.strip_prefix("payload /"));
        told.map(str::to_owned).collect::<Vec<_>>()
    });
    let mut told: Vec<_> = told.collect();
    assert_eq!(told.len(), 4);
    told.dedup();
    assert_eq!(told.len(), 1, "all say the same: {told:?}");
    expect![[r#"
        above: `340282366920938463463374607431768211455` is not greater than `340282366920938463463374607431768211455`
        cents: `12345678901234567890.295` is not a multiple of `0.01`
        id: `100000000000000000000` is not `100000000000000000001`
        pick: the object is not one of `1`, the object
        share: `0.1234567890123456790` is greater than `0.1234567890123456789`
        wei: `340282366920938463463374607431768211456` is greater than `340282366920938463463374607431768211455`"#]].assert_eq(&told[0].join("\n"));
}

#[test]
fn short_numbers_meet_exact_limits() {
    for run in check(r#"{"wei": 4e38, "id": 1e20, "above": 5}"#) {
        let told = run.out.matches("payload /").count();
        assert_eq!((run.code, told), (1, 3), "{}", run.out);
    }
}

fn told_of(schema: &str, expect: Expect) {
    let place = Place::new();
    let text = format!(
        "asyncapi: 3.1.0\ninfo: {{ title: T, version: 1.0.0 }}\nchannels: {{ n: {{ address: n, messages: {{ N: {{ payload: {schema} }} }} }} }}\n"
    );
    place.write("doc.yaml", &text);
    let run = place.run(&["validate", "doc.yaml"]);
    let told = run.out.lines().chain(run.err.lines());
    let told: Vec<&str> = told
        .filter(|line| line.starts_with("warning") || line.starts_with("error"))
        .collect();
    expect.assert_eq(&told.join("\n"));
}

#[test]
fn examples_and_defaults_are_judged_by_every_digit() {
    told_of(
        "{ type: integer, maximum: 340282366920938463463374607431768211455, examples: [340282366920938463463374607431768211455], default: 340282366920938463463374607431768211456 }",
        expect![
            "warning[schema-default-invalid]: default breaks its schema: `340282366920938463463374607431768211456` is greater than `340282366920938463463374607431768211455`"
        ],
    );
    told_of(
        "{ type: number, multipleOf: 0.01, examples: [0.29, 0.295] }",
        expect![
            "warning[schema-example-invalid]: example breaks its schema: `0.295` is not a multiple of `0.01`"
        ],
    );
    told_of(
        "{ enum: [100000000000000000001, 2], examples: [100000000000000000001, 100000000000000000002] }",
        expect![
            "warning[schema-example-invalid]: example breaks its schema: `100000000000000000002` is not one of `100000000000000000001`, `2`"
        ],
    );
}

#[test]
fn a_range_of_one_number_beyond_64_bits_is_satisfiable() {
    told_of(
        "{ type: integer, exclusiveMinimum: 340282366920938463463374607431768211455, maximum: 340282366920938463463374607431768211456 }",
        expect![[""]],
    );
}

#[test]
fn generated_code_says_which_limits_it_rounds() {
    let place = Place::new();
    place.write("numbers.yaml", SCHEMA);
    place.write("doc.yaml", document("3.0.0", "numbers.yaml"));
    let run = place.run(&["generate", "rust", "doc.yaml", "-o", "made"]);
    let told = run.err.lines().chain(run.out.lines());
    let told: Vec<&str> = told
        .filter(|line| line.contains("limit-unchecked]"))
        .collect();
    expect![[r#"
        info[limit-unchecked]: `maximum: 340282366920938463463374607431768211455` has more digits than generated code reads and checks numbers with
        info[limit-unchecked]: `exclusiveMinimum: 340282366920938463463374607431768211455` has more digits than generated code reads and checks numbers with
        info[limit-unchecked]: `maximum: 0.1234567890123456789` has more digits than generated code reads and checks numbers with"#]].assert_eq(&told.join("\n"));
}
