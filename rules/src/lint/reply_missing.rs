//! `reply-missing`: a message asks for a reply, and its operation has none.

use std::collections::HashSet;

use tidings_document::api::{Api, Message, SchemaId, SchemaKind};
use tidings_document::{Diagnostic, Profile, Rule, Severity, Text};

use super::{Context, Lint};
use crate::schemas::in_place;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "reply-missing",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a message asks for a reply, and its operation has none",
        docs: r##"A header such as `replyTo` tells where the sender waits for a reply. An operation without `reply` says that none is sent: generated clients do not wait
for one, and services have nothing to answer.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      place: { headers: { type: object, properties: { replyTo: { type: string } } } }
operations:
  place: { action: receive, channel: { $ref: '#/channels/orders' } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      place: { headers: { type: object, properties: { replyTo: { type: string } } } }
  replies: { address: null }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
    reply:
      address: { location: '$message.header#/replyTo' }
      channel: { $ref: '#/channels/replies' }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    if context.is_v2() {
        return;
    }
    for operation in &api.operations {
        if operation.reply.is_some() || operation.node.get("reply").is_some() {
            continue;
        }
        let used = api.messages_of(operation);
        let mut messages = used
            .iter()
            .filter_map(|used| used.message)
            .map(|id| &api[id]);
        let asking = messages.find_map(|message| Some((message, asks_for_reply(api, message)?)));
        let Some((message, header)) = asking else {
            continue;
        };
        let text = format!(
            "message `{}` asks for a reply by its header `{}`, and operation `{}` has no `reply`",
            message.display_name(),
            header.value,
            operation.key.value
        );
        let help = format!(
            "add `reply` with its `channel`, and `address: {{location: '$message.header#/{}'}}`",
            header.value
        );
        out.push(
            Diagnostic::new(&LINT.rule, operation.key.span, text)
                .help(help)
                .related(header.span, "the header"),
        );
    }
}

/// The header that tells where a reply is to be sent.
fn asks_for_reply<'a>(api: &'a Api<'_>, message: &Message<'_>) -> Option<Text<'a>> {
    let mut open = vec![message.headers?];
    let mut seen: HashSet<SchemaId> = HashSet::new();
    while let Some(id) = open.pop().filter(|_| seen.len() < MOST) {
        let SchemaKind::Object(object) = &api[id].kind else {
            continue;
        };
        if !seen.insert(id) {
            continue;
        }
        let mut names = object.properties.iter().map(|property| property.name);
        if let Some(name) = names.find(|name| is_reply_address(name.value)) {
            return Some(name);
        }
        open.extend(in_place(object));
    }
    None
}

/// Schemas of headers that are looked into.
const MOST: usize = 100;

fn is_reply_address(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let name: String = letters.map(|part| part.to_ascii_lowercase()).collect();
    let name = name.strip_prefix("jms").unwrap_or(&name);
    matches!(
        name,
        "replyto" | "replyaddress" | "replychannel" | "replytopic" | "replyqueue"
    )
}
