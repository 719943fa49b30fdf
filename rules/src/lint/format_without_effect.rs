//! `format-without-effect`: a `format` cannot apply to values of the schema's type.

use tidings_document::api::Type;
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::formats::cannot_apply;
use crate::places::value_place;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "format-without-effect",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a `format` cannot apply to values of the schema's type",
        docs: r##"A format is about values of one type, such as `date-time` about texts, and values of others pass whatever they are. Where the schema's `type` leaves only
others, one of the two is wrong.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: object, properties: { at: { type: integer, format: date-time } } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: object, properties: { at: { type: string, format: date-time } } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for schema in &context.api.schemas {
        let object = schema.object();
        let Some((format, types)) = object.and_then(|object| object.format.zip(object.types))
        else {
            continue;
        };
        if let Some(wanted) = cannot_apply(format.value, types) {
            let names: Vec<&str> = types.iter().map(Type::as_str).collect();
            let message = format!(
                "format `{}` is one of type `{wanted}` and says nothing of `{}`",
                format.value,
                names.join("` or `")
            );
            out.push(
                Diagnostic::new(&LINT.rule, format.span, message)
                    .help(format!("make the type `{wanted}`, or leave the format out"))
                    .related(value_place(schema.node, "type"), "the type"),
            );
        }
    }
}
