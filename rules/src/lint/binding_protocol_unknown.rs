//! `binding-protocol-unknown`: `bindings` name a protocol that there is not.

use tidings_document::{Diagnostic, Profile, Rule, Severity, binding_protocols, bindings, nearest};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "binding-protocol-unknown",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "`bindings` name a protocol that there is not",
        docs: r##"`bindings` have one entry a protocol, under names that the specification lists. Version 3 refuses others; version 2 takes any, so that a misspelt
one goes unnoticed. Names that are not near to a known one are taken for protocols of your own,
unless they are none: of letters, digits, `+`, `-`, `.` and `_`.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    bindings: { kafkaa: { topic: orders } }
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    bindings: { kafka: { topic: orders } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    // Version 3 lists the protocols, and what is not among them is an unknown field.
    for (_, binding) in bindings(context.api).filter(|_| context.is_v2()) {
        let name = binding.protocol;
        if binding_protocols().any(|known| known == name.value) {
            continue;
        }
        let help = match nearest(name.value, binding_protocols()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if is_name(name.value) => continue,
            None => {
                "name a protocol, such as `kafka`; fields of your own begin with `x-`".to_owned()
            }
        };
        let message = format!("there are no bindings of protocol `{}`", name.value);
        out.push(Diagnostic::new(&LINT.rule, name.span, message).help(help));
    }
}

/// Whether a protocol may be called so.
fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte);
    !name.is_empty() && name.bytes().all(fits)
}
