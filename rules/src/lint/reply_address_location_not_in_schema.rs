//! `reply-address-location-not-in-schema`: the address to reply to is where the request's schema has nothing.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::expression::Expression;
use crate::schemas::{lacks, meant};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "reply-address-location-not-in-schema",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "the address to reply to is where the request's schema has nothing",
        docs: r##"`location` of a reply's address says where the request holds the address to reply to. Where the schema of the request describes what there
is, but not this, no client knows that it must set it.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  requests:
    address: requests
    messages:
      ask:
        headers: { type: object, properties: { trace: { type: string } } }
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
    address: null
    messages:
      answer: { payload: { type: string } }
operations:
  ask:
    action: receive
    channel: { $ref: '#/channels/requests' }
    reply:
      address: { location: '$message.header#/replyto' }
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
    for operation in &context.api.operations {
        let address = operation
            .reply
            .as_ref()
            .and_then(|reply| reply.address.as_ref());
        let Some(location) = address.map(|address| address.location) else {
            continue;
        };
        let Some(expression) = Expression::parse(location.value) else {
            continue;
        };
        for id in context
            .api
            .messages_of(operation)
            .iter()
            .filter_map(|chosen| chosen.message)
        {
            let message = &context.api[id];
            if lacks(context.api, message, &expression) {
                let text = format!(
                    "reply address `{}` is not in the schema of message `{}`",
                    location.value,
                    message.display_name()
                );
                let (help, fix) = meant(context.api, message, location, &expression);
                out.push(
                    Diagnostic::new(&LINT.rule, location.span, text)
                        .help(help)
                        .fix(fix)
                        .related(message.key.span, "the request"),
                );
            }
        }
    }
}
