//! `names-collide`: two names become the same in generated code.

use std::collections::HashMap;

use tidings_document::api::Place;
use tidings_document::{Diagnostic, Profile, Rule, Severity, Text};

use super::{Context, Lint};
use crate::casing::{pascal, snake};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "names-collide",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "two names become the same in generated code",
        docs: r##"Rust writes functions and fields `like_this` and types `LikeThis`, whatever the document does. Names that differ only in how their words are joined
become the same; generated code then numbers the later ones, and which is which changes with the order of the document.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
operations:
  placeOrder: { action: receive, channel: { $ref: '#/channels/orders' } }
  place-order: { action: receive, channel: { $ref: '#/channels/orders' } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
operations:
  placeOrder: { action: receive, channel: { $ref: '#/channels/orders' } }
  placeUrgentOrder: { action: receive, channel: { $ref: '#/channels/orders' } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    let is_root = |place: Place| place == Place::Root;
    let channels = api.channels.iter().filter(|channel| is_root(channel.place));
    // In version 2 the key is the address.
    let channels = channels.filter(|_| !context.is_v2());
    collisions("channels", pascal, channels.map(|channel| channel.key), out);
    let operations = api
        .operations
        .iter()
        .filter(|operation| is_root(operation.place));
    collisions(
        "operations",
        snake,
        operations.map(|operation| operation.key),
        out,
    );
    let messages = api
        .messages
        .iter()
        .filter(|message| !message.pointer.is_empty());
    collisions("messages", pascal, messages.map(|message| message.key), out);
    let schemas = api
        .schemas
        .iter()
        .filter(|schema| schema.place == Place::Components);
    collisions(
        "schemas",
        pascal,
        schemas.filter_map(|schema| schema.key),
        out,
    );
    for object in api.schemas.iter().filter_map(|schema| schema.object()) {
        let names = object.properties.iter().map(|property| property.name);
        collisions("properties", snake, names, out);
    }
}

fn collisions<'a>(
    what: &str,
    casing: fn(&str) -> String,
    names: impl Iterator<Item = Text<'a>>,
    out: &mut Vec<Diagnostic>,
) {
    let names: Vec<Text<'a>> = names.collect();
    if are_apart(&names) {
        return;
    }
    let mut seen: HashMap<String, Text<'a>> = HashMap::new();
    for name in names {
        let cased = casing(name.value);
        match seen.get(&cased) {
            Some(other) if other.value != name.value => {
                let message = format!(
                    "{what} `{}` and `{}` are both `{cased}` in Rust",
                    other.value, name.value
                );
                out.push(
                    Diagnostic::new(&LINT.rule, name.span, message)
                        .related(other.span, "the other name")
                        .help("generated code numbers the later one; rename one of them to choose yourself"),
                );
            }
            Some(_) => {}
            None => {
                seen.insert(cased, name);
            }
        }
    }
}

/// Whether the letters and digits alone tell all names apart, as they mostly do: then no casing makes two alike.
fn are_apart(names: &[Text<'_>]) -> bool {
    let mut digests: Vec<u64> = names.iter().map(|name| digest(name.value)).collect();
    digests.sort_unstable();
    digests.windows(2).all(|pair| pair[0] != pair[1])
}

/// The letters and digits of a name, whatever their case, as a number (FNV-1a).
fn digest(name: &str) -> u64 {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    let small = letters.flat_map(char::to_lowercase);
    small.fold(0xcbf2_9ce4_8422_2325, |digest, letter| {
        (digest ^ u64::from(letter)).wrapping_mul(0x100_0000_01b3)
    })
}
