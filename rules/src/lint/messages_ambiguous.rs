//! `messages-ambiguous`: a receiver cannot tell two messages of one channel apart.

use std::collections::{HashMap, HashSet};

use tidings_document::api::{Api, Message, MessageId, MessageUse, Operation, Place, SchemaId};
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::overlap::{Common, Judge, Plain, shown};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "messages-ambiguous",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a receiver cannot tell two messages of one channel apart",
        docs: r##"Messages that travel through one channel in the same direction arrive mixed. Whoever receives them goes by what is in them: a property of the
headers or the payload with a `const` or `enum` of its own, another type, another content type, another `statusCode` or `messageType` of the binding. Where a payload that is written after one message
fits another one, too, and the headers do not help, the receiver must guess, unless both sides agree on something that the document does not say.
A `name` of its own on each message is taken for such an agreement, as the name travels with the message where both sides use Tidings; the profile
`strict` reports those messages, too, as a note.

Only what is proved is reported, with a payload that fits both.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: object, required: [order], properties: { order: { type: string } } }
      cancelled:
        payload: { type: object, required: [order], properties: { order: { type: string } } }
operations:
  tell:
    action: send
    channel: { $ref: '#/channels/orders' }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        headers: { type: object, required: [kind], properties: { kind: { const: placed } } }
        payload: { type: object, required: [order], properties: { order: { type: string } } }
      cancelled:
        headers: { type: object, required: [kind], properties: { kind: { const: cancelled } } }
        payload: { type: object, required: [order], properties: { order: { type: string } } }
operations:
  tell:
    action: send
    channel: { $ref: '#/channels/orders' }
