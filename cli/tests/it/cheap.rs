//! Hostile and large input costs little: every run has the limits of `support`.
use crate::support::{Place, Run, walk};

/// Filters that lie inside each other, in three ways, with an example.
fn filters(example: &str) -> String {
    format!(
        "asyncapi: 3.0.0
info: {{ title: Filters, version: 1.0.0 }}
channels:
  filters:
    address: filters
    messages:
      filter: {{ name: Filter, payload: {{ $ref: '#/components/schemas/Filter' }}, examples: [{{ payload: {example} }}] }}
operations: {{ take: {{ action: receive, channel: {{ $ref: '#/channels/filters' }} }} }}
components:
  schemas:
    Filter:
      oneOf:
        - {{ type: object, required: [not], properties: {{ not: {{ $ref: '#/components/schemas/Filter' }} }} }}
        - {{ type: object, required: [field], properties: {{ field: {{ type: string }}, not: {{ $ref: '#/components/schemas/Filter' }} }} }}
        - {{ type: object, required: [all], properties: {{ all: {{ items: {{ $ref: '#/components/schemas/Filter' }} }}, not: {{ $ref: '#/components/schemas/Filter' }} }} }}
"
    )
}

fn negated(times: usize, inner: &str) -> String {
    format!("{}{inner}{}", "{\"not\": ".repeat(times), "}".repeat(times))
}

