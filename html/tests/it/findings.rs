//! Findings stand where what they are about does, and in a list at the end.
use tidings_document::{Severity, Span};
use tidings_html::{Fault, Problem, Settings, render};

use crate::markup::{Page, api, document};

const DOCUMENT: &str = "asyncapi: 3.0.0
info: {title: App, version: 1.0.0}
servers:
  main: {host: h, protocol: kafka, pathname: PATH}
channels:
  c:
    address: ADDRESS
    messages:
      m:
        contentType: KIND
        payload:
          type: object
          properties:
            a: {type: object, properties: {inner: {type: string, format: FORMAT}, plain: {type: string}}}
            list: {type: array, items: {type: integer, title: ITEM}}
        examples: [{payload: EXAMPLE}]
operations:
  op: {action: send, channel: {$ref: '#/channels/c'}, summary: SUMMARY}
";

/// A finding about a word of the document.
fn problem(word: &str, severity: Severity) -> Problem {
    let start = DOCUMENT.find(word).unwrap() as u32;
    Problem {
        span: span(start, word),
        severity,
        rule: "some-rule".to_owned(),
        message: format!("about {}", word.to_lowercase()),
        place: format!("a.yaml:{start}"),
        help: None,
    }
}

fn span(start: u32, word: &str) -> Span {
    Span {
        start,
        end: start + word.len() as u32,
        ..document(DOCUMENT).root().unwrap().span
    }
}

fn with(problems: Vec<Problem>, faults: Vec<Fault>) -> Page {
    let document = document(DOCUMENT);
    let settings = Settings {
        problems,
        faults,
        ..Settings::default()
    };
    Page::parse(&render(&api(&document), &settings).unwrap())
}

#[test]
fn each_stands_at_the_smallest_thing_that_it_is_about() {
    let words = [
        "PATH", "ADDRESS", "KIND", "FORMAT", "ITEM", "SUMMARY", "asyncapi",
    ];
    let problems = words.map(|word| problem(word, Severity::Warning)).to_vec();
    let page = with(problems, Vec::new());
    for text in [
        "kafka warning about path",
        "key c warning about address",
        "KIND warning about kind",
        "inner string format FORMAT warning about format plain string",
        "each item integer ITEM warning about item",
        "op warning about summary",
    ] {
        page.has(text);
    }
    for word in words {
        let count = if word == "asyncapi" { 1 } else { 2 };
        let text = format!("about {}", word.to_lowercase());
        assert_eq!(page.text.matches(&text).count(), count, "{word}");
    }
}

#[test]
fn the_list_begins_with_errors_and_leads_to_what_it_is_about() {
    let problems = vec![
        problem("FORMAT", Severity::Warning),
        problem("ADDRESS", Severity::Error),
        problem("PATH", Severity::Warning),
    ];
    let page = with(problems, Vec::new());
    page.has("Problems 1 error about address some-rule at a.yaml:");
    page.has("2 warnings about format some-rule at a.yaml:");
    for id in ["channel-c", "message-m", "server-main"] {
        let link = format!("at <a href=\"#{id}\"><code>a.yaml:");
        assert!(page.html.contains(&link), "{id}");
    }
}

#[test]
fn what_an_example_says_itself_is_not_said_again() {
    let found = problem("EXAMPLE", Severity::Error);
    let fault = Fault {
        span: found.span,
        message: "payload is wrong".to_owned(),
    };
    let page = with(vec![found], vec![fault]);
    assert_eq!(page.text.matches("payload is wrong").count(), 1);
    assert_eq!(page.text.matches("about example").count(), 1);
}

#[test]
fn without_findings_nothing_is_told() {
    let page = with(Vec::new(), Vec::new());
    assert!(!page.html.contains("class=\"fault"));
}
