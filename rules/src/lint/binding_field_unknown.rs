//! `binding-field-unknown`: a binding has a field that its protocol does not know.

use tidings_document::api::Binding;
use tidings_document::{
    Diagnostic, Level, Node, Profile, Rule, Severity, binding_fields, is_older_binding, nearest,
};

use super::{Context, Lint};
use crate::lint::binding_field_misplaced::{belongs_to, called, strangers, unchecked};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "binding-field-unknown",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a binding has a field that its protocol does not know",
        docs: r##"Version 2 leaves bindings open, so that a misspelt field goes unnoticed, and whoever reads it finds nothing. In version 3 the same is
`field-unknown`, but for the objects whose bindings of a protocol have no fields at all. Where `bindingVersion` names a version that is older than
all that Tidings knows, nothing is said.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    bindings: { kafka: { partition: 3 } }
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    bindings: { kafka: { partitions: 1 } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (level, binding) in unchecked(context) {
        if !has_fields(binding) || is_older(binding, level) {
            continue;
        }
        let known = binding_fields(binding.protocol.value, level);
        let unknown = strangers(level, binding).into_iter();
        for field in unknown.filter(|field| belongs_to(binding, *field).is_none()) {
            let message = format!("{} has no field `{}`", called(level, binding), field.value);
            let found = Diagnostic::new(&LINT.rule, field.span, message);
            out.push(match nearest(field.value, known.iter().copied()) {
                Some(near) => found.help(format!("did you mean `{near}`?")),
                None => found.help("fields of your own begin with `x-`"),
            });
        }
    }
}

fn has_fields(binding: Binding<'_>) -> bool {
    let mut levels = Level::ALL.into_iter().map(|(level, _)| level);
    levels.any(|level| !binding_fields(binding.protocol.value, level).is_empty())
}

fn is_older(binding: Binding<'_>, level: Level) -> bool {
    let stated = binding.node.get("bindingVersion").and_then(Node::as_str);
    stated.is_some_and(|stated| is_older_binding(binding.protocol.value, level, stated))
}
