//! `server-duplicate`: two servers have the same address.

use std::collections::HashMap;

use tidings_document::api::{Place, Server};
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "server-duplicate",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "two servers have the same address",
        docs: r##"Two servers of the same protocol, host and path are one and the same. What differs between them, such as variables or security, is easily overlooked; tools
that let people choose a server show the same one twice.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  production: { host: example.com, protocol: mqtt }
  live: { host: example.com, protocol: mqtt }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  production: { host: example.com, protocol: mqtt }
  staging: { host: staging.example.com, protocol: mqtt }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<_, &Server<'_>> = HashMap::new();
    let servers = context
        .api
        .servers
        .iter()
        .filter(|server| server.place == Place::Root);
    for server in servers.filter(|server| !server.host.value.is_empty()) {
        let path = server.pathname.map(|path| path.value).unwrap_or_default();
        let scheme = server
            .url
            .and_then(|url| url.value.split_once("://"))
            .map(|(scheme, _)| scheme);
        let address = (scheme, server.host.value, path, server.protocol.value);
        if let Some(first) = seen.get(&address) {
            let message = format!(
                "server `{}` has the address of server `{}`",
                server.key.value, first.key.value
            );
            out.push(
                Diagnostic::new(&LINT.rule, server.key.span, message)
                    .related(first.key.span, "the other server"),
            );
        } else {
            seen.insert(address, server);
        }
    }
}
