//! Defects of references: where `$ref` leads.
use super::{error, warning};
use crate::Rule;

/// `reference-unresolved`
pub(crate) static REFERENCE_UNRESOLVED: Rule = error(
    "reference-unresolved",
    &["invalid-ref"],
    "a reference leads nowhere",
    r#"The file or the place in it that `$ref` names does not exist. In a pointer the `/` of a key is written `~1`, its `~` is written `~0`.

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
channels:
  orders:
    messages:
      order: {$ref: '#/components/messages/Ordr'}
components: {messages: {Order: {}}}
```

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
channels: {orders/new: {}}
operations: {order: {action: send, channel: {$ref: '#/channels/orders/new'}}}
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
channels:
  orders:
    messages:
      order: {$ref: '#/components/messages/Order'}
components: {messages: {Order: {}}}
```
"#,
);

/// `reference-cycle`
pub(crate) static REFERENCE_CYCLE: Rule = error(
    "reference-cycle",
    &["invalid-ref"],
    "a reference leads back to itself",
    r#"Following the reference never ends at an object. A schema that holds itself further below, in a property say, is no such cycle.

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
components:
  schemas:
    A: {$ref: '#/components/schemas/B'}
    B: {$ref: '#/components/schemas/A'}
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
components:
  schemas:
    A: {properties: {next: {$ref: '#/components/schemas/A'}}}
```
"#,
);

/// `reference-not-allowed`
pub(crate) static REFERENCE_NOT_ALLOWED: Rule = error(
    "reference-not-allowed",
    &["asyncapi-document-unresolved"],
    "a reference stands where the specification allows none",
    r#"Some objects must be written where they are, such as `info`, or the tags of version 2.

```yaml bad
asyncapi: 3.0.0
info: {$ref: '#/x-info'}
x-info: {title: Orders, version: 1.0.0}
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
```
"#,
);

/// `reference-outside-root`
pub(crate) static REFERENCE_OUTSIDE_ROOT: Rule = error(
    "reference-outside-root",
    &["invalid-ref"],
    "a reference leads to a file that may not be read",
    r#"A document may refer to files of its own project: those below the nearest folder that holds a `.git`, or else below its own folder. `--root DIR` allows another folder, for documents that you trust. A file from another machine leads to no file of this one.

Files and folders whose names begin with a dot, such as `.env` and `.git`, often hold what is nobody's business. They are not read unless `--allow-hidden`, or `hidden` under `[read]` in `tidings.toml`, says so; a document that lies in such a folder may refer to other files in it.

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
channels: {orders: {$ref: '../../etc/passwd'}}
```

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
channels: {orders: {$ref: './.env'}}
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
channels: {orders: {}}
```
"#,
);

/// `reference-remote`
pub(crate) static REFERENCE_REMOTE: Rule = warning(
    "reference-remote",
    &["invalid-ref"],
    "a reference leads to another machine and is not followed",
    r#"Reading a document fetches nothing, unless the host is allowed by `--allow-remote HOST`; `--map URL=PATH` reads a copy on this machine instead. What stands in a place that is not read is not checked, and no types are made from it.

```yaml bad
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
components: {schemas: {Order: {$ref: 'https://example.com/order.json'}}}
```

```yaml good
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
components: {schemas: {Order: {type: object}}}
```
"#,
);
