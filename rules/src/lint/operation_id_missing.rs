//! `operation-id-missing`: an operation of version 2 has no `operationId`.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "operation-id-missing",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-operation-operationId"],
        summary: "an operation of version 2 has no `operationId`",
        docs: r##"Tools name methods and links after `operationId`; without it they make names up, which change when the document does.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    publish: { message: { messageId: order, payload: { type: string } } }
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    publish: { operationId: placeOrder, message: { messageId: order, payload: { type: string } } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let operations = context.api.operations.iter().filter(|_| context.is_v2());
    for operation in operations.filter(|operation| operation.operation_id.is_none()) {
        let message = "an operation has no `operationId`";
        out.push(
            Diagnostic::new(&LINT.rule, operation.key.span, message)
                .help("add `operationId`, unique in the document"),
        );
    }
}
