//! `required-property-undefined`: a schema requires a property that it does not describe.

use std::collections::HashSet;

use tidings_document::api::{Api, SchemaId, SchemaKind, SchemaObject};
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::schemas::in_place;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "required-property-undefined",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a schema requires a property that it does not describe",
        docs: r##"A name in `required` that is not among the `properties` is mostly misspelt: the property it was meant for is optional now, and messages
without the other one are refused. Schemas that are put together (`allOf` and the like) or take properties of any name are left alone.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: object, required: [orderID], properties: { orderId: { type: string } } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: object, required: [orderId], properties: { orderId: { type: string } } }
```
"##,
    },
    check,
};

/// Names that are compared with misspelt ones: in large schemas each comparison takes long.
const COMPARISONS: usize = 200_000;

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let objects = || context.api.schemas.iter().map(|schema| schema.object());
    let mut comparisons = COMPARISONS;
    let parts: HashSet<SchemaId> = objects().flatten().flat_map(in_place).collect();
    for (id, object) in (0..).map(SchemaId).zip(objects()) {
        let Some(object) =
            object.filter(|object| !parts.contains(&id) && says_all(context.api, object))
        else {
            continue;
        };
        let names = || object.properties.iter().map(|property| property.name.value);
        let known: HashSet<&str> = names().collect();
        let mut told = HashSet::new();
        for name in object
            .required
            .iter()
            .filter(|name| !known.contains(name.value) && told.insert(name.value))
        {
            let message = format!("required property `{}` is not described", name.value);
            let found = Diagnostic::new(&LINT.rule, name.span, message);
            let near = tidings_document::nearest(name.value, names().take(comparisons));
            comparisons = comparisons.saturating_sub(known.len());
            out.push(match near {
                Some(near) => found.help(format!("did you mean `{near}`?")),
                None => found.help("add it to `properties`"),
            });
        }
    }
}

/// Whether a schema names all properties it knows of.
fn says_all(api: &Api<'_>, object: &SchemaObject<'_>) -> bool {
    let rest = object.additional_properties.map(|id| &api[id].kind);
    let is_open = matches!(rest, Some(SchemaKind::Object(_) | SchemaKind::Unresolved));
    !object.properties.is_empty()
        && object.pattern_properties.is_empty()
        && in_place(object).is_empty()
        && !is_open
}
