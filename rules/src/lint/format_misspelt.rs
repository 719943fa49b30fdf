//! `format-misspelt`: a `format` is nearly a known one.

use tidings_document::{Diagnostic, Profile, Rule, Severity, certain};

use super::{Context, Lint};
use crate::formats::{is_known, known};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "format-misspelt",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a `format` is nearly a known one",
        docs: r##"Nobody checks a format that is not known: a misspelt one goes unnoticed, and values of any form pass. Formats of your own are left alone; what is reported
differs from a known one in a letter, or in upper and lower case, dashes and the like only.

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
        if let Some(meant) = meant(format.value) {
            let message = format!("there is no format `{}`", format.value);
            let found = Diagnostic::new(&LINT.rule, format.span, message);
            out.push(found.help(format!("did you mean `{meant}`?")));
        }
    }
}

/// The known format that is meant.
fn meant(format: &str) -> Option<&'static str> {
    let plain = |name: &str| -> String {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|letter| letter.to_ascii_lowercase()).collect()
    };
    let same = known().find(|known| plain(known) == plain(format));
    same.or_else(|| {
        // Short names are too likely to be meant.
        let near = certain(format, known());
        near.filter(|_| format.len() >= 5)
    })
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn only_near_names_are_meant() {
        for (format, expected) in [
            ("datetime", Some("date-time")),
            ("DateTime", Some("date-time")),
            ("date_time", Some("date-time")),
            ("dat-time", Some("date-time")),
            ("emial", Some("email")),
            ("UUID", Some("uuid")),
            ("int-32", Some("int32")),
            ("shoe-size", None),
            ("int16x", None),
            ("urn", None),
            ("iso8601", None),
            ("timestamp-millis", None),
        ] {
            assert_eq!(meant(format), expected, "{format}");
        }
    }
}
