//! `avro-schema-invalid`: an Avro schema that no reader of Avro takes.

use std::collections::HashSet;

use tidings_document::api::SchemaFormat;
use tidings_document::{AvroTypes, Diagnostic, Profile, Rule, Severity, avro_structure};

use super::{Context, Lint};

pub(crate) static LINT: Lint = Lint {
    rule: Rule {
        id: "avro-schema-invalid",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-schemas"],
        summary: "an Avro schema cannot be used",
        docs: r##"A type of an Avro schema is a primitive one or a name that the same schema defines further up, or that another Avro schema of the document defines. JSON Schema's `object` or `integer` are no Avro types. Names, symbols, unions and defaults have rules of their own: a default is a value of the field's type, of the first one where that is a union. Avro takes any type of the union since 1.12, so that schemas with that version in their `schemaFormat` get a warning.

Avro has no `$ref`; what one leads to counts as if it stood in its place, once, and by its name after that. The official parser looks at each schema alone, and says nothing behind a `$ref`; so does the profile `official`.

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
    faults(context, &LINT.rule, out);
}

/// What is wrong with the schemas in the words of one rule.
pub(super) fn faults(context: &Context<'_>, rule: &'static Rule, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    let types = AvroTypes::new(api);
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
            let reported = || avro_structure(api.document, api.version, payload.node);
            match context.is_official() {
                true => crate::avro::official_faults(payload),
                false => crate::avro::faults(api.document, &types, payload, &reported),
            }
        });
    let mut found: Vec<Diagnostic> = found
        .filter(|found| std::ptr::eq(found.rule, rule))
        .collect();
    // Types that several schemas use are found wrong several times.
    found.sort_by(|a, b| (a.span, &a.message).cmp(&(b.span, &b.message)));
    found.dedup();
    out.extend(found);
}
