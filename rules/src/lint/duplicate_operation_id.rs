//! `duplicate-operation-id`: two operations have the same `operationId`.

use std::collections::HashMap;

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "duplicate-operation-id",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-operation-operationId-uniqueness"],
        summary: "two operations have the same `operationId`",
        docs: r##"Tools name methods and links after `operationId`, so the specification asks that it is unique in the document, case included.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    publish: { operationId: order }
    subscribe: { operationId: order }
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    publish: { operationId: placeOrder }
    subscribe: { operationId: orderPlaced }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let operations = context.api.operations.iter();
    let mut ids: Vec<_> = operations
        .filter_map(|operation| operation.operation_id)
        .collect();
    ids.sort_by_key(|id| id.span);
    let mut seen = HashMap::new();
    for id in ids {
        if let Some(first) = seen.get(id.value) {
            let message = format!("`operationId` `{}` is taken already", id.value);
            let found = Diagnostic::new(&LINT.rule, id.span, message).related(*first, "first use");
            out.push(found.help("give each an id of its own"));
        } else {
            seen.insert(id.value, id.span);
        }
    }
}
