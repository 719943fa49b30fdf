//! `channel-address-duplicate`: two channels have the same address on the same server.

use std::collections::HashMap;

use tidings_document::api::{Channel, Place};
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "channel-address-duplicate",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "two channels have the same address on the same server",
        docs: r##"Two channels with one address are one channel to a broker: what is sent to the one arrives on the other. Addresses that differ only in
the names of their parameters are the same, too. Where the protocol tells them apart by other means, as WebSocket servers may, that is
meant; otherwise give one channel all messages, or say on which `servers` each one is.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  placed:
    address: orders/{id}
    parameters: { id: { description: Number of the order. } }
  cancelled:
    address: orders/{number}
    parameters: { number: { description: Number of the order. } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  eu: { host: eu.example.com, protocol: mqtt }
  us: { host: us.example.com, protocol: mqtt }
channels:
  placed:
    address: orders
    servers: [{ $ref: '#/servers/eu' }]
  cancelled:
    address: orders
    servers: [{ $ref: '#/servers/us' }]
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<String, Vec<&Channel<'_>>> = HashMap::new();
    for channel in context
        .api
        .channels
        .iter()
        .filter(|channel| channel.place == Place::Root)
    {
        let Some(address) = channel.address else {
            continue;
        };
        let others = seen.entry(shape(address.value)).or_default();
        if let Some(first) = others.iter().find(|other| share_a_server(other, channel)) {
            let message = format!(
                "address `{}` is that of channel `{}` already",
                address.value, first.key.value
            );
            let place = first.address.map_or(first.key.span, |address| address.span);
            out.push(
                Diagnostic::new(&LINT.rule, address.span, message)
                    .related(place, "the other address"),
            );
        }
        others.push(channel);
    }
}

/// The address without the names of its parameters.
fn shape(address: &str) -> String {
    let mut shape = String::new();
    let mut in_name = false;
    for character in address.chars() {
        in_name = in_name && character != '}';
        if !in_name {
            shape.push(character);
        }
        in_name = in_name || character == '{';
    }
    shape
}

fn share_a_server(one: &Channel<'_>, other: &Channel<'_>) -> bool {
    let all = one.servers.is_empty() || other.servers.is_empty();
    all || one
        .servers
        .iter()
        .any(|(_, id)| other.servers.iter().any(|(_, other)| id == other))
}
