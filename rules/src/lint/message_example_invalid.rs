//! `message-example-invalid`: an example of a message breaks the message's schema.

use tidings_document::api::{Example, Message, SchemaId};
use tidings_document::{Diagnostic, Node, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::instances::Checker;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "message-example-invalid",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &[
            "asyncapi2-message-examples",
            "asyncapi2-message-examples-custom-format",
        ],
        summary: "an example of a message breaks the message's schema",
        docs: r##"Examples are what readers copy and what mocks send, so payload and headers of each one must keep the schemas of their message.

The official parser checks this in version 2 only.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: object, properties: { quantity: { type: integer } } }
        examples:
          - payload: { quantity: three }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: object, properties: { quantity: { type: integer } } }
        examples:
          - payload: { quantity: 3 }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let parts: Vec<Part<'_>> = context.api.messages.iter().flat_map(parts).collect();
    let Some(checker) = Checker::new(context.api, parts.iter().map(|part| part.schema)) else {
        return;
    };
    for part in parts {
        let what = format!("{} of an example of message `{}`", part.name, part.message);
        checker.check(&LINT.rule, &what, part.schema, part.value, out);
    }
}

/// The payload or the headers of an example.
struct Part<'a> {
    message: &'a str,
    name: &'static str,
    schema: SchemaId,
    value: &'a Node,
}

fn parts<'a>(message: &Message<'a>) -> Vec<Part<'a>> {
    let payload = message.payload.as_ref().and_then(|payload| payload.schema);
    let part = |name, schema: Option<SchemaId>, value: Option<&'a Node>| {
        Some(Part {
            message: message.display_name(),
            name,
            schema: schema?,
            value: value?,
        })
    };
    let of_example = |example: &Example<'a>| {
        [
            part("payload", payload, example.payload),
            part("headers", message.headers, example.headers),
        ]
    };
    message
        .examples
        .iter()
        .flat_map(of_example)
        .flatten()
        .collect()
}
