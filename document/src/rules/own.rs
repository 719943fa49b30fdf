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

/// `reference-foreign`
pub(crate) static REFERENCE_FOREIGN: Rule = Rule {
    profile: Profile::Recommended,
    ..error(
        "reference-foreign",
        &[],
        "a reference leads into a file that is no part of a document",
        r#"What a reference stands for is AsyncAPI, JSON Schema (OpenAPI's as well), Avro or Protobuf. A file is taken for one of these by what is in it: `asyncapi` or `openapi`; a `$schema` of JSON Schema; a `type` that schemas have, `properties` or another keyword with schemas in it; `$ref`; or objects with no other fields than those that the specification has. Protobuf is known by its ending, `.proto`.

Of any other file, such as the settings of a program, nothing reaches the page, the examples or the generated code, since what is in it is nobody's business: the reference leads nowhere. A text, such as a description, may be the whole of a file that ends with `.md` or `.txt`. Where only a value is missing, such as an example, it is a warning.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
components:
  schemas:
    Order: { $ref: './settings.yaml' }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
components:
  schemas:
    Order: { type: object }
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
