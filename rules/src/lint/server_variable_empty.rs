//! `server-variable-empty`: a server's address has `{}` in it.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::server_variable_undefined::addresses;
use super::{Context, Lint};
use crate::places::within;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "server-variable-empty",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-server-no-empty-variable"],
        summary: "a server's address has `{}` in it",
        docs: r##"A variable stands in the address by its name. An empty pair of braces is one whose name was forgotten.

The official parser checks this in version 2 only.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    host: '{}.example.com'
    protocol: mqtt
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    host: '{region}.example.com'
    protocol: mqtt
    variables: { region: { default: eu } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for address in context.api.servers.iter().flat_map(addresses) {
        if let Some(at) = address.value.find("{}") {
            let message = format!("address `{}` has a variable without a name", address.value);
            out.push(Diagnostic::new(
                &LINT.rule,
                within(address, at..at + 2),
                message,
            ));
        }
    }
}
