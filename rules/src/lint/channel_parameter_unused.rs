//! `channel-parameter-unused`: a channel describes a parameter that its address does not have.

use tidings_document::{Diagnostic, Profile, Rule, Severity, nearest};

use super::{Context, Lint};
use crate::places::{keys, placeholders};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "channel-parameter-unused",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &[
            "asyncapi2-channel-parameters",
            "asyncapi3-channel-parameters",
        ],
        summary: "a channel describes a parameter that its address does not have",
        docs: r##"A parameter stands in the address as `{name}`. One that does not is left over, or the address lacks it: an error, in version 2, whose parameters only should be those of the address, a warning.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  order:
    address: orders/{orderId}
    parameters:
      orderId: { description: Number of the order. }
      region: { description: Where it was placed. }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  order:
    address: orders/{orderId}/{region}
    parameters:
      orderId: { description: Number of the order. }
      region: { description: Where it was placed. }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let severity = match context.is_v2() {
        true => Severity::Warning,
        false => Severity::Error,
    };
    for channel in &context.api.channels {
        let names = channel.address.map(placeholders).unwrap_or_default();
        // The official parser passes over addresses of version 2 without any parameter.
        if context.is_official() && context.is_v2() && names.is_empty() {
            continue;
        }
        for name in keys(channel.node, "parameters") {
            if !names
                .iter()
                .any(|placeholder| placeholder.value == name.value)
            {
                let message = match channel.address {
                    Some(address) => format!(
                        "parameter `{}` is not in the address `{}`",
                        name.value, address.value
                    ),
                    None => format!(
                        "parameter `{}` is of no use: channel `{}` has no address",
                        name.value, channel.key.value
                    ),
                };
                let described =
                    |other: &str| keys(channel.node, "parameters").any(|key| key.value == other);
                let open = names.iter().map(|name| name.value);
                let help = match nearest(name.value, open.filter(|open| !described(open))) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("remove it, or put `{{{}}}` into the address", name.value),
                };
                out.push(
                    Diagnostic::new(&LINT.rule, name.span, message)
                        .weighing(severity)
                        .help(help),
                );
            }
        }
    }
}
