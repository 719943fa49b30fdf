//! `operation-channel-not-in-root`: an operation of the document refers to a channel outside its `channels`.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::entries::Entries;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "operation-channel-not-in-root",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi3-required-operation-channel-unambiguity"],
        summary: "an operation of the document refers to a channel outside its `channels`",
        docs: r##"An operation in the root `operations` refers to a channel of the root `channels`. A channel that is only in `components` is not part of
the API, so nobody could tell whether the application is on it. The same holds of the channel of a reply. What counts is where a reference goes, through other
files and references, not how it is written.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
operations:
  placeOrder:
    action: send
    channel: { $ref: '#/components/channels/orders' }
components:
  channels:
    orders: { address: orders }
```

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { address: orders }
operations:
  placeOrder:
    action: receive
    channel: { $ref: '#/channels/orders' }
    reply: { channel: { $ref: '#/components/channels/answers' } }
components:
  channels:
    answers: { address: answers }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { $ref: '#/components/channels/orders' }
operations:
  placeOrder:
    action: send
    channel: { $ref: '#/channels/orders' }
components:
  channels:
    orders: { address: orders }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    if context.is_v2() {
        return;
    }
    let entries = Entries::of(context.api, context.api.node.get("channels"));
    let operations = context.api.operations.iter();
    for operation in
        operations.filter(|operation| context.is_in_view(operation.place, operation.node))
    {
        // A reply that stands elsewhere may be on any channel, and the official parser looks at none.
        let reply = operation
            .node
            .get("reply")
            .filter(|_| !context.is_official());
        let own = [
            ("channel", operation.node.get("channel")),
            (
                "reply channel",
                reply.and_then(|reply| reply.get("channel")),
            ),
        ];
        for (what, node) in own {
            let stray =
                node.and_then(|node| context.stray_reference(node, &entries, "#/channels/"));
            let Some((target, meant)) = stray else {
                continue;
            };
            let message = format!(
                "{what} `{}` of operation `{}` is not one of the document's `channels`",
                target.value, operation.key.value
            );
            let meant = meant.unwrap_or("NAME");
            out.push(
                Diagnostic::new(&LINT.rule, target.span, message).help(format!(
                    "refer to it as `#/channels/{meant}`, which itself may refer to the component"
                )),
            );
        }
    }
}
