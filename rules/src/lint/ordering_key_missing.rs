//! `ordering-key-missing`: messages of a partitioned channel have no ordering key.

use std::collections::HashSet;

use tidings_document::api::About;
use tidings_document::{Diagnostic, Node, Profile, Rule, Severity, Span, Value};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "ordering-key-missing",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "messages of a partitioned channel have no ordering key",
        docs: r##"A topic of several partitions, or a FIFO queue, keeps the order of messages with the same key only. Without a key, messages about the same thing may
overtake each other, or all wait for each other. In Kafka the key stands in the message's binding; SQS and SNS have no field for their message group, so
that an extension whose name ends in `-key` or `-group` says it, such as `x-ordering-key`.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    bindings: { kafka: { partitions: 12 } }
    messages:
      placed: { payload: { type: string } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    bindings: { kafka: { partitions: 12 } }
    messages:
      placed:
        bindings: { kafka: { key: { type: string } } }
        payload: { type: string }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    let mut told = HashSet::new();
    for channel in &api.channels {
        let Some(part) = partitioned(&channel.about) else {
            continue;
        };
        for used in &channel.messages {
            let message = &api[used.message];
            if !has_key(&message.about) && told.insert(used.message) {
                let text = format!(
                    "message `{}` has no ordering key, though its channel is {}",
                    message.display_name(),
                    part.what
                );
                out.push(
                    Diagnostic::new(&LINT.rule, used.key.span, text)
                        .related(part.span, "the channel's binding")
                        .help(part.help),
                );
            }
        }
    }
}

/// What divides a channel.
struct Partitioned {
    span: Span,
    what: &'static str,
    help: &'static str,
}

fn partitioned(about: &About<'_>) -> Option<Partitioned> {
    let help = "say with `x-ordering-key` what orders the messages";
    about.bindings.iter().find_map(|binding| {
        let node = binding.node;
        let is_fifo = |node: Option<&Node>, key: &str| {
            node?.get(key).map(|value| value.value == Value::Bool(true))
        };
        let (is, what, help) = match binding.protocol.value {
            "kafka" => {
                let count = node.get("partitions").and_then(number)?;
                (
                    count > 1.0,
                    "divided into partitions",
                    "add `key` to the `kafka` binding of the message",
                )
            }
            "sqs" => (
                is_fifo(node.get("queue"), "fifoQueue")?,
                "a FIFO queue",
                help,
            ),
            "sns" => (
                node.get("ordering")?.get("type")?.as_str()? == "FIFO",
                "a FIFO topic",
                help,
            ),
            "kinesis" | "x-kinesis" => {
                let count = node
                    .get("shards")
                    .or_else(|| node.get("shardCount"))
                    .and_then(number)?;
                (count > 1.0, "divided into shards", help)
            }
            _ => return None,
        };
        let span = binding.protocol.span;
        is.then_some(Partitioned { span, what, help })
    })
}

fn number(node: &Node) -> Option<f64> {
    match &node.value {
        Value::Number(number) => number.as_f64(),
        _ => None,
    }
}

fn has_key(about: &About<'_>) -> bool {
    let kafka = about
        .bindings
        .iter()
        .filter(|binding| binding.protocol.value == "kafka");
    let extensions = about.extensions.0.iter();
    kafka
        .into_iter()
        .any(|binding| binding.node.get("key").is_some())
        || extensions
            .into_iter()
            .any(|(name, _)| name.value.ends_with("-key") || name.value.ends_with("-group"))
}
