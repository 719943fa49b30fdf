//! `schema-keyword-invalid`: a keyword of a schema in another dialect than AsyncAPI's holds what it may not.

use std::collections::HashSet;

use tidings_document::{Diagnostic, Profile, Rule, Severity, schema_structure};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "schema-keyword-invalid",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a keyword of a schema in another dialect holds what it may not",
        docs: r##"The official parser looks into schemas of draft-07 and OpenAPI 3.0 and takes those of other dialects as they are: draft-04, draft-06, 2019-09, 2020-12 and OpenAPI 3.1. What is wrong in one of these is this rule's: a `type` that there is not, a count below zero, a list where one name must stand. Such a keyword says nothing, so values are not checked by it.

Dialects differ: `exclusiveMinimum` is `true` beside `minimum` in draft-04 and the number itself later, and since 2020-12 the schemas of an array's first items stand in `prefixItems`, not in `items`.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload:
          schemaFormat: application/schema+json;version=2020-12
          schema: { type: objekt, required: [id], properties: { id: { type: string } } }
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
          schemaFormat: application/schema+json;version=2020-12
          schema: { type: object, required: [id], properties: { id: { type: string } } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    let found = api.schemas.iter();
    let found = found.flat_map(|schema| schema_structure(api, schema));
    // What is no schema is wrong where it stands and by itself, and several references may lead to it.
    let mut seen = HashSet::new();
    let found = found.filter(|found| seen.insert(found.span));
    out.extend(found.map(|found| Diagnostic {
        rule: &LINT.rule,
        severity: LINT.rule.severity,
        ..found
    }));
}
