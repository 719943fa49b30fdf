//! `binding-version-unknown`: a binding of version 2 states a version that there is not.

use tidings_document::{
    Diagnostic, Node, Profile, Rule, Severity, binding_versions, bindings, is_older_binding,
    nearest,
};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "binding-version-unknown",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a binding states a version that there is not",
        docs: r##"The fields of a binding are looked up in the version of its specification that `bindingVersion` names. Where there is no such version, tools take another or
leave the binding out; Tidings takes the newest. In version 3 this is `enum-mismatch`. Versions older than the ones that Tidings knows are taken as they are.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    bindings: { kafka: { topic: orders, bindingVersion: 5.0.0 } }
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    bindings: { kafka: { topic: orders, bindingVersion: 0.5.0 } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (level, binding) in bindings(context.api).filter(|_| context.is_v2()) {
        let protocol = binding.protocol.value;
        let stated = binding.node.get("bindingVersion").and_then(Node::text);
        let known = binding_versions(protocol, level);
        let Some(stated) = stated.filter(|_| !known.is_empty()) else {
            continue;
        };
        let is_fine = stated.value == "latest" || known.contains(&stated.value);
        if is_fine || is_older_binding(protocol, level, stated.value) {
            continue;
        }
        let message = format!(
            "there is no version `{}` of the `{protocol}` binding",
            stated.value
        );
        let near = nearest(stated.value, known.iter().copied());
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it may be `{}`", known.join("`, `")),
        };
        out.push(Diagnostic::new(&LINT.rule, stated.span, message).help(help));
    }
}
