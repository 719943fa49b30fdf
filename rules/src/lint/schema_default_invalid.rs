//! `schema-default-invalid`: the default of a schema breaks its own schema.

use tidings_document::api::SchemaId;
use tidings_document::schema_json;
use tidings_document::{Diagnostic, Node, Profile, Rule, Severity};
use tidings_schema::{Schema, Validator};

use super::{Context, Lint};
use crate::{instances, schemas};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "schema-default-invalid",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-schema-default"],
        summary: "the default of a schema breaks its own schema",
        docs: r##"`default` is the value that stands for an absent one, so it must keep the schema it belongs to: generated code takes it as it is.

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
            quantity: { type: integer, minimum: 1, default: 0 }
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
            quantity: { type: integer, minimum: 1, default: 1 }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    if context.is_blind() {
        return;
    }
    let dialects = schemas::dialects(context.api);
    let official = context
        .is_official()
        .then(|| schemas::outermost(context.api));
    for (id, schema) in (0..).map(SchemaId).zip(&context.api.schemas) {
        let is_skipped = |value: &Node| {
            official
                .as_ref()
                .is_some_and(|ids| !ids.contains(&id) || value.as_str().is_some())
        };
        let values = schema
            .object()
            .and_then(|object| object.default)
            .into_iter();
        let values: Vec<&Node> = values.filter(|value| !is_skipped(value)).collect();
        if values.is_empty() {
            continue;
        }
        let dialect = dialects.get(&id).copied().unwrap_or_default();
        // What is wrong with a schema itself is for other rules to say.
        let Ok(validator) = Validator::compile(&Schema::new(schema_json(context.api, id), dialect))
        else {
            continue;
        };
        for value in values {
            instances::check(&LINT.rule, "default", &validator, value, out);
        }
    }
}
