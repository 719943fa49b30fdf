//! `reply-message-not-on-reply-channel`: a reply names a message that its channel does not have.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::operation_message_not_on_channel::{fix, help, named, strays};
use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "reply-message-not-on-reply-channel",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a reply names a message that its channel does not have",
        docs: r##"`messages` of a reply picks from the messages of the reply's channel, so each entry refers to one of them, not to a message of another
channel or of `components`.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  requests:
    address: requests
    messages:
      ask: { payload: { type: string } }
  replies:
    address: replies
    messages:
      answer: { payload: { type: string } }
operations:
  ask:
    action: receive
    channel: { $ref: '#/channels/requests' }
    reply:
      channel: { $ref: '#/channels/replies' }
      messages: [{ $ref: '#/channels/requests/messages/ask' }]
```

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed: { $ref: '#/components/messages/OrderPlaced' }
  answers:
    address: answers
    messages:
      accepted: { $ref: '#/components/messages/Accepted' }
operations:
  placeOrder:
    action: receive
    channel: { $ref: '#/channels/orders' }
    reply:
      channel: { $ref: '#/channels/answers' }
      messages: [{ $ref: '#/components/messages/Accepted' }]
components:
  messages:
    OrderPlaced: { payload: { type: object } }
    Accepted: { payload: { type: string } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  requests:
    address: requests
    messages:
      ask: { payload: { type: string } }
  replies:
    address: replies
    messages:
      answer: { payload: { type: string } }
operations:
  ask:
    action: receive
    channel: { $ref: '#/channels/requests' }
    reply:
      channel: { $ref: '#/channels/replies' }
      messages: [{ $ref: '#/channels/replies/messages/answer' }]
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for reply in context
        .api
        .operations
        .iter()
        .filter_map(|operation| operation.reply.as_ref())
    {
        let chosen = reply.messages.as_deref().unwrap_or_default();
        if let Some(channel) = reply.channel.map(|id| &context.api[id]) {
            let strays = strays(context, reply.node, channel, chosen);
            for stray in named(context, channel, strays) {
                let message = format!(
                    "message `{}` is not one of the reply channel `{}`",
                    stray.key.value, channel.key.value
                );
                out.push(
                    Diagnostic::new(&LINT.rule, stray.span, message)
                        .help(help(channel))
                        .fix(fix(reply.node, channel, &stray)),
                );
            }
        }
    }
}
