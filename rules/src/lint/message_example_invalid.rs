//! `message-example-invalid`: an example of a message breaks the message's schema.

use tidings_document::api::{Api, Example, Message};
use tidings_document::schema_json;
use tidings_document::{Diagnostic, Node, Profile, Rule, Severity};
use tidings_schema::{Dialect, Schema, Validator};

use super::{Context, Lint};
use crate::{instances, schemas};

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
    if context.is_blind() {
        return;
    }
    for message in &context.api.messages {
        check_part(
            message,
            "payload",
            |example| example.payload,
            || schemas::payload(context.api, message),
            out,
        );
        check_part(
            message,
            "headers",
            |example| example.headers,
            || headers(context.api, message),
            out,
        );
    }
}

fn headers(api: &Api<'_>, message: &Message<'_>) -> Option<Schema> {
    Some(Schema::new(
        schema_json(api, message.headers?),
        Dialect::AsyncApi,
    ))
}

/// Checks one part of all examples; the schema is compiled only where an example has that part.
fn check_part<'a>(
    message: &Message<'a>,
    name: &str,
    part: impl Fn(&Example<'a>) -> Option<&'a Node>,
    schema: impl Fn() -> Option<Schema>,
    out: &mut Vec<Diagnostic>,
) {
    let values: Vec<&Node> = message.examples.iter().filter_map(part).collect();
    if values.is_empty() {
        return;
    }
    // What is wrong with a schema itself is for other rules to say.
    let Some(validator) = schema().and_then(|schema| Validator::compile(&schema).ok()) else {
        return;
    };
    for value in values {
        let what = format!(
            "{name} of an example of message `{}`",
            message.display_name()
        );
        instances::check(&LINT.rule, &what, &validator, value, out);
    }
}
