//! Messages: whole at one place, a short card with a link at all others.
use std::collections::HashSet;

use serde::Serialize;
use tidings_document::api::{self, MessageId, MessageUse, OperationId, SchemaFormat};

use super::{
    Ctx,
    common::{About, Pair, about},
    example::{Example, examples},
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
    /// Names of the payload's properties, on a card.
    properties: Vec<String>,
    /// Content type, names, language of the schema.
    facts: Vec<Pair>,
    findings: Vec<Finding>,
    correlation: Option<Correlation>,
    payload: Option<Tree>,
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
    card.properties = schema
        .map(|schema| tree::property_names(&ctx.api[schema]))
        .unwrap_or_default()
        .into_iter()
        .map(str::to_owned)
        .collect();
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
        facts: Vec::new(),
        findings: Vec::new(),
        correlation: None,
        payload: None,
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
        payload: match (schema, payload) {
            (Some(schema), _) => Some(tree(schema, Part::Payload)),
            (None, Some(found)) if found.format == SchemaFormat::Avro => {
                tree::avro(&ctx.avro.schema(found), id_text)
            }
            _ => {
                let schema = ctx.protobuf.payload(ctx.api, message);
                schema.map(|schema| tree::protobuf(&schema.outline(), id_text))
            }
        },
        source_html: match (payload, schema) {
            (Some(payload), None) => json::source(payload.node),
            _ => String::new(),
        },
        headers: message.headers.map(|schema| tree(schema, Part::Headers)),
        examples: examples(ctx, message),
        about: Some(about(ctx, &message.about, card.level)),
        ..card
    }
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
