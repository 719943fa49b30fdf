//! `trait-conflict`: two traits, or a trait and its object, say different things of the same field.

use std::collections::{HashMap, HashSet};

use tidings_document::{Diagnostic, Node, Profile, Rule, Severity, Span};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "trait-conflict",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "two traits, or a trait and its object, say different things of the same field",
        docs: r##"Traits are merged in their order, the later over the earlier one: where two of them set a field to different values, the order alone decides, and
adding a trait changes what another one says. In version 2 traits go over the object's own fields, too, so that what stands there does not hold. In
version 3 the object's own fields win, which is what they are for. Texts for people are left alone.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        traits:
          - { contentType: application/json }
          - { contentType: application/cbor }
```

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    publish:
      message:
        contentType: application/cbor
        traits: [{ contentType: application/json }]
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        contentType: application/cbor
        traits: [{ contentType: application/json }]
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    let messages = api
        .messages
        .iter()
        .map(|message| (message.node, "message", message.display_name()));
    let operations = api
        .operations
        .iter()
        .map(|operation| (operation.node, "operation", operation.key.value));
    let mut told = HashSet::new();
    for (node, kind, name) in messages.chain(operations) {
        let Some(traits) = node.get("traits").and_then(Node::as_array) else {
            continue;
        };
        let mut leaves: HashMap<String, (&Node, Span)> = HashMap::new();
        let mut layers: Vec<&Node> = traits
            .iter()
            .map(|item| api.document.resolve(item).node)
            .collect();
        if context.is_v2() {
            layers.insert(0, node);
        }
        for layer in layers {
            let mut own = Vec::new();
            gather(layer, String::new(), DEPTH, &mut own);
            for (path, value, key) in own {
                match leaves.get(&path) {
                    Some((other, place)) if other.to_json() != value.to_json() => {
                        if told.insert((*place, key)) {
                            let message = format!(
                                "traits of {kind} `{name}` disagree on `{path}`: the later value holds"
                            );
                            out.push(
                                Diagnostic::new(&LINT.rule, key, message)
                                    .related(*place, "the value that does not hold")
                                    .help("leave one of them out"),
                            );
                        }
                    }
                    _ => {
                        leaves.insert(path, (value, key));
                    }
                }
            }
        }
    }
}

/// Nested objects that are looked into.
const DEPTH: usize = 16;

/// Texts for people, lists of things, and what has other rules.
const LEFT_ALONE: &[&str] = &[
    "description",
    "examples",
    "externalDocs",
    "summary",
    "tags",
    "title",
    "traits",
];

/// The values of an object that are no objects themselves, with their paths and the places of their keys.
fn gather<'a>(node: &'a Node, path: String, depth: usize, out: &mut Vec<(String, &'a Node, Span)>) {
    for entry in node.as_object().into_iter().flatten() {
        if LEFT_ALONE.contains(&entry.key.as_str()) || entry.key.starts_with("x-") {
            continue;
        }
        let path = if path.is_empty() {
            entry.key.clone()
        } else {
            format!("{path}/{}", entry.key)
        };
        match entry.value.as_object() {
            Some(object) if depth > 0 && object.get("$ref").is_none() => {
                gather(&entry.value, path, depth - 1, out)
            }
            _ => out.push((path, &entry.value, entry.key_span)),
        }
    }
}
