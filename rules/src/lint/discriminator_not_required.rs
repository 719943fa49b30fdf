//! `discriminator-not-required`: a discriminator names a property that a value need not have.

use std::collections::HashMap;

use tidings_document::api::{Api, SchemaId};
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::schemas::TANGLED;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "discriminator-not-required",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a discriminator names a property that a value need not have",
        docs: r##"`discriminator` names the property that says which schema a value is of. A value without it could be anything, so the specification asks
that the property is in `required` of the schema, or of each of its alternatives.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  pets:
    address: pets
    messages:
      pet:
        payload:
          type: object
          discriminator: kind
          properties: { kind: { type: string } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  pets:
    address: pets
    messages:
      pet:
        payload:
          type: object
          discriminator: kind
          required: [kind]
          properties: { kind: { type: string } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (id, schema) in (0..).map(SchemaId).zip(&context.api.schemas) {
        let Some(name) = schema.object().and_then(|object| object.discriminator) else {
            continue;
        };
        if !requires(context.api, id, name.value, &mut HashMap::new()) {
            let message = format!("discriminator `{}` is not a required property", name.value);
            out.push(
                Diagnostic::new(&LINT.rule, name.span, message)
                    .help(format!("add `{}` to `required`", name.value)),
            );
        }
    }
}

/// Whether every value of the schema has the property; a circle adds nothing.
fn requires(api: &Api<'_>, id: SchemaId, name: &str, known: &mut HashMap<SchemaId, bool>) -> bool {
    if let Some(known) = known.get(&id) {
        return *known;
    }
    let Some(object) = api[id].object() else {
        return false;
    };
    if known.len() >= TANGLED
        || object
            .required
            .iter()
            .any(|required| required.value == name)
    {
        return true;
    }
    known.insert(id, false);
    let mut each = |ids: &[SchemaId]| {
        ids.iter()
            .map(|id| requires(api, *id, name, known))
            .collect::<Vec<_>>()
    };
    let (all, any, one) = (
        each(&object.all_of),
        each(&object.any_of),
        each(&object.one_of),
    );
    let every =
        |alternatives: &[bool]| !alternatives.is_empty() && alternatives.iter().all(|has| *has);
    let found = all.contains(&true) || every(&any) || every(&one);
    known.insert(id, found);
    found
}
