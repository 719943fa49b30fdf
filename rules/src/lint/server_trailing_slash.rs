//! `server-trailing-slash`: a server's address ends with a slash.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::server_variable_undefined::addresses;
use super::{Context, Lint};
use crate::places::within;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "server-trailing-slash",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-server-no-trailing-slash"],
        summary: "a server's address ends with a slash",
        docs: r##"Addresses of channels are put behind that of the server, so a slash at its end is one too many.

The official parser checks this in version 2 only.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    url: mqtt://example.com/
    protocol: mqtt
channels: {}
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    url: mqtt://example.com
    protocol: mqtt
channels: {}
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for address in context.api.servers.iter().flat_map(addresses) {
        let length = address.value.len();
        // A host of version 3 that holds more than a host is told as such.
        let is_host = !context.is_v2() && !address.value.starts_with('/');
        let is_told = is_host && address.value.find('/').is_some_and(|at| at + 1 < length);
        if length > 1 && address.value.ends_with('/') && !is_told {
            let message = format!("address `{}` ends with a slash", address.value);
            let span = within(address, length - 1..length);
            out.push(Diagnostic::new(&LINT.rule, span, message).help("remove the slash"));
        }
    }
}
