//! `reply-address-on-addressed-channel`: a reply has an address of its own though its channel has one.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "reply-address-on-addressed-channel",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a reply has an address of its own though its channel has one",
        docs: r##"`address` of a reply says where the request holds the address to reply to. The channel of such a reply stands for many addresses, so
the specification asks that its own `address` is `null` or absent.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  requests:
    address: requests
    messages:
      ask:
        headers: { type: object, properties: { replyTo: { type: string } } }
  replies:
    address: replies
    messages:
      answer: { payload: { type: string } }
operations:
  ask:
    action: receive
    channel: { $ref: '#/channels/requests' }
    reply:
      address: { location: '$message.header#/replyTo' }
      channel: { $ref: '#/channels/replies' }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  requests:
    address: requests
    messages:
      ask:
        headers: { type: object, properties: { replyTo: { type: string } } }
  replies:
    address: null
    messages:
      answer: { payload: { type: string } }
operations:
  ask:
    action: receive
    channel: { $ref: '#/channels/requests' }
    reply:
      address: { location: '$message.header#/replyTo' }
      channel: { $ref: '#/channels/replies' }
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
        let channel = reply.channel.map(|id| &context.api[id]);
        let fixed =
            channel.and_then(|channel| channel.address.map(|address| (channel.key, address)));
        if let (Some(address), Some((channel, fixed))) = (&reply.address, fixed) {
            let message = format!(
                "reply goes to `{}`, but its channel `{}` has the address `{}`",
                address.location.value, channel.value, fixed.value
            );
            let found = Diagnostic::new(&LINT.rule, address.location.span, message);
            out.push(
                found
                    .help("make the channel's `address` null, or leave out the reply's")
                    .related(fixed.span, "the channel's address"),
            );
        }
    }
}
