//! `duplicate-message-id`: two messages have the same `messageId`.

use std::collections::{HashMap, HashSet};

use tidings_document::api::{Api, Message, MessageId, Place};
use tidings_document::{Diagnostic, Profile, Rule, Severity, Text};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "duplicate-message-id",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-message-messageId-uniqueness"],
        summary: "two messages have the same `messageId`",
        docs: r##"Tools tell messages apart by `messageId`, so the specification asks that it is unique in the document, case included.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    publish: { message: { messageId: order, payload: { type: string } } }
    subscribe: { message: { messageId: order, payload: { type: integer } } }
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    publish: { message: { messageId: placeOrder, payload: { type: string } } }
    subscribe: { message: { messageId: orderPlaced, payload: { type: integer } } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    let channels = api
        .channels
        .iter()
        .filter(|channel| channel.place == Place::Root);
    let on_channels: HashSet<MessageId> = channels
        .flat_map(|channel| &channel.messages)
        .map(|entry| entry.message)
        .collect();
    // What is only in a channel of `components` is not part of the API.
    let counts = |id: MessageId, message: &Message<'_>| {
        on_channels.contains(&id) || message.pointer.starts_with("/components/messages/")
    };
    let messages = (0..).map(MessageId).zip(&api.messages);
    let mut names: Vec<_> = messages
        .filter(|(id, message)| counts(*id, message))
        .filter_map(|(_, message)| message.message_id)
        .collect();
    if context.is_official() {
        names.extend(used_again(api));
    }
    names.sort_by_key(|name| name.span);
    let mut seen = HashMap::new();
    for name in names {
        if let Some(first) = seen.get(name.value) {
            let message = format!("`messageId` `{}` is taken already", name.value);
            let found =
                Diagnostic::new(&LINT.rule, name.span, message).related(*first, "first use");
            out.push(found.help("give each an id of its own"));
        } else {
            seen.insert(name.value, name.span);
        }
    }
}

/// The ids of messages that several operations use, or one twice: the official parser takes each use for a message.
fn used_again<'a>(api: &Api<'a>) -> Vec<Text<'a>> {
    let operations = api.operations.iter();
    let operations = operations.filter(|operation| operation.place == Place::Root);
    let uses = operations.flat_map(|operation| operation.messages.iter().flatten());
    let mut seen = HashSet::new();
    uses.filter_map(|used| used.message)
        .filter(|id| !seen.insert(*id))
        .filter_map(|id| api[id].message_id)
        .collect()
}