#[test]
fn payloads_that_fit_no_branch_of_a_recursive_union_are_explained() {
    let place = Place::new();
    place.write("filters.yaml", filters("{ field: a }"));
    place.write("bad.json", negated(40, r#"{"field": 1}"#));
    let run = place.run(&[
        "message",
        "check",
        "filters.yaml",
        "--message",
        "Filter",
        "bad.json",
    ]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(
        run.out.contains("/not/field: `1` is not of type `string`"),
        "{}",
        run.out
    );
}

#[test]
fn examples_that_fit_no_branch_of_a_recursive_union_are_explained() {
    let place = Place::new();
    place.write("filters.yaml", filters(&negated(40, "{ field: 1 }")));
    let run = place.run(&["validate", "--format", "concise", "filters.yaml"]);
    assert!(run.code <= 1, "{}", run.err);
    assert!(
        run.out.contains("/not/field`: `1` is not of type `string`"),
        "{}",
        run.out
    );
}

#[test]
fn a_stream_outlives_every_line_of_it() {
    let place = Place::new();
    place.write("filters.yaml", filters("{ field: a }"));
    let lines: [&[u8]; 8] = [
        br#"{"field": "a"}"#,
        b"{\"field\": \"\xff\"}",
        b"{\"field\": ",
        "[".repeat(100_000).as_bytes().to_vec().leak(),
        negated(100, r#"{"field": 1}"#).into_bytes().leak(),
        negated(140, r#"{"field": 1}"#).into_bytes().leak(),
        format!("[{}1]", "1,".repeat(300_000)).into_bytes().leak(),
        br#"{"field": "b"}"#,
    ];
    let stream = lines.join(&b'\n');
    let arguments = [
        "message",
        "check",
        "filters.yaml",
        "--message",
        "Filter",
        "--stream",
        "-",
        "--max-line",
        "500000",
    ];
    let run = place.run_with_input(&arguments, &stream);
    assert_eq!(run.code, 1, "{}", run.err);
    for line in 2..=7 {
        assert!(
            run.out.contains(&format!("-:{line}: invalid Filter")),
            "{line}: {}",
            run.out
        );
    }
    assert!(
        run.out
            .ends_with("-: 8 messages, 2 valid Filter, 6 invalid\n"),
        "{}",
        run.out
    );
}

/// So many messages, all of them used by so many operations.
fn product(count: usize) -> String {
    let messages = (0..count).map(|at| format!("      m{at}: {{ payload: {{ type: object, properties: {{ p{at}: {{ type: string }} }} }} }}\n"));
    let operations = (0..count).map(|at| {
        let action = if at % 2 == 0 { "send" } else { "receive" };
        format!("  o{at}: {{ action: {action}, channel: {{ $ref: '#/channels/c' }} }}\n")
    });
    format!(
        "asyncapi: 3.0.0\ninfo: {{ title: Product, version: 1.0.0 }}\nchannels:\n  c:\n    address: c\n    messages:\n{}operations:\n{}",
        messages.collect::<String>(),
        operations.collect::<String>()
    )
}

/// So many channels, each with a message and an operation of its own.
fn channels(count: usize) -> String {
    let channels = (0..count).map(|at| format!("  c{at}:\n    address: street{at}\n    messages:\n      m{at}: {{ name: M{at}, payload: {{ type: object, properties: {{ lumens: {{ type: integer, minimum: 0 }}, state: {{ type: string, enum: [on, off] }} }} }} }}\n"));
    let operations = (0..count).map(|at| {
        let action = if at % 2 == 0 { "send" } else { "receive" };
        format!("  o{at}: {{ action: {action}, channel: {{ $ref: '#/channels/c{at}' }} }}\n")
    });
    format!(
        "asyncapi: 3.0.0\ninfo: {{ title: Channels, version: 1.0.0 }}\nchannels:\n{}operations:\n{}",
        channels.collect::<String>(),
        operations.collect::<String>()
    )
}

/// Kilobytes of address space for a thousand channels, the program itself included: more than half of them.
const SPACE: u32 = 78_000;

#[test]
fn large_documents_take_little_memory() {
    let place = Place::new();
    place.write("large.yaml", channels(1000));
    for arguments in [
        &["validate", "large.yaml"][..],
        &["docs", "large.yaml", "-o", "page.html"],
        &["generate", "rust", "large.yaml", "-o", "out"],
    ] {
        let run = place.run_within(arguments, SPACE);
        assert_eq!(run.code, 0, "{arguments:?}: {}", run.err);
    }
}

/// Bytes of what `arguments` write, for documents of which the second is twice as large.
#[track_caller]
fn sizes(document: fn(usize) -> String, count: usize, arguments: &[&str]) -> (u64, u64) {
    let size = |count| {
        let place = Place::new();
        place.write("document.yaml", document(count));
        let mut all = arguments.to_vec();
        all.extend(["document.yaml", "-o", "out"]);
        let Run { code, err, .. } = place.run(&all);
        assert_eq!(code, 0, "{err}");
        let (out, mut bytes) = (place.path().join("out"), 0);
        if out.is_file() {
            return out.metadata().expect("a file").len();
        }
        walk(&out, &mut |path| {
            bytes += path.metadata().expect("a file").len()
        });
        bytes
    };
    (size(count), size(2 * count))
}

#[test]
fn generated_code_grows_with_the_document_and_not_with_messages_times_operations() {
    let (small, large) = sizes(product, 40, &["generate", "rust"]);
    assert!(large * 10 < small * 23, "{small} bytes grow to {large}");
}

#[test]
fn pages_grow_with_the_document_and_not_with_messages_times_operations() {
    let (small, large) = sizes(product, 40, &["docs"]);
    assert!(large * 10 < small * 23, "{small} bytes grow to {large}");
}

/// A list of texts with a pattern that does not come to an end on some.
fn costly() -> Place {
    let place = Place::new();
    let text = "asyncapi: 3.0.0
info: { title: Texts, version: 1.0.0 }
channels:
  texts:
    address: texts
    messages:
      texts: { payload: { type: array, items: { type: string, pattern: '^(a|a)*(?=b)b$' } } }
";
    place.write("texts.yaml", text);
    place
}

/// So many texts on which the pattern does not come to an end.
fn endless(count: usize) -> String {
    let texts: Vec<_> = (0..count)
        .map(|at| format!("{}{at}", "a".repeat(60)))
        .collect();
    serde_json::to_string(&texts).expect("JSON")
}

#[test]
fn many_strings_on_which_a_pattern_explodes_cost_little() {
    let place = costly();
    place.write("texts.json", endless(3_000));
    let run = place.run(&[
        "message",
        "check",
        "texts.yaml",
        "--message",
        "texts",
        "texts.json",
    ]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert_eq!(
        run.out.matches("too costly to check").count(),
        1,
        "{}",
        run.out
    );
}

#[test]
fn a_stream_goes_on_behind_what_is_too_costly_to_check() {
    let place = costly();
    let lines = [
        endless(3_000),
        r#"["aab"]"#.to_owned(),
        endless(50),
        r#"["aac"]"#.to_owned(),
    ];
    let arguments = [
        "message",
        "check",
        "texts.yaml",
        "--message",
        "texts",
        "--stream",
        "-",
    ];
    let run = place.run_with_input(&arguments, lines.join("\n").as_bytes());
    assert_eq!(run.code, 1, "{}", run.err);
    assert_eq!(
        run.out.matches("too costly to check").count(),
        2,
        "{}",
        run.out
    );
    assert!(
        run.out.contains("does not match `^(a|a)*(?=b)b$`"),
        "{}",
        run.out
    );
    assert!(
        run.out
            .ends_with("-: 4 messages, 1 valid texts, 3 invalid\n"),
        "{}",
        run.out
    );
}
