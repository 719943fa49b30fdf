//! `channel-message-unused`: no operation of a channel uses one of its messages.

use std::collections::{HashMap, HashSet};

use tidings_document::api::{ChannelId, MessageId, MessageUse};
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::channel_without_operation::lacks_operations;
use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "channel-message-unused",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "no operation of a channel uses one of its messages",
        docs: r##"An operation without a list of its own uses all messages of its channel. Where every operation on a channel has a list, replies included, a message that is
in none of them never travels there.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages: { placed: { payload: { type: string } }, cancelled: { payload: { type: integer } } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
    messages: [{ $ref: '#/channels/orders/messages/placed' }]
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages: { placed: { payload: { type: string } }, cancelled: { payload: { type: integer } } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    if lacks_operations(api) {
        return;
    }
    let mut uses: HashMap<ChannelId, Vec<&Option<Vec<MessageUse<'_>>>>> = HashMap::new();
    for operation in &api.operations {
        let reply = operation.reply.as_ref();
        let reply = reply.and_then(|reply| Some((reply.channel?, &reply.messages)));
        let own = operation
            .channel
            .map(|channel| (channel, &operation.messages));
        for (channel, messages) in own.into_iter().chain(reply) {
            uses.entry(channel).or_default().push(messages);
        }
    }
    let channels = (0..).map(ChannelId).zip(&api.channels);
    // A channel without a name stands in the place of a reference, which is told already.
    for (id, channel) in channels.filter(|(_, channel)| !channel.key.value.is_empty()) {
        let lists = uses.get(&id).map_or(&[][..], Vec::as_slice);
        if lists.is_empty() || lists.iter().any(|list| list.is_none()) {
            continue;
        }
        let used: HashSet<MessageId> = lists
            .iter()
            .copied()
            .flatten()
            .flatten()
            .filter_map(|used| used.message)
            .collect();
        for unused in channel
            .messages
            .iter()
            .filter(|message| !used.contains(&message.message))
        {
            let message = format!(
                "no operation on channel `{}` uses its message `{}`",
                channel.key.value, unused.key.value
            );
            out.push(
                Diagnostic::new(&LINT.rule, unused.key.span, message)
                    .help("remove it, or name it in an operation"),
            );
        }
    }
}
