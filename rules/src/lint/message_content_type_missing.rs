//! `message-content-type-missing`: nothing says how the payload of a message is encoded.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "message-content-type-missing",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Strict,
        codes: &[],
        summary: "nothing says how the payload of a message is encoded",
        docs: r##"A schema says what a payload holds, the content type how it is written: as JSON, CBOR, Avro … Without `contentType` on the message and without
`defaultContentType` readers guess; generated code takes JSON.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { address: orders, messages: { placed: { payload: { type: object } } } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { address: orders, messages: { placed: { contentType: application/json, payload: { type: object } } } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    let messages = api
        .messages
        .iter()
        .filter(|message| message.payload.is_some());
    for message in messages.filter(|message| api.content_type_of(message).is_none()) {
        let text = "a message has no content type";
        out.push(
            Diagnostic::new(&LINT.rule, message.key.span, text)
                .help("add `contentType`, or `defaultContentType` to the document"),
        );
    }
}
