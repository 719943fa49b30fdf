//! `address-parameter-undefined`: a placeholder of a channel's address has no entry in `parameters`.

use tidings_document::{Diagnostic, Profile, Rule, Severity, nearest};

use super::{Context, Lint};
use crate::places::{keys, placeholders};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "address-parameter-undefined",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &[
            "asyncapi2-channel-parameters",
            "asyncapi3-channel-parameters",
        ],
        summary: "a placeholder of a channel's address has no entry in `parameters`",
        docs: r##"A name in braces in a channel's address is a parameter, and the specification asks that `parameters` describes each one:
without it nobody knows what may stand there.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  order:
    address: orders/{orderId}/{region}
    parameters:
      orderId: { description: Number of the order. }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  order:
    address: orders/{orderId}
    parameters:
      orderId: { description: Number of the order. }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for channel in &context.api.channels {
        // The official parser looks only where there is a `parameters` object.
        if context.is_official() && channel.node.get("parameters").is_none() {
            continue;
        }
        let names = channel.address.map(placeholders).unwrap_or_default();
        for name in &names {
            if !keys(channel.node, "parameters").any(|key| key.value == name.value) {
                let message = format!("address parameter `{}` is not described", name.value);
                let unused = keys(channel.node, "parameters").map(|key| key.value);
                let unused = unused.filter(|key| !names.iter().any(|name| name.value == *key));
                let help = match nearest(name.value, unused) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!(
                        "add `{}` to `parameters` of channel `{}`",
                        name.value, channel.key.value
                    ),
                };
                out.push(Diagnostic::new(&LINT.rule, name.span, message).help(help));
            }
        }
    }
}
