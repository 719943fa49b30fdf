//! `operation-channel-not-in-root`: an operation of the document refers to a channel outside its `channels`.

use tidings_document::api::Place;
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "operation-channel-not-in-root",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi3-required-operation-channel-unambiguity"],
        summary: "an operation of the document refers to a channel outside its `channels`",
        docs: r##"An operation in the root `operations` refers to a channel of the root `channels`. A channel that is only in `components` is not part of
the API, so nobody could tell whether the application is on it.

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
    for operation in context.api.operations.iter().filter(|operation| {
        operation.place == Place::Root && operation.node.span.file == context.api.node.span.file
    }) {
        let channel = operation.node.get("channel");
        if let Some(target) =
            channel.and_then(|channel| context.stray_reference(channel, "#/channels/"))
        {
            let message = format!(
                "channel `{}` of operation `{}` is not one of the document's `channels`",
                target.value, operation.key.value
            );
            out.push(
                Diagnostic::new(&LINT.rule, target.span, message).help(
                    "refer to it as `#/channels/NAME`, which itself may refer to the component",
                ),
            );
        }
    }
}
