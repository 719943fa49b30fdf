//! `avro-schema-invalid`: an Avro schema that no reader of Avro takes.

use std::collections::HashSet;

use tidings_document::api::SchemaFormat;
use tidings_document::{Diagnostic, Profile, Rule, Severity, avro_structure};

use super::{Context, Lint};

pub(crate) static LINT: Lint = Lint {
    rule: Rule {
        id: "avro-schema-invalid",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-schemas"],
        summary: "an Avro schema cannot be used",
        docs: r##"A type of an Avro schema is a primitive one or a name that the same schema defines further up. Names that another file defines are not known here, nor are the other types of a file where a reference leads to one of them (`types.avsc#/1`), and JSON Schema's `object` or `integer` are no Avro types. Names, symbols, unions and defaults have rules of their own.

Avro has no `$ref`. Behind one nothing more is said, since tools differ in what they make of it.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload:
          schemaFormat: application/vnd.apache.avro;version=1.9.0
          schema: { type: record, name: Order, fields: [{ name: id, type: OrderId }] }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload:
          schemaFormat: application/vnd.apache.avro;version=1.9.0
          schema: { type: record, name: Order, fields: [{ name: id, type: string }] }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    let messages = api.messages.iter();
    let payloads = messages.filter_map(|message| message.payload.as_ref());
    let mut seen = HashSet::new();
    let found = payloads
        .chain(&api.other_schemas)
        .filter(|payload| payload.format == SchemaFormat::Avro)
        // Several messages may have one schema.
        .filter(|payload| seen.insert(payload.node.span))
        .flat_map(|payload| {
            // What reading has told of the schema's structure is not told again, but where the official parser does.
            let reported = || match context.is_official() {
                true => Vec::new(),
                false => avro_structure(api.document, api.version, payload.node),
            };
            crate::avro::faults(payload.node, &reported)
        });
    out.extend(found);
}
