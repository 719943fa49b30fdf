//! `avro-logical-type-misplaced`: a `logicalType` that no reader of Avro sees.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint, avro_schema_invalid};

pub(crate) static LINT: Lint = Lint {
    rule: Rule {
        id: "avro-logical-type-misplaced",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a `logicalType` stands beside a type instead of inside it",
        docs: r##"A `logicalType` is a part of the type, which then is an object. Beside the `type` of a field it is an attribute without a meaning: readers see a plain `long`.

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
          schema: { type: record, name: Order, fields: [{ name: at, type: long, logicalType: timestamp-millis }] }
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
          schema: { type: record, name: Order, fields: [{ name: at, type: { type: long, logicalType: timestamp-millis } }] }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    avro_schema_invalid::faults(context, &LINT.rule, out);
}
