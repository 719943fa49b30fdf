//! `message-example-invalid`: an example of a message breaks the message's schema.

use tidings_document::api::{Api, Example, Message, SchemaId};
use tidings_document::{AvroTypes, Diagnostic, Node, Profile, Rule, Severity};
use tidings_schema::{AvroJson, AvroValidator, ProtobufValidator, Violation};

use super::{Context, Lint};
use crate::{
    instances::{Checker, mend},
    places::{at_pointer, holds_reference},
    protobuf::Compiled,
};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "message-example-invalid",
        severity: Severity::Warning,
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
    let mut compiled = Compiled::default();
    let types = AvroTypes::new(context.api);
    for message in &context.api.messages {
        other_examples(context.api, message, &mut compiled, &types, out);
    }
    let parts = context.api.messages.iter().flat_map(parts);
    // That headers are no object is reported; the official parser says it in both ways.
    let is_told = |part: &Part<'_>| part.name == "headers" && part.value.as_object().is_none();
    let parts: Vec<Part<'_>> = parts
        .filter(|part| context.is_official() || !is_told(part))
        .collect();
    let values = parts.iter().map(|part| (part.schema, part.value));
    let Some(checker) = Checker::new(context.api, values) else {
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

/// How many violations of one payload are reported; more say nothing new.
const SHOWN: usize = 10;

/// Checks payloads of examples against a schema in Avro or Protobuf.
fn other_examples<'a>(
    api: &Api<'a>,
    message: &Message<'a>,
    compiled: &mut Compiled,
    types: &AvroTypes<'_, 'a>,
    out: &mut Vec<Diagnostic>,
) {
    let mut values = message
        .examples
        .iter()
        .filter_map(|example| example.payload)
        .filter(|value| !holds_reference(value))
        .peekable();
    if values.peek().is_none() {
        return;
    }
    // What is wrong with the schema itself is for other rules to say.
    let Some(schema) = OtherSchema::of(api, message, compiled, types) else {
        return;
    };
    for value in values {
        let violations = schema.validate(&value.to_json());
        out.extend(violations.iter().take(SHOWN).map(|violation| {
            let text = format!(
                "payload of an example of message `{}` breaks its schema: {}",
                message.display_name(),
                violation.message
            );
            Diagnostic::new(
                &LINT.rule,
                at_pointer(value, &violation.instance, false),
                text,
            )
            .help(mend("example", violation))
        }));
    }
}

/// A schema that is none of JSON.
enum OtherSchema {
    Avro(AvroValidator),
    Protobuf(ProtobufValidator),
}

impl OtherSchema {
    fn of<'a>(
        api: &Api<'a>,
        message: &Message<'a>,
        compiled: &mut Compiled,
        types: &AvroTypes<'_, 'a>,
    ) -> Option<Self> {
        let payload = message.payload.as_ref()?;
        if let Some(id) = payload.proto {
            let schema = compiled.payload(api, message, id);
            return schema.ok().map(Self::Protobuf);
        }
        let schema = crate::avro(types, payload)?.ok();
        schema.map(|schema| Self::Avro(schema.validator))
    }

    fn validate(&self, value: &serde_json::Value) -> Vec<Violation> {
        match self {
            // Both ways to write a union are fine.
            Self::Avro(schema) if schema.is_valid_json(value, AvroJson::Tagged) => Vec::new(),
            Self::Avro(schema) => schema.validate_json(value, AvroJson::Plain),
            Self::Protobuf(schema) => schema.validate_json(value),
        }
    }
}
