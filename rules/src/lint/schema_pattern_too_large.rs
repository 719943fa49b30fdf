//! `schema-pattern-too-large`: a `pattern` is too much for the engine that checks messages.

use tidings_document::{Diagnostic, Profile, Rule, Severity, is_regular_expression};
use tidings_schema::{is_pattern, is_too_large};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "schema-pattern-too-large",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a `pattern` is too much for the engine that checks messages",
        docs: r##"The `pattern` is a regular expression, but `tidings message` and the checks of examples cannot use it: written out it takes more memory than is
given to one, mostly because of large numbers in braces, or it uses what the engine lacks.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: string, pattern: '^(\w{1,1000}){1,1000}$' }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: string, maxLength: 1000, pattern: '^\w+$' }
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
            if is_pattern(pattern.value) || !is_regular_expression(pattern.value) {
                continue;
            }
            let (why, help) = if is_too_large(pattern.value) {
                (
                    "is too large",
                    "write smaller numbers in braces, and say lengths with `maxLength`",
                )
            } else {
                (
                    "has parts that are not known",
                    "write it without lookbehind and special escapes",
                )
            };
            let message = format!(
                "pattern `{}` {why} for the engine that checks messages",
                pattern.value
            );
            out.push(Diagnostic::new(&LINT.rule, pattern.span, message).help(help));
        }
    }
}
