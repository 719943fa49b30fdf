//! `binding-protocol-unserved`: a binding is for a protocol that no server speaks.

use std::collections::{HashMap, HashSet};

use tidings_document::api::{About, Api, Binding, Channel, MessageId, Place, Server};
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "binding-protocol-unserved",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a binding is for a protocol that no server speaks",
        docs: r##"Bindings say how a protocol is used. Where all servers that a channel is on speak other protocols, nobody looks at them: they are left over, or a server is
missing. A channel that names no servers is on all of the document. One binding of each such protocol and channel is reported.

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

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  production: { host: example.com, protocol: mqtt }
  archive: { host: archive.example.com, protocol: kafka }
channels:
  orders:
    address: orders
    servers: [{ $ref: '#/servers/production' }]
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
    let api = context.api;
    let root = api
        .servers
        .iter()
        .filter(|server| server.place == Place::Root);
    let Some(all) = spoken(root).filter(|all| !all.is_empty()) else {
        return;
    };
    let mut found: Vec<Unserved<'_>> = Vec::new();
    let mut served = HashSet::new();
    for (binding, channel) in bindings(api) {
        let Some(protocol) = plain(binding.protocol.value) else {
            continue;
        };
        let own = channel.map_or(Some(all.clone()), |channel| spoken_on(api, channel, &all));
        if own.is_none_or(|own| own.contains(protocol)) {
            served.insert(binding.node.span);
        } else {
            let channel = channel.filter(|_| all.contains(protocol));
            found.push(Unserved { binding, channel });
        }
    }
    // What several objects share is for those of them that use it, and of bindings that lack the same, one says it.
    found.retain(|found| !served.contains(&found.binding.node.span));
    let mut told = HashSet::new();
    let found = found.into_iter().map(|found| (found.message(), found));
    let news = found.filter(|(message, _)| told.insert(message.clone()));
    out.extend(news.map(|(message, found)| {
        Diagnostic::new(&LINT.rule, found.binding.protocol.span, message)
            .help("remove it, or add a server that does")
    }));
}

/// A binding that no server looks at.
struct Unserved<'a> {
    binding: Binding<'a>,
    /// The channel, where servers of others would.
    channel: Option<&'a Channel<'a>>,
}

impl Unserved<'_> {
    fn message(&self) -> String {
        let server = match self.channel {
            Some(channel) => format!("no server of channel `{}`", channel.key.value),
            None => "no server".to_owned(),
        };
        let protocol = self.binding.protocol.value;
        format!("{server} speaks the protocol of the binding `{protocol}`")
    }
}

/// The bindings of channels, and of their operations and messages, each with the channel that it is for.
fn bindings<'a>(api: &'a Api<'a>) -> Vec<(Binding<'a>, Option<&'a Channel<'a>>)> {
    let mut users: HashMap<MessageId, Vec<&Channel<'_>>> = HashMap::new();
    for channel in &api.channels {
        for entry in &channel.messages {
            users.entry(entry.message).or_default().push(channel);
        }
    }
    let mut found = Vec::new();
    let mut add = |about: &'a About<'a>, channel| {
        found.extend(about.bindings.iter().map(|binding| (*binding, channel)));
    };
    for server in &api.servers {
        add(&server.about, None);
    }
    for channel in &api.channels {
        add(&channel.about, Some(channel));
    }
    for operation in &api.operations {
        add(&operation.about, operation.channel.map(|id| &api[id]));
    }
    for (id, message) in (0..).map(MessageId).zip(&api.messages) {
        match users.get(&id) {
            Some(channels) => channels
                .iter()
                .for_each(|channel| add(&message.about, Some(channel))),
            None => add(&message.about, None),
        }
    }
    found
}

/// The protocols of the servers that a channel is on, which are all where it names none; nothing where one is not known.
fn spoken_on(
    api: &Api<'_>,
    channel: &Channel<'_>,
    all: &HashSet<&'static str>,
) -> Option<HashSet<&'static str>> {
    if channel.servers.is_empty() {
        return Some(all.clone());
    }
    let servers = channel
        .servers
        .iter()
        .map(|(_, server)| server.map(|id| &api[id]));
    spoken(servers.collect::<Option<Vec<_>>>()?.into_iter())
}

fn spoken<'s, 'a: 's>(
    servers: impl Iterator<Item = &'s Server<'a>>,
) -> Option<HashSet<&'static str>> {
    servers.map(|server| plain(server.protocol.value)).collect()
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
