//! `enum-value-duplicate`: an `enum` has the same value twice.

use std::collections::HashMap;

use tidings_document::{Change, Diagnostic, Fix, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "enum-value-duplicate",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi-document-resolved"],
        summary: "an `enum` has the same value twice",
        docs: r##"Each value of an `enum` counts once; a second one is a copy that was meant to be changed, and generated types cannot have it twice.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: string, enum: [new, paid, new] }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: string, enum: [new, paid, sent] }
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
        let mut seen = HashMap::new();
        for value in object.enumeration.unwrap_or_default() {
            let text = value.to_json().to_string();
            if let Some(first) = seen.get(&text) {
                let message = format!("value `{text}` is in the `enum` twice");
                // The text of an alias stands elsewhere.
                let is_later = first < &value.span;
                let fix = Fix::new("remove the second", Change::Item(value.span));
                out.push(
                    Diagnostic::new(&LINT.rule, value.span, message)
                        .related(*first, "first use")
                        .fix(is_later.then_some(fix)),
                );
            } else {
                seen.insert(text, value.span);
            }
        }
    }
}
