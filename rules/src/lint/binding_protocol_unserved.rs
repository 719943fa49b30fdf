//! `binding-protocol-unserved`: a binding is for a protocol that no server speaks.

use std::collections::HashSet;

use tidings_document::api::Place;
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::bindings::all;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "binding-protocol-unserved",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a binding is for a protocol that no server speaks",
        docs: r##"Bindings say how a protocol is used. Where all servers of the document speak other protocols, nobody looks at them: they are left over, or a server is
missing. One binding of each such protocol is reported.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  production: { host: example.com, protocol: mqtt }
channels:
  orders:
    address: orders
    bindings: { kafka: { topic: orders } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  production: { host: example.com, protocol: kafka-secure }
channels:
  orders:
    address: orders
    bindings: { kafka: { topic: orders } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let servers = context
        .api
        .servers
        .iter()
        .filter(|server| server.place == Place::Root);
    let spoken: Option<HashSet<&str>> =
        servers.map(|server| plain(server.protocol.value)).collect();
    let Some(mut spoken) = spoken.filter(|spoken| !spoken.is_empty()) else {
        return;
    };
    for (_, binding) in all(context.api) {
        let Some(protocol) = plain(binding.protocol.value) else {
            continue;
        };
        if spoken.insert(protocol) {
            let name = binding.protocol.value;
            let message = format!("no server speaks the protocol of the binding `{name}`");
            out.push(
                Diagnostic::new(&LINT.rule, binding.protocol.span, message)
                    .help("remove it, or add a server that does"),
            );
        }
    }
}

/// The protocol without its version and security; nothing for those that are spoken through others.
fn plain(protocol: &str) -> Option<&'static str> {
    Some(match protocol.to_ascii_lowercase().as_str() {
        "kafka" | "kafka-secure" => "kafka",
        "mqtt" | "mqtts" | "mqtt5" | "secure-mqtt" | "mqtt-secure" => "mqtt",
        "amqp" | "amqps" => "amqp",
        "nats" => "nats",
        "redis" | "rediss" => "redis",
        "stomp" | "stomps" => "stomp",
        "pulsar" | "pulsar+ssl" => "pulsar",
        "ros2" => "ros2",
        // A connection of WebSocket begins as one of HTTP.
        "http" | "https" | "ws" | "wss" => "http",
        _ => return None,
    })
}
