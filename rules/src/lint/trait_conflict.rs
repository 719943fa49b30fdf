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
Lists are not merged: a `required` beside traits takes the place of theirs, in both versions.

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

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        headers: { type: object, required: [sentAt], properties: { sentAt: { type: string } } }
        traits: [{ headers: { type: object, required: [traceId], properties: { traceId: { type: string } } } }]
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
    let mut left = MOST_VALUES;
    for (node, kind, name) in messages.chain(operations) {
        for [before, after] in conflicts(context, node, &mut left) {
            if !told.insert((before.key, after.key)) {
                continue;
            }
            let path = &after.path;
            let (message, help) = match dropped(&before, &after) {
                Some(names) => (
                    format!(
                        "`{path}` of {kind} `{name}` takes the place of another, so that `{names}` is not required"
                    ),
                    "list the names of both in the one that holds",
                ),
                None => (
                    format!(
                        "traits of {kind} `{name}` disagree on `{path}`: the later value holds"
                    ),
                    "leave one of them out",
                ),
            };
            out.push(
                Diagnostic::new(&LINT.rule, after.key, message)
                    .related(before.key, "the value that does not hold")
                    .help(help),
            );
        }
    }
}

/// The names of a list `required` that the list in its place does not have.
fn dropped(before: &Leaf<'_>, after: &Leaf<'_>) -> Option<String> {
    let is_required = |leaf: &Leaf<'_>| leaf.path.ends_with("/required");
    let [old, new] = [before, after].map(|leaf| leaf.value.as_array());
    let (old, new) = old.zip(new).filter(|_| is_required(before))?;
    let is_kept = |name: &Node| new.iter().any(|kept| kept.is_same(name));
    let names = old.iter().filter(|name| !is_kept(name));
    let names: Vec<&str> = names.filter_map(Node::as_str).collect();
    (!names.is_empty()).then(|| names.join("`, `"))
}

/// A value of a layer that is no object.
#[derive(Clone)]
struct Leaf<'a> {
    path: String,
    value: &'a Node,
    key: Span,
}

/// Values that are compared in one document: many objects may have the same large trait.
const MOST_VALUES: usize = 200_000;

/// Values that do not hold, each with the one that does.
fn conflicts<'a>(context: &Context<'a>, node: &'a Node, left: &mut usize) -> Vec<[Leaf<'a>; 2]> {
    let document = context.api.document;
    let traits = node
        .get("traits")
        .and_then(Node::as_array)
        .unwrap_or_default();
    let traits = traits.iter().map(|item| document.resolve(item).node);
    let has_traits = traits.len() > 0;
    // What an object of version 3 says itself is meant to hold, but a list in the place of another drops its names.
    let own = (context.is_v2() && has_traits).then_some(node);
    let above = (!context.is_v2() && has_traits).then_some(node);
    let mut leaves: HashMap<String, Leaf<'a>> = HashMap::new();
    let mut found = Vec::new();
    for layer in own.into_iter().chain(traits).chain(above) {
        if *left == 0 {
            break;
        }
        let mut all = Vec::new();
        gather(layer, String::new(), DEPTH, &mut all);
        *left = left.saturating_sub(all.len());
        for leaf in all {
            if let Some(before) = leaves.get(&leaf.path)
                && !before.value.is_same(leaf.value)
                && (above.is_none_or(|own| !std::ptr::eq(own, layer))
                    || dropped(before, &leaf).is_some())
            {
                found.push([before.clone(), leaf.clone()]);
            }
            leaves.insert(leaf.path.clone(), leaf);
        }
    }
    found
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

/// The values of an object that are no objects themselves.
fn gather<'a>(node: &'a Node, path: String, depth: usize, out: &mut Vec<Leaf<'a>>) {
    let entries = node.as_object().into_iter().flatten();
    let is_left_alone = |key: &str| LEFT_ALONE.contains(&key) || key.starts_with("x-");
    for entry in entries.filter(|entry| !is_left_alone(&entry.key)) {
        let path = match path.as_str() {
            "" => entry.key.clone(),
            _ => format!("{path}/{}", entry.key),
        };
        let object = entry.value.as_object();
        if object.is_some_and(|object| depth > 0 && object.get("$ref").is_none()) {
            gather(&entry.value, path, depth - 1, out);
        } else {
            out.push(Leaf {
                path,
                value: &entry.value,
                key: entry.key_span,
            });
        }
    }
}
