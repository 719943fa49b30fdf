//! What the files of a crate take from each other: all that they name, and nothing else.
use super::files;
use tidings_codegen::Layout;

#[test]
fn names_that_the_runtime_has_too_are_imported_only_where_they_are_used() {
    let schemas = [
        "Error",
        "Deref",
        "Violations",
        "Received",
        "Message",
        "Used",
    ];
    let messages = schemas
        .map(|name| format!("m{name}: {{ payload: {{ $ref: '#/components/schemas/{name}' }} }}"));
    let objects = schemas.map(|name| {
        format!("{name}: {{ type: object, properties: {{ v: {{ type: string, minLength: 2 }} }} }}")
    });
    let text = format!(
        "asyncapi: 3.0.0
info: {{ title: T, version: '1' }}
channels: {{ c: {{ address: c, messages: {{ {} }} }} }}
operations:
  ask: {{ action: receive, channel: {{ $ref: '#/channels/c' }}, reply: {{ channel: {{ $ref: '#/channels/c' }} }} }}
  tell: {{ action: send, channel: {{ $ref: '#/channels/c' }} }}
components: {{ schemas: {{ {} }} }}
",
        messages.join(", "),
        objects.join(", ")
    );
    let mut imported = 0;
    for file in files(&text, Layout::Crate) {
        let Some((_, rest)) = file.text.split_once("use crate::{") else {
            continue;
        };
        let (names, code) = rest.split_once("};").unwrap();
        for name in names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            assert!(begins_a_path(code, name), "{}: {name}", file.path);
            imported += 1;
        }
    }
    assert!(imported > 0);
}

/// Whether a word stands anywhere without `::` before it.
fn begins_a_path(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let [before, behind] = [&code[..at], &code[at + name.len()..]];
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        !before.ends_with("::") && !before.ends_with(is_word) && !behind.starts_with(is_word)
    })
}
