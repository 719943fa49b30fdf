//! `message-id-missing`: a message of version 2 has no `messageId`.

use tidings_document::api::Version;
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "message-id-missing",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-message-messageId"],
        summary: "a message of version 2 has no `messageId`",
        docs: r##"Tools tell messages apart by `messageId`; without it they make names up, which change when the document does. It exists from version 2.4 on.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    publish: { operationId: placeOrder, message: { payload: { type: string } } }
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
    let api = context.api;
    let messages = api
        .messages
        .iter()
        .filter(|_| context.is_v2() && api.version >= Version::V2_4);
    for message in messages.filter(|message| message.message_id.is_none()) {
        out.push(
            Diagnostic::new(&LINT.rule, message.key.span, "a message has no `messageId`")
                .help("add `messageId`, unique in the document"),
        );
    }
}
