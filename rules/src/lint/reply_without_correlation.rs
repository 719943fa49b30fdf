//! `reply-without-correlation`: neither a request nor its reply says where the correlation id is.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::key_place;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "reply-without-correlation",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Strict,
        codes: &[],
        summary: "neither a request nor its reply says where the correlation id is",
        docs: r##"Replies come back mixed and out of order. With `correlationId` on the request or the reply, whoever asked finds the request that a reply answers;
without it, both sides must have agreed on something that the document does not say.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { address: orders, messages: { order: { payload: { type: string } } } }
  replies: { address: replies, messages: { answer: { payload: { type: string } } } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
    reply: { channel: { $ref: '#/channels/replies' } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      order:
        headers: { type: object, properties: { id: { type: string } } }
        correlationId: { location: '$message.header#/id' }
        payload: { type: string }
  replies: { address: replies, messages: { answer: { payload: { type: string } } } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
    reply: { channel: { $ref: '#/channels/replies' } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    for operation in &api.operations {
        let Some(reply) = &operation.reply else {
            continue;
        };
        let messages = api
            .messages_of(operation)
            .into_iter()
            .chain(api.messages_of_reply(reply));
        let messages: Vec<_> = messages.filter_map(|used| used.message).collect();
        if !messages.is_empty() && messages.iter().all(|id| api[*id].correlation_id.is_none()) {
            let message = format!(
                "replies of operation `{}` cannot be matched with their requests",
                operation.key.value
            );
            out.push(
                Diagnostic::new(&LINT.rule, key_place(operation.node, &["reply"]), message)
                    .help("add `correlationId` to the messages"),
            );
        }
    }
}
