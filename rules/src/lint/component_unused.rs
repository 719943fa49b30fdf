//! `component-unused`: nothing refers to a component.

use std::{borrow::Cow, collections::HashSet};

use tidings_document::{Diagnostic, Entry, Node, Profile, Rule, Severity, Value};

use super::{Context, Lint};
use crate::places::reference;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "component-unused",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi-unused-component"],
        summary: "nothing refers to a component",
        docs: r##"What stands under `components` has no meaning of its own: it is there to be referred to. A component that nothing refers to is left over, or
the reference to it is missing. Security schemes of version 2, which are named rather than referred to, are left alone.

The official parser checks this in version 2 only.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
components:
  schemas:
    Order: { type: object }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { $ref: '#/components/schemas/Order' }
components:
  schemas:
    Order: { type: object }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let Some(components) = context.api.components.and_then(Node::as_object) else {
        return;
    };
    let mut used = HashSet::new();
    collect(context.api.node, None, &mut used);
    // The official parser counts extensions of version 2 as components, too.
    let is_left_alone = |kind: &str| {
        if context.is_v2() {
            kind == "securitySchemes"
        } else {
            kind.starts_with("x-")
        }
    };
    for kind in components.iter().filter(|kind| !is_left_alone(&kind.key)) {
        for entry in kind.value.as_object().into_iter().flatten() {
            let name = (kind.key.as_str().into(), entry.key.as_str().into());
            if !used.contains(&name) && !is_chosen_by_discriminator(components, &entry.value) {
                let message = format!(
                    "nothing refers to `#/components/{}/{}`",
                    kind.key, entry.key
                );
                out.push(
                    Diagnostic::new(&LINT.rule, entry.key_span, message)
                        .help("remove it, or refer to it"),
                );
            }
        }
    }
}

/// The kind of a component, and its key.
type Name<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Gathers the components that are referred to from anywhere but from inside themselves.
fn collect<'a>(node: &'a Node, inside: Option<&Name<'a>>, used: &mut HashSet<Name<'a>>) {
    if let Some(name) = reference(node).and_then(|target| component(target.value))
        && inside != Some(&name)
    {
        used.insert(name);
    }
    match &node.value {
        Value::Object(object) if inside.is_none() => {
            for entry in object {
                if entry.key == "components" {
                    collect_components(&entry.value, used);
                } else {
                    collect(&entry.value, inside, used);
                }
            }
        }
        Value::Object(object) => object
            .iter()
            .for_each(|entry| collect(&entry.value, inside, used)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, inside, used)),
        _ => {}
    }
}

fn collect_components<'a>(components: &'a Node, used: &mut HashSet<Name<'a>>) {
    for kind in components.as_object().into_iter().flatten() {
        for entry in kind.value.as_object().into_iter().flatten() {
            collect(
                &entry.value,
                Some(&(kind.key.as_str().into(), entry.key.as_str().into())),
                used,
            );
        }
    }
}

/// The component that a reference leads to or into. The file before the `#` is the document itself or one that has none.
fn component(target: &str) -> Option<Name<'_>> {
    let (_, pointer) = target.split_once('#')?;
    let mut steps = pointer
        .split('/')
        .skip(1)
        .map(step)
        .skip_while(|step| step != "components")
        .skip(1);
    Some((steps.next()?, steps.next()?))
}

/// A step of a pointer as the key that it names.
fn step(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '~']) {
        return text.into();
    }
    let text = text
        .replace("%7B", "{")
        .replace("%7D", "}")
        .replace("%20", " ");
    text.replace("~1", "/").replace("~0", "~").into()
}

/// A schema built on one with a `discriminator` is chosen by its name, without a reference.
fn is_chosen_by_discriminator(components: &tidings_document::Object, schema: &Node) -> bool {
    let schemas = components.get("schemas").and_then(Node::as_object);
    let bases = schema
        .get("allOf")
        .and_then(Node::as_array)
        .unwrap_or_default();
    bases
        .iter()
        .filter_map(reference)
        .filter_map(|target| component(target.value))
        .any(|(_, name)| {
            let base: Option<&Entry> = schemas.and_then(|schemas| schemas.entry(&name));
            base.is_some_and(|base| base.value.get("discriminator").is_some())
        })
}
