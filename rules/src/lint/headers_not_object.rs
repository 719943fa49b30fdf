//! `headers-not-object`: the headers of a message can be no map.

use tidings_document::api::{Api, Message, SchemaId, SchemaKind, SchemaObject, Type};
use tidings_document::{Diagnostic, Node, Profile, Rule, Severity, Span, Value};

use super::{Context, Lint};
use crate::places::{reference, value_place};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "headers-not-object",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "the schema of a message's headers allows no object",
        docs: r##"Headers are names with values: the specification demands a schema of a map of them. One that allows no object, be it by way of references, `allOf` or
alternatives, fits no message at all.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed: { headers: { type: array }, payload: { type: object } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed: { headers: { type: object, properties: { trace: { type: string } } }, payload: { type: object } }
```
"##,
    },
    check,
};

/// Schemas within each other that are looked at.
const DEPTH: u32 = 16;

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    let mut seen = std::collections::HashSet::new();
    for message in &api.messages {
        let Some(refuses) = message.headers.and_then(|id| refusing(api, id, DEPTH)) else {
            continue;
        };
        let why = place(api, refuses);
        let span = headers_place(message, why);
        // In version 2 reading looks for another `type` in the headers themselves.
        let is_told =
            context.is_v2() && message.headers == Some(refuses) && says_type(api, refuses);
        if is_told || !seen.insert(span) {
            continue;
        }
        let text = "`headers` must be a map, but their schema allows no object";
        let found = Diagnostic::new(&LINT.rule, span, text)
            .help("describe them by `type: object` with `properties`");
        out.push(match why == span {
            true => found,
            false => found.related(why, "it refuses objects here"),
        });
    }
}

/// The schema that refuses every object, from here on.
fn refusing(api: &Api<'_>, id: SchemaId, depth: u32) -> Option<SchemaId> {
    let object = match &api[id].kind {
        SchemaKind::Object(object) => object,
        SchemaKind::Bool(_) | SchemaKind::Unresolved => return None,
    };
    if refuses(object) {
        return Some(id);
    }
    let depth = depth.checked_sub(1)?;
    let part = object
        .all_of
        .iter()
        .find_map(|id| refusing(api, *id, depth));
    let all = |branches: &[SchemaId]| {
        let all = branches
            .iter()
            .all(|id| refusing(api, *id, depth).is_some());
        !branches.is_empty() && all
    };
    part.or_else(|| (all(&object.one_of) || all(&object.any_of)).then_some(id))
}

fn refuses(object: &SchemaObject<'_>) -> bool {
    let is_other = |node: &Node| !matches!(node.value, Value::Object(_));
    let values = object.enumeration.filter(|values| !values.is_empty());
    object
        .types
        .is_some_and(|types| !types.contains(Type::Object))
        || object.constant.is_some_and(is_other)
        || values.is_some_and(|values| values.iter().all(is_other))
}

fn says_type(api: &Api<'_>, id: SchemaId) -> bool {
    api[id]
        .object()
        .is_some_and(|object| object.types.is_some())
}

fn place(api: &Api<'_>, id: SchemaId) -> Span {
    let node = api[id].node;
    let keys = ["type", "const", "enum", "oneOf", "anyOf"];
    let key = keys.into_iter().find(|key| node.get(key).is_some());
    key.map_or(node.span, |key| value_place(node, key))
}

/// The reference of the headers, or what is wrong where it stands in the message itself.
fn headers_place(message: &Message<'_>, why: Span) -> Span {
    let Some(headers) = message.node.get("headers") else {
        return why;
    };
    let holds =
        |outer: Span| outer.file == why.file && outer.start <= why.start && why.end <= outer.end;
    match reference(headers) {
        Some(target) => target.span,
        None if holds(headers.span) => why,
        None => headers.span,
    }
}
