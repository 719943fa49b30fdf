//! `message-payload-missing`: a message does not say what its payload is.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "message-payload-missing",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Strict,
        codes: &[],
        summary: "a message does not say what its payload is",
        docs: r##"Without `payload` a message may carry anything: it cannot be checked, and generated code leaves its body alone. A message that carries nothing says so with
`payload: { type: 'null' }`.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { address: orders, messages: { placed: { summary: An order was placed. } } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { address: orders, messages: { placed: { payload: { type: object } } } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for message in context
        .api
        .messages
        .iter()
        .filter(|message| message.payload.is_none())
    {
        let text = "a message has no `payload`";
        out.push(Diagnostic::new(&LINT.rule, message.key.span, text).help("describe the payload"));
    }
}
