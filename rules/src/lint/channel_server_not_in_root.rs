//! `channel-server-not-in-root`: a channel of the document refers to a server outside its `servers`.

use tidings_document::api::Place;
use tidings_document::{Diagnostic, Node, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "channel-server-not-in-root",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi3-required-channel-servers-unambiguity"],
        summary: "a channel of the document refers to a server outside its `servers`",
        docs: r##"A channel in the root `channels` refers to servers of the root `servers`. A server that is only in `components` is not part of the API, so
nobody could tell whether the channel is there.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    servers: [{ $ref: '#/components/servers/eu' }]
components:
  servers:
    eu: { host: eu.example.com, protocol: mqtt }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  eu: { $ref: '#/components/servers/eu' }
channels:
  orders:
    address: orders
    servers: [{ $ref: '#/servers/eu' }]
components:
  servers:
    eu: { host: eu.example.com, protocol: mqtt }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    if context.is_v2() {
        return;
    }
    for channel in context.api.channels.iter().filter(|channel| {
        channel.place == Place::Root && channel.node.span.file == context.api.node.span.file
    }) {
        let servers = channel
            .node
            .get("servers")
            .and_then(Node::as_array)
            .unwrap_or_default();
        let stray = |server| context.stray_reference(server, "#/servers/");
        for target in servers.iter().filter_map(stray) {
            let message = format!(
                "server `{}` of channel `{}` is not one of the document's `servers`",
                target.value, channel.key.value
            );
            out.push(
                Diagnostic::new(&LINT.rule, target.span, message).help(
                    "refer to it as `#/servers/NAME`, which itself may refer to the component",
                ),
            );
        }
    }
}
