//! `schema-pattern-invalid`: a `pattern` is not a regular expression.

use tidings_document::{Diagnostic, Profile, Rule, Severity};
use tidings_schema::is_pattern;

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "schema-pattern-invalid",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a `pattern` is not a regular expression",
        docs: r##"A `pattern` is a regular expression as in ECMAScript. One that is none cannot be matched, so every check of the schema fails or is left out.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: string, pattern: '^(a|b$' }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: string, pattern: '^(a|b)$' }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for object in context
        .api
        .schemas
        .iter()
        .filter_map(|schema| schema.object())
    {
        let keys = object
            .pattern_properties
            .iter()
            .map(|property| property.name);
        for pattern in keys.chain(object.pattern) {
            if !is_pattern(pattern.value) {
                let message = format!("pattern `{}` is not a regular expression", pattern.value);
                out.push(Diagnostic::new(&LINT.rule, pattern.span, message));
            }
        }
    }
}
