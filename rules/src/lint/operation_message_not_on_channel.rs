//! `operation-message-not-on-channel`: an operation names a message that its channel does not have.

use tidings_document::api::{Channel, MessageUse};
use tidings_document::{Change, Diagnostic, Fix, Node, Profile, Rule, Severity, escaped_token};

use super::{Context, Lint};
use crate::entries::{Entries, Way};
use crate::places::reference;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "operation-message-not-on-channel",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi3-operation-messages-from-referred-channel"],
        summary: "an operation names a message that its channel does not have",
        docs: r##"`messages` of an operation picks from the messages of its channel, so each entry refers to one of them
(`#/channels/orders/messages/placed`), not to a message of another channel or of `components`. What counts is where a reference goes, through
other files and references, not how it is written.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed: { payload: { type: object } }
  stock:
    address: stock
    messages:
      reserved: { payload: { type: object } }
operations:
  placeOrder:
    action: send
    channel: { $ref: '#/channels/orders' }
    messages: [{ $ref: '#/channels/stock/messages/reserved' }]
```

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed: { $ref: '#/components/messages/OrderPlaced' }
operations:
  placeOrder:
    action: send
    channel: { $ref: '#/channels/orders' }
    messages: [{ $ref: '#/components/messages/OrderPlaced' }]
components:
  messages:
    OrderPlaced: { payload: { type: object } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed: { payload: { type: object } }
operations:
  placeOrder:
    action: send
    channel: { $ref: '#/channels/orders' }
    messages: [{ $ref: '#/channels/orders/messages/placed' }]
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    if context.is_v2() {
        return;
    }
    for operation in &context.api.operations {
        let chosen = operation.messages.as_deref().unwrap_or_default();
        if context.is_official() && !has_sound_references(operation.node) {
            continue;
        }
        if operation.channel.is_none() && context.is_official() {
            let strays = chosen.iter().zip(targets(operation.node));
            let strays = strays.filter(|(_, target)| leads_past_channel(operation.node, target));
            out.extend(strays.map(|(stray, _)| {
                Diagnostic::new(
                    &LINT.rule,
                    stray.span,
                    "the message is not one of the channel",
                )
            }));
        }
        if let Some(channel) = operation.channel.map(|id| &context.api[id]) {
            let strays = match context.is_official() {
                true => strays_by_text(operation.node, channel, chosen),
                false => strays(context, operation.node, channel, chosen),
            };
            for stray in named(context, channel, strays) {
                let message = format!(
                    "message `{}` is not one of channel `{}`",
                    stray.key.value, channel.key.value
                );
                out.push(
                    Diagnostic::new(&LINT.rule, stray.span, message)
                        .help(help(channel))
                        .fix(fix(operation.node, channel, &stray)),
                );
            }
        }
    }
}

/// Where the references to the chosen messages lead.
fn targets(node: &Node) -> impl Iterator<Item = &str> {
    let written = node.get("messages").and_then(Node::as_array);
    let target = |item| reference(item).map_or("", |target| target.value);
    written.unwrap_or_default().iter().map(target)
}

/// Whether all references may be written as they are: the official parser passes over operations with others.
fn has_sound_references(node: &Node) -> bool {
    let channel = node.get("channel").and_then(reference);
    let mut all = targets(node).chain(channel.map(|channel| channel.value));
    let is_unsound = |part: char| part.is_whitespace() || "\"<>\\^`{|}".contains(part);
    !all.any(|target| target.contains(is_unsound))
}

/// Whether a reference does not begin with that to the channel. The official parser compares the texts, even where there is
/// no such channel.
fn leads_past_channel(node: &Node, target: &str) -> bool {
    match node.get("channel") {
        None => true,
        Some(channel) => reference(channel).is_some_and(|channel| {
            let prefix = format!("{}/messages", channel.value);
            !target.starts_with(&prefix)
        }),
    }
}

/// The chosen messages that do not lead to the messages of the channel.
pub(super) fn strays<'a>(
    context: &Context<'a>,
    node: &'a Node,
    channel: &Channel<'a>,
    chosen: &[MessageUse<'a>],
) -> Vec<MessageUse<'a>> {
    let written = node.get("messages").and_then(Node::as_array);
    // A channel that is written in place has no messages to refer to, which is told.
    if chosen.is_empty() || node.get("channel").and_then(reference).is_none() {
        return Vec::new();
    }
    let entries = Entries::of(context.api, channel.node.get("messages"));
    let is_stray = |item| matches!(entries.way(item), Way::Past(_) | Way::Elsewhere);
    let pairs = written.unwrap_or_default().iter().zip(chosen);
    let strays = pairs.filter(|(item, _)| is_stray(*item));
    strays.map(|(_, chosen)| *chosen).collect()
}

/// The same as the official parser sees it: by the texts of references.
fn strays_by_text<'a>(
    node: &Node,
    channel: &Channel<'_>,
    chosen: &[MessageUse<'a>],
) -> Vec<MessageUse<'a>> {
    let is_foreign = |chosen: &MessageUse<'_>| {
        let is_own = |id| channel.messages.iter().any(|entry| entry.message == id);
        chosen.message.is_some_and(|id| !is_own(id))
    };
    let to_channel = node.get("channel").and_then(reference);
    let goes_elsewhere = |target: &str| {
        to_channel.is_some() && !target.is_empty() && leads_past_channel(node, target)
    };
    let pairs = chosen.iter().zip(targets(node));
    let strays = pairs.filter(|(chosen, target)| goes_elsewhere(target) || is_foreign(chosen));
    strays.map(|(chosen, _)| *chosen).collect()
}

/// Those of some messages that can be named, if their channel can. What stands there itself, without a name, should be a reference,
/// which is told already.
pub(super) fn named<'a>(
    context: &Context<'_>,
    channel: &Channel<'_>,
    strays: Vec<MessageUse<'a>>,
) -> impl Iterator<Item = MessageUse<'a>> {
    let is_official = context.is_official();
    let has_name = !channel.key.value.is_empty();
    let strays = strays.into_iter();
    strays.filter(move |stray| is_official || (has_name && !stray.key.value.is_empty()))
}

/// What to write instead.
pub(super) fn help(channel: &Channel<'_>) -> String {
    let first = channel
        .messages
        .first()
        .map_or("NAME", |entry| entry.key.value);
    format!(
        "refer to a message of the channel, such as `#/channels/{}/messages/{first}`",
        channel.key.value
    )
}

/// A message of the channel that was named where it is defined, named by way of the channel.
pub(super) fn fix(node: &Node, channel: &Channel<'_>, stray: &MessageUse<'_>) -> Option<Fix> {
    let to_channel = node.get("channel").and_then(reference)?;
    let written = node.get("messages").and_then(Node::as_array)?;
    let item = written.iter().find(|item| item.span == stray.span)?;
    let to_message = reference(item)?;
    let mut entries = channel
        .messages
        .iter()
        .filter(|entry| Some(entry.message) == stray.message);
    let (entry, None) = (entries.next()?, entries.next()) else {
        return None;
    };
    let key = escaped_token(entry.key.value);
    let meant = format!("{}/messages/{key}", to_channel.value);
    let is_near =
        to_channel.value.starts_with("#/") && to_message.value.starts_with("#/components/");
    let title = format!("refer to `{meant}`");
    let change = Change::Scalar(to_message.span, meant);
    is_near.then(|| Fix::new(title, change))
}