```
"##,
    },
    check,
};

/// Pairs of messages whose schemas are compared in one document.
const MOST: usize = 400;
/// Pairs of messages that are looked at at all.
const MOST_PAIRS: usize = 20_000;

/// Two messages that one receiver gets, and their payloads.
struct Suspects<'a> {
    uses: [MessageUse<'a>; 2],
    messages: [MessageId; 2],
    payloads: [SchemaId; 2],
    headers: Option<[SchemaId; 2]>,
}

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    let suspects = suspects(context);
    let schemas = |suspects: &Suspects<'_>| {
        let headers = suspects.headers.into_iter().flatten();
        suspects
            .payloads
            .into_iter()
            .chain(headers)
            .collect::<Vec<_>>()
    };
    let Some(mut judge) = Judge::new(api, suspects.iter().flat_map(schemas)) else {
        return;
    };
    let mut told = HashSet::new();
    let mut pairs = Vec::new();
    for suspects in &suspects {
        // One other message says enough of each.
        if told.contains(&suspects.messages[1]) {
            continue;
        }
        let Common::Value(payload) = judge.common(suspects.payloads, None) else {
            continue;
        };
        if let Some(headers) = suspects.headers
            && matches!(judge.common(headers, None), Common::None)
        {
            continue;
        }
        told.insert(suspects.messages[1]);
        let payload = shown(&payload);
        pairs.push(Pair { suspects, payload });
    }
    let groups = by_first(api, pairs);
    out.extend(groups.iter().filter_map(|pairs| finding(api, pairs)));
}

/// Two messages that cannot be told apart, with the payload that proves it.
struct Pair<'s, 'a> {
    suspects: &'s Suspects<'a>,
    payload: String,
}

/// The pairs of one message with later ones together; those whose names tell them apart where both sides use them stand alone.
fn by_first<'s, 'a>(api: &Api<'_>, pairs: Vec<Pair<'s, 'a>>) -> Vec<Vec<Pair<'s, 'a>>> {
    let mut known = HashMap::new();
    let mut groups: Vec<Vec<Pair<'s, 'a>>> = Vec::new();
    for pair in pairs {
        let first = pair.suspects.messages[0];
        let group = *known.entry((first, weight(api, &pair))).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(pair);
    }
    groups
}

fn weight(api: &Api<'_>, pair: &Pair<'_, '_>) -> Severity {
    let [one, other] = pair.suspects.messages.map(|id| &api[id]);
    match have_names(one, other) {
        true => Severity::Info,
        false => LINT.rule.severity,
    }
}

/// Messages that a finding names besides the first; more say nothing new.
const NAMED: usize = 4;

/// One finding for a message and all those that it is taken for.
fn finding(api: &Api<'_>, pairs: &[Pair<'_, '_>]) -> Option<Diagnostic> {
    let (first, more) = pairs.split_first()?;
    let [one, other] = first.suspects.messages.map(|id| api[id].display_name());
    let payload = &first.payload;
    let message = match more {
        [] => format!(
            "messages `{one}` and `{other}` cannot be told apart: payload `{payload}` fits both"
        ),
        _ => format!(
            "message `{one}` cannot be told from {}: payload `{payload}` fits it and `{other}`",
            names(api, pairs)
        ),
    };
    let [first_use, second] = first.suspects.uses;
    let found = Diagnostic::new(&LINT.rule, second.span, message)
        .weighing(weight(api, first))
        .related(first_use.span, "the other message")
        .help(
            "give each a `const` of its own in a required property of the payload or the headers",
        );
    Some(more.iter().fold(found, |found, pair| {
        found.related(pair.suspects.uses[1].span, "nor can this be told from it")
    }))
}

/// The later messages of some pairs.
fn names(api: &Api<'_>, pairs: &[Pair<'_, '_>]) -> String {
    let name = |pair: &Pair<'_, '_>| format!("`{}`", api[pair.suspects.messages[1]].display_name());
    let mut names: Vec<String> = pairs.iter().take(NAMED).map(name).collect();
    if pairs.len() > NAMED {
        names.push(format!("{} more", pairs.len() - NAMED));
    }
    let last = names.pop().unwrap_or_default();
    format!("{} and {last}", names.join(", "))
}

fn suspects<'a>(context: &Context<'a>) -> Vec<Suspects<'a>> {
    let api = context.api;
    let is_strict = context.profile == Profile::Strict;
    let mut plain: HashMap<SchemaId, Plain<'a>> = HashMap::new();
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    let groups = together(api);
    for [first, second] in groups.iter().flat_map(|uses| pairs(uses)).take(MOST_PAIRS) {
        let (Some(one), Some(other)) = (first.message, second.message) else {
            continue;
        };
        // One without a name stands in the place of a reference, which is told already.
        if [one, other]
            .iter()
            .any(|id| api[*id].display_name().is_empty())
        {
            continue;
        }
        let is_new = one != other && seen.insert((one.min(other), one.max(other)));
        if !is_new || (!is_strict && have_names(&api[one], &api[other])) {
            continue;
        }
        let suspects = suspicious(api, [one, other], &mut plain);
        found.extend(suspects.map(|(payloads, headers)| Suspects {
            uses: [first, second],
            messages: [one, other],
            payloads,
            headers,
        }));
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// Every message of a list with every earlier one.
fn pairs<'u, 'a>(uses: &'u [MessageUse<'a>]) -> impl Iterator<Item = [MessageUse<'a>; 2]> + 'u {
    let with_earlier = |(at, second): (usize, &'u MessageUse<'a>)| {
        uses[..at].iter().map(move |first| [*first, *second])
    };
    uses.iter().enumerate().flat_map(with_earlier)
}

/// Whether both messages are named, and not alike.
fn have_names(one: &Message<'_>, other: &Message<'_>) -> bool {
    let names = one.name.zip(other.name);
    names.is_some_and(|(one, other)| one.value != other.value)
}

/// The messages that one receiver gets mixed: those of all operations of one direction on a channel, and those of each reply.
fn together<'a>(api: &Api<'a>) -> Vec<Vec<MessageUse<'a>>> {
    let mut directions = HashMap::new();
    let mut groups: Vec<Vec<MessageUse<'a>>> = Vec::new();
    let operations = api.operations.iter();
    for operation in operations.filter(|operation| operation.place != Place::Components) {
        let direction = operation.channel.map(|channel| (channel, operation.action));
        let group = *directions.entry(direction).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        let answers = answers(operation);
        let asked = api.messages_of(operation).into_iter();
        groups[group].extend(
            asked.filter(|used| operation.messages.is_some() || !answers.contains(&used.message)),
        );
        // Without lists, a channel for both ways does not say which way its messages go.
        let reply = operation
            .reply
            .as_ref()
            .filter(|reply| reply.messages.is_some() || reply.channel != operation.channel);
        groups.extend(reply.map(|reply| api.messages_of_reply(reply)));
    }
    groups
}

/// The messages that an operation names as replies: they go the other way.
fn answers(operation: &Operation<'_>) -> HashSet<Option<MessageId>> {
    let reply = operation.reply.as_ref();
    let named = reply.and_then(|reply| reply.messages.as_ref());
    named
        .into_iter()
        .flatten()
        .map(|used| used.message)
        .collect()
}

/// Fields of bindings whose values travel with the message.
const TELLING: &[(&str, &str)] = &[("amqp", "messageType"), ("http", "statusCode")];

/// Whether the protocol tells two messages apart.
fn are_bound_apart(one: &Message<'_>, other: &Message<'_>) -> bool {
    TELLING.iter().any(|(protocol, field)| {
        let [one, other] = [one, other].map(|message| {
            let mut bindings = message.about.bindings.iter();
            let binding = bindings.find(|binding| binding.protocol.value == *protocol)?;
            binding.node.get(field)
        });
        one.zip(other)
            .is_some_and(|(one, other)| !one.is_same(other))
    })
}

type Schemas = ([SchemaId; 2], Option<[SchemaId; 2]>);

/// The schemas of two messages, unless it is plain that they differ, or nothing can be known.
fn suspicious<'a>(
    api: &'a Api<'a>,
    messages: [MessageId; 2],
    known: &mut HashMap<SchemaId, Plain<'a>>,
) -> Option<Schemas> {
    let [one, other] = messages.map(|id| &api[id]);
    if api.content_type_of(one) != api.content_type_of(other) || are_bound_apart(one, other) {
        return None;
    }
    let payload = |message: &Message<'_>| message.payload.as_ref()?.schema;
    let payloads = [payload(one)?, payload(other)?];
    let headers = one.headers.zip(other.headers).map(<[SchemaId; 2]>::from);
    let mut is_apart = |[one, other]: [SchemaId; 2]| {
        for id in [one, other] {
            known.entry(id).or_insert_with(|| Plain::of(api, id));
        }
        known[&one].is_apart(&known[&other], true)
    };
    let are_apart = is_apart(payloads) || headers.is_some_and(is_apart);
    (!are_apart).then_some((payloads, headers))
}
