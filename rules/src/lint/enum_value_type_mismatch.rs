//! `enum-value-type-mismatch`: a value of an `enum` is not of the schema's `type`.

use std::collections::HashSet;

use tidings_document::api::{Type, Types};
use tidings_document::{Diagnostic, Node, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::schemas::is_of;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "enum-value-type-mismatch",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a value of an `enum` is not of the schema's `type`",
        docs: r##"A value must keep both `type` and `enum`, so a listed value of another type can never occur. Often it lacks its quotes, or has some too many.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: string, enum: ['1', 2] }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: string, enum: ['1', '2'] }
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
        let Some(mut types) = object.types else {
            continue;
        };
        if object.nullable {
            types.insert(Type::Null);
        }
        let values = object.enumeration.unwrap_or_default().iter();
        let others: Vec<&Node> = values
            .filter(|value| !is_of(value, types) || is_infinite(context, value))
            .collect();
        out.extend(finding(&others, types));
    }
}

/// Values that a message names; more say nothing new.
const NAMED: usize = 5;

/// One finding for all values of an `enum` that do not fit.
fn finding(others: &[&Node], types: Types) -> Option<Diagnostic> {
    // That a value is there twice is another rule's.
    let mut seen = HashSet::new();
    let texts = others
        .iter()
        .map(|value| (*value, value.to_json().to_string()));
    let texts: Vec<_> = texts
        .filter(|(_, text)| seen.insert(text.clone()))
        .collect();
    let (first, rest) = texts.split_first()?;
    let named: Vec<&str> = texts
        .iter()
        .take(NAMED)
        .map(|(_, text)| text.as_str())
        .collect();
    let more = match texts.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (values, are) = match rest {
        [] => ("value", "is"),
        _ => ("values", "are"),
    };
    let names: Vec<&str> = types.iter().map(Type::as_str).collect();
    let message = format!(
        "{values} `{}`{more} of the `enum` {are} not of type `{}`",
        named.join("`, `"),
        names.join("` or `")
    );
    let found = Diagnostic::new(&LINT.rule, first.0.span, message);
    Some(rest.iter().fold(found, |found, (value, _)| {
        found.related(value.span, "neither is this")
    }))
}

/// Whether a value is one of YAML's numbers that JSON does not have. Reading takes it for text.
fn is_infinite(context: &Context<'_>, value: &Node) -> bool {
    let Some(text) = value.as_str() else {
        return false;
    };
    let name = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_name = [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(&name);
    is_name && context.api.document.sources().slice(value.span) == text
}
