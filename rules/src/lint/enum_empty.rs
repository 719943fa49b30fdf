//! `enum-empty`: an `enum` lists no value.

use tidings_document::api::SchemaFormat;
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::value_place;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "enum-empty",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "an `enum` lists no value",
        docs: r##"A value must be one of those that `enum` lists, so that an empty list leaves none: no message with such a property can be sent. Validators, the official
parser's among them, refuse the schema as a whole. Mostly a generator found no values to write down.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: object, properties: { size: { type: string, enum: [] } } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: object, properties: { size: { type: string, enum: [small, large] } } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    // Draft-04 says so itself, and the form of its keywords is another rule's.
    let schemas = context.api.schemas.iter();
    let schemas = schemas.filter(|schema| schema.format != SchemaFormat::JsonSchema04);
    let is_empty = |values: &[_]| values.is_empty();
    for schema in schemas {
        let values = schema.object().and_then(|object| object.enumeration);
        if values.is_some_and(is_empty) {
            let message = "`enum` lists no value, so that none fits";
            let found = Diagnostic::new(&LINT.rule, value_place(schema.node, "enum"), message);
            out.push(found.help("list the values, or leave `enum` out"));
        }
    }
}
