//! `format-misspelt`: a `format` is nearly a known one.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::formats::{is_known, meant};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "format-misspelt",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a `format` is nearly a known one",
        docs: r##"Nobody checks a format that is not known: a misspelt one goes unnoticed, and values of any form pass. Formats of your own are left alone; what is reported
differs from a known one in a letter or a digit, lacks the end of its last word, or differs in upper and lower case, dashes and the like only.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: object, properties: { at: { type: string, format: datetime } } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: object, properties: { at: { type: string, format: date-time }, size: { type: string, format: shoe-size } } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let schemas = context.api.schemas.iter();
    let formats = schemas.filter_map(|schema| schema.object()?.format);
    for format in formats.filter(|format| !is_known(format.value)) {
        let meant = meant(format.value);
        if !meant.is_empty() {
            let message = format!("there is no format `{}`", format.value);
            let found = Diagnostic::new(&LINT.rule, format.span, message);
            out.push(found.help(format!("did you mean `{}`?", meant.join("` or `"))));
        }
    }
}
