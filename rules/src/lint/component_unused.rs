//! `component-unused`: nothing refers to a component.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::components::Component;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "component-unused",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi-unused-component"],
        summary: "nothing refers to a component",
        docs: r##"What stands under `components` has no meaning of its own: it is there to be referred to. A component that nothing refers to is left over, or
the reference to it is missing. References in every file of the document count; security schemes have a rule of their own,
`security-scheme-unused`.

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

/// Kinds of components in version 3.
const KINDS: &[&str] = &[
    "channelBindings",
    "channels",
    "correlationIds",
    "externalDocs",
    "messageBindings",
    "messageTraits",
    "messages",
    "operationBindings",
    "operationTraits",
    "operations",
    "parameters",
    "replies",
    "replyAddresses",
    "schemas",
    "serverBindings",
    "serverVariables",
    "servers",
    "tags",
];

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    // Of version 2 the official parser counts whatever stands there; a misspelt kind is told as such.
    let is_left_alone =
        |kind: &str| kind == "securitySchemes" || !(context.is_v2() || KINDS.contains(&kind));
    for Component { kind, entry } in context.unused_components() {
        if is_left_alone(kind) {
            continue;
        }
        let message = format!("nothing refers to `#/components/{kind}/{}`", entry.key);
        out.push(
            Diagnostic::new(&LINT.rule, entry.key_span, message).help("remove it, or refer to it"),
        );
    }
}
