//! `server-variable-unused`: a server describes a variable that its address does not have.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::server_variable_undefined::names;
use super::{Context, Lint};
use crate::places::keys;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "server-variable-unused",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-server-variables"],
        summary: "a server describes a variable that its address does not have",
        docs: r##"A variable stands in a server's host, path or URL as `{name}`. One that does not is left over, or the address lacks it.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    host: example.com
    protocol: mqtt
    variables:
      region: { enum: [eu, us], default: eu }
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
    for server in &context.api.servers {
        let used = names(server);
        // The official parser passes over addresses without any variable.
        if context.is_official() && used.is_empty() {
            continue;
        }
        for name in keys(server.node, "variables") {
            if !used
                .iter()
                .any(|placeholder| placeholder.value == name.value)
            {
                let message = format!(
                    "variable `{}` is not in the address of server `{}`",
                    name.value, server.key.value
                );
                out.push(
                    Diagnostic::new(&LINT.rule, name.span, message).help(format!(
                        "remove it, or put `{{{}}}` into the address",
                        name.value
                    )),
                );
            }
        }
    }
}
