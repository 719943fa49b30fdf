//! Defects that reading finds and the official parser does not look for: with them, what a document describes cannot work.
use super::error;
use crate::{Profile, Rule};

/// `schema-pattern-invalid`
pub(crate) static SCHEMA_PATTERN_INVALID: Rule = Rule {
    profile: Profile::Recommended,
    ..error(
        "schema-pattern-invalid",
        &[],
        "a `pattern` is not a regular expression",
        r#"A `pattern` is a regular expression as in ECMAScript, and so are the keys of `patternProperties`. Nothing can ever match one that is none: messages cannot be checked, and no types are made.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: string, pattern: '^(a|b$' }
```

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
components: { schemas: { Order: { patternProperties: { '^[a-z$': { type: string } } } } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: string, pattern: '^(a|b)$' }
```
"#,
    )
};

/// `reply-channel-missing`
pub(crate) static REPLY_CHANNEL_MISSING: Rule = Rule {
    profile: Profile::Recommended,
    ..error(
        "reply-channel-missing",
        &[],
        "a reply has no channel",
        r#"The messages of a reply are those of its channel: without a channel nobody knows what comes back, and no code can be generated for it. Where the address of replies is told in each request, the channel has `address: null`.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels: { orders: { address: orders } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
    reply: { address: { location: '$message.header#/replyTo' } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels: { orders: { address: orders }, replies: { address: null } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
    reply:
      address: { location: '$message.header#/replyTo' }
      channel: { $ref: '#/channels/replies' }
```
"#,
    )
};
