//! `correlation-location-not-in-schema`: the correlation id is where the message's schema has nothing.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::expression::Expression;
use crate::schemas::{lacks, meant};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "correlation-location-not-in-schema",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "the correlation id is where the message's schema has nothing",
        docs: r##"`location` of a correlation id says where a message holds it. Where the schema of the headers or the payload describes what there is, but
not this, no sender knows that it must set it, and generated types have no place for it.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        headers: { type: object, properties: { trace: { type: string } } }
        correlationId: { location: '$message.header#/correlationId' }
```

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        headers: { type: object, properties: { correlationId: { type: string } } }
        correlationId: { location: '$message.header#/correlationid' }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        headers: { type: object, properties: { correlationId: { type: string } } }
        correlationId: { location: '$message.header#/correlationId' }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for message in &context.api.messages {
        let Some(location) = message.correlation_id.as_ref().map(|id| id.location) else {
            continue;
        };
        let Some(expression) = Expression::parse(location.value) else {
            continue;
        };
        if lacks(context.api, message, &expression) {
            let text = format!(
                "correlation id `{}` is not in the schema of message `{}`",
                location.value,
                message.display_name()
            );
            let (help, fix) = meant(context.api, message, location, &expression);
            let found = Diagnostic::new(&LINT.rule, location.span, text);
            out.push(found.help(help).fix(fix));
        }
    }
}
