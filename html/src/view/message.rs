//! Messages: whole at one place, a short card with a link at all others.
use std::collections::HashSet;

use serde::Serialize;
use tidings_document::api::{self, MessageId, MessageUse, OperationId, SchemaFormat};

use super::{
    Ctx,
    common::{About, about},
    example::{Example, examples},
    flat::Pair,
};
use crate::{
    finding::{self, Finding},
    json,
    link::Link,
    plan::Part,
    tree::{self, Tree},
};

#[derive(Serialize)]
pub(crate) struct Message {
    /// Level of its heading.
    level: u8,
    /// What it is to the operation: `Request`, `Reply` …
    role: &'static str,
    /// Its id, or that of the place which has it.
    id: String,
    /// Whether another place has that.
    is_copy: bool,
    /// Whether all of it is shown, and not a card that only leads to it.
    whole: bool,
    title: String,
    /// Where it is shown whole, on a card.
    elsewhere: Option<Link>,
    /// Names of the payload's properties, on a card, and how many more there are.
    properties: Vec<String>,
    hidden: usize,
    /// Content type, names, language of the schema.
    facts: Vec<Pair>,
    findings: Vec<Finding>,
    correlation: Option<Correlation>,
    payload: Option<Tree>,
    /// Whether it is whole, and the document says nothing of its payload.
    is_empty: bool,
    source_html: String,
    headers: Option<Tree>,
    examples: Vec<Example>,
    about: Option<About>,
}

#[derive(Serialize)]
struct Correlation {
    location: String,
    description_html: String,
}

/// How many properties a card names.
const NAMED: usize = 12;

/// The message as an operation shows it.
pub(crate) fn of_operation(
    ctx: &Ctx<'_>,
    operation: OperationId,
    role: &'static str,
    used: &MessageUse<'_>,
    shown: &mut HashSet<MessageId>,
) -> Message {
    let Some(id) = used.message else {
        return card(role, used.key.value, None);
    };
    let home = ctx.plan.message_home[id.0 as usize];
    if home == Some(operation) && shown.insert(id) {
        return whole(ctx, id, role, false);
    }
    if ctx.plan.repeated[id.0 as usize] && shown.insert(id) {
        return whole(ctx, id, role, true);
    }
    let message = &ctx.api[id];
    let schema = message.payload.as_ref().and_then(|payload| payload.schema);
    let mut card = card(role, title(message), Some(link(ctx, id)));
    let names = schema.map(|schema| tree::property_names(&ctx.api[schema]));
    let names = names.unwrap_or_default();
    card.hidden = names.len().saturating_sub(NAMED);
    let named = names.into_iter().take(NAMED);
    card.properties = named.map(str::to_owned).collect();
    card
}

/// Messages that no operation uses.
pub(crate) fn unused(ctx: &Ctx<'_>) -> impl Iterator<Item = Message> {
    (0..)
        .map(MessageId)
        .zip(&ctx.plan.message_home)
        .filter(|(_, home)| home.is_none())
        .map(|(id, _)| whole(ctx, id, "", false))
}

/// What people call a message.
pub(crate) fn title<'a>(message: &api::Message<'a>) -> &'a str {
    let title = message.about.title.map(|text| text.value);
    title
        .filter(|title| !title.is_empty())
        .unwrap_or_else(|| message.display_name())
}

/// A link to the place where a message is shown whole.
pub(crate) fn link(ctx: &Ctx<'_>, id: MessageId) -> Link {
    Link::to(&ctx.plan.messages[id.0 as usize], title(&ctx.api[id]))
}

fn card(role: &'static str, title: &str, elsewhere: Option<Link>) -> Message {
    Message {
        // Under an operation there is a heading more than in the list of other messages.
        level: if role.is_empty() { 3 } else { 4 },
        role,
        id: String::new(),
        is_copy: false,
        whole: false,
        title: title.to_owned(),
        elsewhere,
        properties: Vec::new(),
        hidden: 0,
        facts: Vec::new(),
        findings: Vec::new(),
        correlation: None,
        payload: None,
        is_empty: false,
        source_html: String::new(),
        headers: None,
        examples: Vec::new(),
        about: None,
    }
}

