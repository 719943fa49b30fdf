//! `server-variable-default-not-in-enum`: the default of a server variable is not among its values.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "server-variable-default-not-in-enum",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "the default of a server variable is not among its values",
        docs: r##"`enum` of a server variable lists every value that may stand in the address, and `default` is one of them.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    host: '{region}.example.com'
    protocol: mqtt
    variables:
      region: { enum: [eu, us], default: asia }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    host: '{region}.example.com'
    protocol: mqtt
    variables:
      region: { enum: [eu, us], default: eu }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for entry in context
        .api
        .servers
        .iter()
        .flat_map(|server| &server.variables)
    {
        let Some(default) = entry.default else {
            continue;
        };
        if !entry.values.is_empty()
            && !entry
                .values
                .iter()
                .any(|value| value.value == default.value)
        {
            let values: Vec<&str> = entry.values.iter().map(|value| value.value).collect();
            let message = format!(
                "default `{}` is not in the `enum` of `{}`",
                default.value, entry.name.value
            );
            out.push(
                Diagnostic::new(&LINT.rule, default.span, message)
                    .help(format!("use one of `{}`", values.join("`, `"))),
            );
        }
    }
}
