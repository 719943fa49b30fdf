//! `protobuf-schema-invalid`: a Protobuf schema that no compiler takes, or that does not say which message is meant.

use tidings_document::api::{Payload, SchemaFormat};
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::protobuf::Compiled;

pub(crate) static LINT: Lint = Lint {
    rule: Rule {
        id: "protobuf-schema-invalid",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-schemas"],
        summary: "a Protobuf schema cannot be compiled",
        docs: r##"A payload in Protobuf is the text of a `.proto` file, in the document or behind a `$ref`. It is compiled as `protoc` would: its syntax, its types and its imports must be right. Imports are looked for in the folders of `--proto-path`, then beside the file that has them and in the folders above it, then beside the document and above it, never outside the folders that may be read. `google/protobuf/*`, `google/api/*`, `google/rpc/*`, `google/type/*`, `validate/validate.proto` and `buf/validate/validate.proto` need not be there.

If the file defines several messages, the payload is the one with the comment `@RootNode` in front of it, else the one with the name of the AsyncAPI message, else the only one that no other message has a field of. A message that needs itself, in a field, in a map or by way of others, is none of those.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload:
          schemaFormat: application/vnd.google.protobuf;version=3
          schema: |
            syntax = "proto3";
            message Placed {
              OrderId id = 1;
            }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload:
          schemaFormat: application/vnd.google.protobuf;version=3
          schema: |
            syntax = "proto3";
            message Placed {
              string id = 1;
            }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    let mut compiled = Compiled::default();
    let mut found = Vec::new();
    for message in &api.messages {
        let Some(id) = message.payload.as_ref().and_then(|payload| payload.proto) else {
            continue;
        };
        found.extend(compiled.payload(api, message, id).err().unwrap_or_default());
    }
    for id in api.other_schemas.iter().filter_map(|schema| schema.proto) {
        found.extend(compiled.schema(api, id));
    }
    if !context.is_official() {
        let payloads = api
            .messages
            .iter()
            .filter_map(|message| message.payload.as_ref());
        found.extend(payloads.chain(&api.other_schemas).filter_map(no_text));
    }
    // Files that several schemas import are found wrong several times.
    found.sort_by(|a, b| (a.span, &a.message).cmp(&(b.span, &b.message)));
    found.dedup();
    out.extend(found);
}

/// A schema that is said to be Protobuf and is no text; a reference that leads nowhere is reported.
fn no_text(payload: &Payload<'_>) -> Option<Diagnostic> {
    let node = payload.node;
    if payload.format != SchemaFormat::Protobuf
        || payload.proto.is_some()
        || node.reference().is_some()
    {
        return None;
    }
    let first = node.as_object().and_then(|object| object.iter().next());
    let place = first.map_or(node.span, |entry| entry.key_span);
    let message = format!("a schema in Protobuf must be text, not {}", node.kind());
    let found = Diagnostic::new(&LINT.rule, place, message);
    Some(found.help("write what a `.proto` file holds, or `$ref` with the path of one"))
}
