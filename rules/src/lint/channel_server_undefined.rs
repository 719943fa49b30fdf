//! `channel-server-undefined`: a channel of version 2 names a server that the document does not have.

use tidings_document::{Diagnostic, Node, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::keys;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "channel-server-undefined",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-channel-servers", "asyncapi3-channel-servers"],
        summary: "a channel of version 2 names a server that the document does not have",
        docs: r##"In version 2 a channel lists the keys of the servers it is on. A key that is not in `servers` is a misspelling or left over.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
servers:
  production: { url: mqtt://example.com, protocol: mqtt }
channels:
  orders:
    servers: [prodution]
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
servers:
  production: { url: mqtt://example.com, protocol: mqtt }
channels:
  orders:
    servers: [production]
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    // A name in version 3 is not even a reference, which reading reports; the official parser says both.
    if !context.is_v2() && !context.is_official() {
        return;
    }
    let root = context.api.node;
    let is_server = |name: &str| keys(root, "servers").any(|key| key.value == name);
    for channel in &context.api.channels {
        let servers = channel
            .node
            .get("servers")
            .and_then(Node::as_array)
            .unwrap_or_default();
        for name in servers
            .iter()
            .filter_map(Node::text)
            .filter(|name| !is_server(name.value))
        {
            let message = format!(
                "server `{}` of channel `{}` does not exist",
                name.value, channel.key.value
            );
            let names = keys(root, "servers").map(|key| key.value);
            let found = Diagnostic::new(&LINT.rule, name.span, message);
            out.push(match tidings_document::nearest(name.value, names) {
                Some(near) => found.help(format!("did you mean `{near}`?")),
                None => found.help("add it to `servers`"),
            });
        }
    }
}