fn whole(ctx: &Ctx<'_>, id: MessageId, role: &'static str, is_copy: bool) -> Message {
    let message = &ctx.api[id];
    let payload = message.payload.as_ref();
    let schema = payload.and_then(|payload| payload.schema);
    let tree = |schema, part| match is_copy {
        true => tree::copy(ctx.api, &ctx.plan, schema),
        false => tree::part(ctx.api, &ctx.plan, schema, id, part),
    };
    let title = title(message);
    let card = card(role, title, None);
    let other = payload.filter(|payload| payload.schema.is_none());
    let other = other.map(|payload| Other::new(ctx, id, payload));
    let is_home = |schema| ctx.plan.is_home(schema, id, Part::Payload);
    let is_linked = schema.is_some_and(|schema| ctx.plan.is_linked(schema) && !is_home(schema));
    let is_elsewhere = is_linked || other.as_ref().is_some_and(|other| other.is_elsewhere);
    let id_text = &*ctx.plan.messages[id.0 as usize];
    Message {
        id: id_text.to_owned(),
        is_copy,
        whole: true,
        facts: facts(ctx, message),
        findings: ctx.plan.findings(finding::About::Message(id)),
        correlation: message.correlation_id.as_ref().map(|found| Correlation {
            location: found.location.value.to_owned(),
            description_html: ctx.markdown(found.description, 6),
        }),
        is_empty: payload.is_none(),
        source_html: match (payload, schema) {
            (Some(payload), None) if !is_elsewhere && !is_lost(payload) => {
                json::source(payload.node)
            }
            _ => String::new(),
        },
        payload: match schema {
            Some(schema) => Some(tree(schema, Part::Payload)),
            None => other.and_then(|other| other.tree),
        },
        headers: message.headers.map(|schema| tree(schema, Part::Headers)),
        examples: examples(ctx, message, is_elsewhere),
        about: Some(about(ctx, &message.about, card.level)),
        ..card
    }
}

/// A payload that is described in another language than JSON Schema.
struct Other {
    tree: Option<Tree>,
    /// Whether another message shows it.
    is_elsewhere: bool,
}

impl Other {
    fn new<'a>(ctx: &Ctx<'a>, id: MessageId, payload: &api::Payload<'a>) -> Self {
        let message = &ctx.api[id];
        let within = &ctx.plan.messages[id.0 as usize];
        let (tree, of) = match payload.format {
            SchemaFormat::Avro => {
                let tree = tree::avro(&ctx.avro.schema(payload), within);
                (Some(tree), String::new())
            }
            _ => {
                let outline = ctx.protobuf.payload(ctx.api, message);
                let outline = outline.map(|schema| schema.outline());
                let of = outline.as_ref().and_then(|outline| outline.types.first());
                let of = of.map_or_else(String::new, |found| found.name.clone());
                (outline.map(|outline| tree::protobuf(&outline, within)), of)
            }
        };
        let tree = tree.or_else(|| tree::lost(payload.node).filter(|_| is_lost(payload)));
        let is_long = tree.as_ref().is_some_and(Tree::is_long);
        let mut homes = ctx.homes.borrow_mut();
        let home = match is_long {
            true => *homes.entry((payload.node.span, of)).or_insert(id),
            false => id,
        };
        match home == id {
            true => Self {
                tree,
                is_elsewhere: false,
            },
            false => Self {
                tree: Some(Tree::at(link(ctx, home))),
                is_elsewhere: true,
            },
        }
    }
}

/// Whether the schema of a payload could not be read.
pub(crate) fn is_lost(payload: &api::Payload<'_>) -> bool {
    payload.proto.is_none() && payload.node.reference().is_some()
}

fn facts(ctx: &Ctx<'_>, message: &api::Message<'_>) -> Vec<Pair> {
    let name = message.display_name();
    let payload = message.payload.as_ref();
    let format = payload.and_then(|payload| payload.format_text);
    let id = message.message_id.map(|id| id.value);
    [
        ("", ctx.api.content_type_of(message)),
        ("name", Some(name).filter(|name| *name != title(message))),
        ("id", id.filter(|id| *id != name)),
        ("schema in", format.map(|format| format.value)),
    ]
    .into_iter()
    .filter_map(|(label, value)| {
        Some(Pair {
            name: label.to_owned(),
            value: value?.to_owned(),
        })
    })
    .collect()
}
