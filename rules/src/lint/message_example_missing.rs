//! `message-example-missing`: a message has no example.

use tidings_document::api::Message;
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "message-example-missing",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Strict,
        codes: &[],
        summary: "a message has no example",
        docs: r##"An example is what readers understand first, and what mocks and tests begin with.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { address: orders, messages: { placed: { payload: { type: string } } } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { address: orders, messages: { placed: { payload: { type: string }, examples: [{ payload: one }] } } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    let shown = |message: &Message<'_>| {
        let payload = message.payload.as_ref().and_then(|payload| payload.schema);
        let schema = payload.and_then(|id| api[id].object());
        !message.examples.is_empty() || schema.is_some_and(|schema| !schema.examples.is_empty())
    };
    for message in api
        .messages
        .iter()
        .filter(|message| message.payload.is_some() && !shown(message))
    {
        let text = "a message has no example";
        out.push(Diagnostic::new(&LINT.rule, message.key.span, text).help("add `examples`"));
    }
}
