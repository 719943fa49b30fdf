//! `schema-default-invalid`: the default of a schema breaks its own schema.

use tidings_document::api::SchemaId;
use tidings_document::{Diagnostic, Node, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::instances::Checker;
use crate::schemas::outermost;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "schema-default-invalid",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-schema-default"],
        summary: "the default of a schema breaks its own schema",
        docs: r##"`default` is the value that stands for an absent one, so it should keep the schema it belongs to: generated code takes it as it is.

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
    let values = values(context);
    let Some(checker) = Checker::new(context.api, values.iter().copied()) else {
        return;
    };
    for (id, value) in values {
        checker.check(&LINT.rule, "default", id, value, out);
    }
}

/// The defaults to check, with their schemas.
fn values<'a>(context: &Context<'a>) -> Vec<(SchemaId, &'a Node)> {
    let official = context.is_official().then(|| outermost(context.api));
    let is_seen = |id, value: &Node| match &official {
        Some(ids) => ids.contains(&id) && value.as_str().is_none(),
        None => true,
    };
    let mut found = Vec::new();
    for (id, schema) in (0..).map(SchemaId).zip(&context.api.schemas) {
        let values = schema
            .object()
            .and_then(|object| object.default)
            .into_iter();
        found.extend(
            values
                .filter(|value| is_seen(id, value))
                .map(|value| (id, value)),
        );
    }
    found
}
