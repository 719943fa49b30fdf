//! `server-host-has-scheme`: a server's host holds a scheme or a path.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::within;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "server-host-has-scheme",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a server's host holds a scheme or a path",
        docs: r##"`host` is a name with an optional port. The protocol has its own field, and so has the path (`pathname`): a URL in `host` is what version 2
called `url`, and clients would connect to a host that does not exist.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    host: mqtt://example.com
    protocol: mqtt
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    host: example.com:1883
    pathname: /orders
    protocol: mqtt
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    if context.is_v2() {
        return;
    }
    for host in context.api.servers.iter().map(|server| server.host) {
        let scheme = host.value.find("://").map(|at| 0..at + 3);
        // A slash that ends the host is told as such.
        let last = host.value.len().saturating_sub(1);
        let path = host.value.find('/').filter(|at| *at < last);
        let path = path.map(|at| at..host.value.len());
        let (range, help) = match (scheme, path) {
            (Some(scheme), _) => (scheme, "the scheme belongs into `protocol`"),
            (None, Some(path)) => (path, "the path belongs into `pathname`"),
            (None, None) => continue,
        };
        let message = format!("host `{}` is not just a host", host.value);
        out.push(Diagnostic::new(&LINT.rule, within(host, range), message).help(help));
    }
}
