//! `duplicate-message-id`: two messages have the same `messageId`.

use std::collections::HashMap;

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "duplicate-message-id",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-message-messageId-uniqueness"],
        summary: "two messages have the same `messageId`",
        docs: r##"Tools tell messages apart by `messageId`, so the specification asks that it is unique in the document, case included.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    publish: { message: { messageId: order, payload: { type: string } } }
    subscribe: { message: { messageId: order, payload: { type: integer } } }
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    publish: { message: { messageId: placeOrder, payload: { type: string } } }
    subscribe: { message: { messageId: orderPlaced, payload: { type: integer } } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let mut seen = HashMap::new();
    for id in context
        .api
        .messages
        .iter()
        .filter_map(|message| message.message_id)
    {
        if let Some(first) = seen.get(id.value) {
            let message = format!("`messageId` `{}` is taken already", id.value);
            out.push(Diagnostic::new(&LINT.rule, id.span, message).related(*first, "first use"));
        } else {
            seen.insert(id.value, id.span);
        }
    }
}
