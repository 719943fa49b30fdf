//! Rulesets as their users see them: what their rules find, what is wrong with them, what they say about our rules.
mod functions;
mod meaning;
mod mistakes;

use std::{path::Path, sync::Arc};

use expect_test::Expect;
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
