//! `server-variable-undefined`: a placeholder of a server's address has no entry in `variables`.

use tidings_document::api::Server;
use tidings_document::{Diagnostic, Profile, Rule, Severity, Text};

use super::{Context, Lint};
use crate::places::{keys, placeholders};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "server-variable-undefined",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-server-variables"],
        summary: "a placeholder of a server's address has no entry in `variables`",
        docs: r##"A name in braces in a server's host, path or URL is a variable. Without an entry in `variables` nobody knows what may stand there.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    host: '{region}.example.com'
    protocol: mqtt
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
        // The official parser looks only where there is a `variables` object.
        if context.is_official() && server.node.get("variables").is_none() {
            continue;
        }
        for name in names(server) {
            if !keys(server.node, "variables").any(|key| key.value == name.value) {
                let message = format!("server variable `{}` is not described", name.value);
                out.push(
                    Diagnostic::new(&LINT.rule, name.span, message).help(format!(
                        "add `{}` to `variables` of server `{}`",
                        name.value, server.key.value
                    )),
                );
            }
        }
    }
}

/// The texts that make up a server's address.
pub(super) fn addresses<'a>(server: &Server<'a>) -> Vec<Text<'a>> {
    match server.url {
        Some(url) => vec![url],
        None => [Some(server.host), server.pathname]
            .into_iter()
            .flatten()
            .collect(),
    }
}

/// The names of the variables in a server's address.
pub(super) fn names<'a>(server: &Server<'a>) -> Vec<Text<'a>> {
    addresses(server)
        .into_iter()
        .flat_map(placeholders)
        .collect()
}
