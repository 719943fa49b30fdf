//! `channel-without-operation`: no operation uses a channel.

use std::collections::HashSet;

use tidings_document::api::{Api, ChannelId, Operation, Place};
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::keys;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "channel-without-operation",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "no operation uses a channel",
        docs: r##"A channel says where messages go, an operation what the application does there. Where the document has operations, a channel that none of them uses, not
even for replies, is left over, or an operation is missing. In version 2 the operations stand in the channel.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { address: orders }
  complaints: { address: complaints }
operations:
  place: { action: receive, channel: { $ref: '#/channels/orders' } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { address: orders }
operations:
  place: { action: receive, channel: { $ref: '#/channels/orders' } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    if api.operations.is_empty() || lacks_operations(api) {
        return;
    }
    let replies = api
        .operations
        .iter()
        .filter_map(|operation| operation.reply.as_ref()?.channel);
    let used: HashSet<ChannelId> = api
        .operations
        .iter()
        .filter_map(|operation| operation.channel)
        .chain(replies)
        .collect();
    for (id, channel) in (0..).map(ChannelId).zip(&api.channels) {
        if channel.place == Place::Root && !used.contains(&id) {
            let message = format!("no operation uses channel `{}`", channel.key.value);
            out.push(
                Diagnostic::new(&LINT.rule, channel.key.span, message)
                    .help("remove it, or add an operation"),
            );
        }
    }
}

/// Whether some operation of version 3 could not be read in whole, so that nobody knows what it uses.
pub(super) fn lacks_operations(api: &Api<'_>) -> bool {
    let operations = api.operations.iter();
    let read = operations
        .filter(|operation| operation.place == Place::Root && knows_what_it_uses(api, operation))
        .count();
    !api.version.is_v2() && keys(api.node, "operations").count() != read
}

/// Whether all that an operation names is there: what it names wrongly is told, and is not what it leaves out.
fn knows_what_it_uses(api: &Api<'_>, operation: &Operation<'_>) -> bool {
    let reply = operation.reply.as_ref();
    let own = (operation.node, operation.channel, &operation.messages);
    let reply = reply.map(|reply| (reply.node, reply.channel, &reply.messages));
    [own]
        .into_iter()
        .chain(reply)
        .all(|(node, channel, messages)| {
            let written = node.get("messages");
            let is_list =
                written.is_none_or(|node| api.document.resolve(node).node.as_array().is_some());
            let mut messages = messages.iter().flatten();
            is_list
                && messages.all(|used| used.message.is_some())
                && (channel.is_some() || node.get("channel").is_none())
        })
}
