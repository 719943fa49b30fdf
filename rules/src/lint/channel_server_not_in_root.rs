//! `channel-server-not-in-root`: a channel of the document refers to a server outside its `servers`.

use tidings_document::{Diagnostic, Node, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::entries::Entries;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "channel-server-not-in-root",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi3-required-channel-servers-unambiguity"],
        summary: "a channel of the document refers to a server outside its `servers`",
        docs: r##"A channel in the root `channels` refers to servers of the root `servers`. A server that is only in `components` is not part of the API, so
nobody could tell whether the channel is there. What counts is where a reference goes, through other files and references, not how it is written.

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
    let entries = Entries::of(context.api, context.api.node.get("servers"));
    let channels = context.api.channels.iter();
    for channel in channels.filter(|channel| context.is_in_view(channel.place, channel.node)) {
        let servers = channel.node.get("servers").and_then(Node::as_array);
        let stray = |server| context.stray_reference(server, &entries, "#/servers/");
        for (target, meant) in servers.unwrap_or_default().iter().filter_map(stray) {
            let message = format!(
                "server `{}` of channel `{}` is not one of the document's `servers`",
                target.value, channel.key.value
            );
            let meant = meant.unwrap_or("NAME");
            out.push(
                Diagnostic::new(&LINT.rule, target.span, message).help(format!(
                    "refer to it as `#/servers/{meant}`, which itself may refer to the component"
                )),
            );
        }
    }
}
