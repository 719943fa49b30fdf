//! `message-one-of-nested`: a choice of messages stands in a choice of messages.

use std::collections::HashSet;

use tidings_document::{Diagnostic, Node, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::key_place;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "message-one-of-nested",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a choice of messages stands in a choice of messages",
        docs: r##"In version 2 the `message` of an operation may be a choice, `oneOf`. The items of a choice are messages, and a message has no `oneOf`: the JSON
Schemas of the specification let it pass, but other tools ignore what stands in the inner one.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    publish:
      message:
        oneOf:
          - { name: Placed, payload: { type: string } }
          - oneOf: [{ name: Cancelled, payload: { type: integer } }]
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    publish:
      message:
        oneOf:
          - { name: Placed, payload: { type: string } }
          - { name: Cancelled, payload: { type: integer } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    if !context.is_v2() {
        return;
    }
    let document = context.api.document;
    let operations = context.api.operations.iter();
    let messages = operations.filter_map(|operation| operation.node.get("message"));
    let mut told = HashSet::new();
    for message in messages {
        for item in items(document.resolve(message).node) {
            let inner = document.resolve(item).node;
            let place = key_place(inner, &["oneOf"]);
            if inner.get("oneOf").is_some() && told.insert(place) {
                let text = "`oneOf` stands in an item of another `oneOf` of messages";
                let found = Diagnostic::new(&LINT.rule, place, text);
                out.push(found.help("list its messages in the outer `oneOf`"));
            }
        }
    }
}

/// The items of a choice.
fn items(message: &Node) -> &[Node] {
    let items = message.get("oneOf").and_then(Node::as_array);
    items.unwrap_or_default()
}
