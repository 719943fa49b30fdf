//! `integer-unbounded`: an integer has neither a format nor bounds.

use tidings_document::api::Type;
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::key_place;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "integer-unbounded",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Strict,
        codes: &[],
        summary: "an integer has neither a format nor bounds",
        docs: r##"JSON has no largest integer, programs do. With `format: int32` or `int64`, or with `minimum` and `maximum`, both sides use a type that holds every
value; otherwise generated code takes 64 bits, and other tools often 32.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { address: orders, messages: { placed: { payload: { type: integer } } } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { address: orders, messages: { placed: { payload: { type: integer, format: int64 } } } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for schema in &context.api.schemas {
        let Some(object) = schema.object() else {
            continue;
        };
        let is_integer = object
            .types
            .and_then(|types| types.without(Type::Null).only())
            == Some(Type::Integer);
        let below = object.minimum.is_some() || object.exclusive_minimum.is_some();
        let above = object.maximum.is_some() || object.exclusive_maximum.is_some();
        let is_bounded = object.format.is_some()
            || (below && above)
            || object.enumeration.is_some()
            || object.constant.is_some();
        if is_integer && !is_bounded {
            let span = key_place(schema.node, &["type"]);
            let message = "this integer has neither a format nor bounds";
            out.push(
                Diagnostic::new(&LINT.rule, span, message)
                    .help("add `format: int64`, or `minimum` and `maximum`"),
            );
        }
    }
}
