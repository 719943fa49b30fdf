//! `operation-description-missing`: an operation is not described.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "operation-description-missing",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Strict,
        codes: &[],
        summary: "an operation is not described",
        docs: r##"What an operation does is the first thing that readers look for; one line of `summary` or a `description` tells it.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { address: orders }
operations:
  place: { action: receive, channel: { $ref: '#/channels/orders' } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { address: orders }
operations:
  place: { action: receive, summary: Places an order., channel: { $ref: '#/channels/orders' } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let undescribed = context.api.operations.iter().filter(|operation| {
        operation.about.description.is_none() && operation.about.summary.is_none()
    });
    for name in undescribed.map(|operation| operation.key) {
        let message = "an operation is not described";
        out.push(Diagnostic::new(&LINT.rule, name.span, message).help("add `description`"));
    }
}
