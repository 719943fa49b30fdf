//! `parameter-description-missing`: a parameter is not described.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "parameter-description-missing",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Strict,
        codes: &[],
        summary: "a parameter is not described",
        docs: r##"The name of a parameter seldom says what values it may have and where they come from; `description` does.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { address: 'orders/{region}', parameters: { region: { enum: [eu, us] } } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { address: 'orders/{region}', parameters: { region: { description: Where the order goes., enum: [eu, us] } } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let undescribed = context
        .api
        .channels
        .iter()
        .flat_map(|channel| &channel.parameters)
        .filter(|parameter| parameter.description.is_none());
    for name in undescribed.map(|parameter| parameter.name) {
        let message = "a parameter is not described";
        out.push(Diagnostic::new(&LINT.rule, name.span, message).help("add `description`"));
    }
}
