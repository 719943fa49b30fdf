//! `schema-example-invalid`: an example in a schema breaks its own schema.

use tidings_document::api::{Schema, SchemaId};
use tidings_document::{Diagnostic, Node, Profile, Rule, Severity};

use super::schema_example_singular::is_keyword;
use super::{Context, Lint};
use crate::instances::Checker;
use crate::schemas::outermost;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "schema-example-invalid",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-schema-examples"],
        summary: "an example in a schema breaks its own schema",
        docs: r##"`examples` of a schema show values that it takes, so each one should keep it. `example` is looked at where a schema is in a dialect of OpenAPI, which has it.

The official parser checks this in version 2 only, on the outermost schemas, and skips texts.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload:
          type: object
          properties:
            quantity: { type: integer, minimum: 1, examples: [1, 0] }
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
          type: object
          properties:
            quantity: { type: integer, minimum: 1, examples: [1, 2] }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let values = values(context);
    let Some(checker) = Checker::new(context.api, values.iter().copied()) else {
        return;
    };
    for (id, value) in values {
        checker.check(&LINT.rule, "example", id, value, out);
    }
}

/// The examples to check, with their schemas.
fn values<'a>(context: &Context<'a>) -> Vec<(SchemaId, &'a Node)> {
    let official = context.is_official().then(|| outermost(context.api));
    let is_seen = |id, schema: &Schema<'_>, value: &Node| match &official {
        Some(ids) => {
            ids.contains(&id) && value.as_str().is_none() && schema.node.get("examples").is_some()
        }
        None => true,
    };
    let mut found = Vec::new();
    for (id, schema) in (0..).map(SchemaId).zip(&context.api.schemas) {
        let values = schema
            .object()
            .into_iter()
            .flat_map(|object| object.examples.iter().copied())
            .filter(|value| !is_singular(schema, value));
        found.extend(
            values
                .filter(|value| is_seen(id, schema, value))
                .map(|value| (id, value)),
        );
    }
    found
}

/// Whether a value stands under `example` in a schema whose dialect has no such keyword.
fn is_singular(schema: &Schema<'_>, value: &Node) -> bool {
    let example = schema.node.get("example");
    !is_keyword(schema.format) && example.is_some_and(|example| std::ptr::eq(example, value))
}
