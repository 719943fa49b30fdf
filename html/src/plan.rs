//! Decides before anything is written where each object of the document stands on the page and what its heading's id is.
//!
//! Every message is shown whole once, and so is every schema: other places link to it. A schema gets a place of its own
//! when several others use it, when it is part of a cycle, or when it lies too deep to be shown where it is used. What is
//! short is shown at each of these places besides.
mod graph;
mod size;

use std::collections::{BTreeMap, VecDeque};

use tidings_document::{
    Host,
    api::{Api, ChannelId, MessageId, MessageUse, Operation, OperationId, Schema, SchemaId},
};

pub(crate) use graph::{Child, Role, children};
use size::Size;

use crate::{
    Settings,
    finding::{About, Finding, Findings},
    ids::Ids,
    markdown::Allowed,
    style::{self, Style},
};

/// How many levels of a schema are shown in one tree.
pub(crate) const DEPTH: usize = 12;

/// Where everything stands.
pub(crate) struct Plan {
    pub(crate) ids: Ids,
    /// Ids of headings, by the number of the object.
    pub(crate) operations: Vec<String>,
    pub(crate) channels: Vec<String>,
    pub(crate) servers: Vec<String>,
    pub(crate) messages: Vec<String>,
    pub(crate) security: Vec<String>,
    /// How each operation talks.
    pub(crate) styles: Vec<Style>,
    /// The operation under which a message is shown whole; `None` for those that no operation uses.
    pub(crate) message_home: Vec<Option<OperationId>>,
    /// Whether a message is so short, and used so seldom, that all operations that use it show it whole.
    pub(crate) repeated: Vec<bool>,
    /// Hosts whose pictures are shown.
    images: Vec<Host>,
    /// What is wrong with what stands where.
    findings: Findings,
    schemas: Vec<SchemaPlace>,
    /// Schemas with a place of their own in the list of schemas, in the order of the document.
    pub(crate) listed: Vec<SchemaId>,
}

/// A part of a message that is a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Headers,
    Payload,
}

struct SchemaPlace {
    /// Id of its heading or row; empty for those that nothing links to.
    id: String,
    /// Whether it has a place of its own, so that others link to it.
    shared: bool,
    /// Number of the cycle it belongs to; schemas in no common cycle have different numbers.
    cycle: u32,
    /// How much there is to show of it.
    size: Size,
    /// The message that shows it whole as its payload or headers.
    home: Option<(MessageId, Part)>,
}

impl Plan {
    pub(crate) fn new(api: &Api<'_>, settings: &Settings) -> Self {
        let mut ids = Ids::default();
        let styles: Vec<Style> = api.operations.iter().map(|o| style::of(api, o)).collect();
        let operations = api.operations.iter().map(|operation| {
            let key = operation_key(api, operation);
            ids.claim("operation", &key)
        });
        let operations = operations.collect();
        let mut claim = |kind: &str, keys: Vec<&str>| -> Vec<String> {
            keys.into_iter().map(|key| ids.claim(kind, key)).collect()
        };
        let channels = claim(
            "channel",
            api.channels.iter().map(|c| c.key.value).collect(),
        );
        let servers = claim("server", api.servers.iter().map(|s| s.key.value).collect());
        let messages = claim(
            "message",
            api.messages.iter().map(|m| m.key.value).collect(),
        );
        let schemes = api.security_schemes.iter();
        let security = claim("security", schemes.map(|s| s.key.value).collect());
        let message_home = message_homes(api, &styles);
        let schemas = schema_places(api, &mut ids, &message_order(&message_home, &styles, api));
        let repeated = repeated(api, &schemas);
        let listed = (0..)
            .zip(&schemas)
            .filter(|(_, place)| place.shared && place.home.is_none())
            .map(|(number, _)| SchemaId(number))
            .collect();
        Self {
            ids,
            operations,
            channels,
            servers,
            messages,
            security,
            styles,
            message_home,
            repeated,
            images: settings.shape.images.clone(),
            findings: Findings::new(api, settings),
            schemas,
            listed,
        }
    }

    /// What texts of the document may lead to and show.
    pub(crate) fn allowed(&self) -> Allowed<'_> {
        Allowed {
            ids: Some(&self.ids),
            images: &self.images,
        }
    }

    /// What is wrong with an object, to be told where it is shown.
    pub(crate) fn findings(&self, about: About) -> Vec<Finding> {
        self.findings.of(about).to_vec()
    }

    /// What the finding of this number is about, the smallest first.
    pub(crate) fn about_finding(&self, number: usize) -> impl Iterator<Item = About> {
        self.findings.about(number)
    }

    /// The id of a schema's heading or row; empty when it has none.
    pub(crate) fn schema_id(&self, schema: SchemaId) -> &str {
        &self.schemas[schema.0 as usize].id
    }

    /// Whether a schema is shown elsewhere, so that this place only links to it.
    pub(crate) fn is_shared(&self, schema: SchemaId) -> bool {
        self.schemas[schema.0 as usize].shared
    }

    /// Whether a schema is only linked where it is used.
    pub(crate) fn is_linked(&self, schema: SchemaId) -> bool {
        let place = &self.schemas[schema.0 as usize];
        place.shared && place.size != Size::Short
    }

    /// Whether a part of an `allOf` is only linked.
    pub(crate) fn is_linked_part(&self, schema: SchemaId) -> bool {
        let place = &self.schemas[schema.0 as usize];
        place.shared && place.size == Size::Long
    }

    /// Whether a message shows the schema whole as this part of it.
    pub(crate) fn is_home(&self, schema: SchemaId, message: MessageId, part: Part) -> bool {
        self.schemas[schema.0 as usize].home == Some((message, part))
    }

    /// Whether a way leads from one schema to the other and back.
    pub(crate) fn same_cycle(&self, one: SchemaId, other: SchemaId) -> bool {
        self.schemas[one.0 as usize].cycle == self.schemas[other.0 as usize].cycle
    }
}

/// The operations of a style in the order of the document.
pub(crate) fn operations_of(styles: &[Style], style: Style) -> impl Iterator<Item = OperationId> {
    (0..)
        .zip(styles)
        .filter(move |(_, found)| **found == style)
        .map(|(number, _)| OperationId(number))
}

/// Requests, then replies.
pub(crate) fn messages_of<'a>(api: &Api<'a>, operation: &Operation<'a>) -> Vec<MessageUse<'a>> {
    let mut messages = api.messages_of(operation);
    if let Some(reply) = &operation.reply {
        messages.extend(api.messages_of_reply(reply));
    }
    messages
}

/// What people call a schema.
pub(crate) fn schema_name<'a>(schema: &'a Schema<'_>) -> &'a str {
    let title = schema.object().and_then(|object| object.title);
    let pointer = || schema.pointer.rsplit('/').next();
    schema
        .key
        .or(title)
        .map(|text| text.value)
        .or_else(pointer)
        .filter(|name| !name.is_empty())
        .unwrap_or("schema")
}

/// An operation of version 2 without an id of its own is named by its channel and its direction.
fn operation_key(api: &Api<'_>, operation: &Operation<'_>) -> String {
    match operation.channel {
        Some(channel) if api.version.is_v2() && operation.operation_id.is_none() => {
            format!("{}.{}", api[channel].key.value, operation.key.value)
        }
        _ => operation.key.value.to_owned(),
    }
}

fn message_homes(api: &Api<'_>, styles: &[Style]) -> Vec<Option<OperationId>> {
    let mut homes = vec![None; api.messages.len()];
    for style in Style::ALL {
        for operation in operations_of(styles, style) {
            for found in messages_of(api, &api[operation]) {
                if let Some(message) = found.message {
                    homes[message.0 as usize].get_or_insert(operation);
                }
            }
        }
    }
    homes
}

/// How many operations may repeat a message.
const REPEATS: usize = 4;

fn repeated(api: &Api<'_>, schemas: &[SchemaPlace]) -> Vec<bool> {
    let mut uses = vec![0; api.messages.len()];
    for operation in &api.operations {
        for found in messages_of(api, operation) {
            if let Some(message) = found.message {
                uses[message.0 as usize] += 1;
            }
        }
    }
    let is_short = |schema: Option<SchemaId>| {
        schema.is_none_or(|schema| schemas[schema.0 as usize].size < Size::Long)
    };
    let repeated = api.messages.iter().zip(uses).map(|(message, uses)| {
        let payload = message.payload.as_ref();
        let other = payload.is_some_and(|payload| payload.schema.is_none());
        let schema = payload.and_then(|payload| payload.schema);
        uses <= REPEATS && !other && is_short(schema) && is_short(message.headers)
    });
    repeated.collect()
}

/// All messages in the order of the page.
fn message_order(homes: &[Option<OperationId>], styles: &[Style], api: &Api<'_>) -> Vec<MessageId> {
    let mut seen = vec![false; homes.len()];
    let operations = Style::ALL
        .into_iter()
        .flat_map(|style| operations_of(styles, style));
    let used = operations.flat_map(|operation| messages_of(api, &api[operation]));
    let rest = (0..).map(MessageId).take(homes.len());
    used.filter_map(|found| found.message)
        .chain(rest)
        .filter(|message| !std::mem::replace(&mut seen[message.0 as usize], true))
        .collect()
}

fn schema_places(api: &Api<'_>, ids: &mut Ids, messages: &[MessageId]) -> Vec<SchemaPlace> {
    let edges: Vec<Vec<u32>> = api
        .schemas
        .iter()
        .map(|schema| {
            children(schema)
                .iter()
                .map(|child| child.schema.0)
                .collect()
        })
        .collect();
    let parts = message_parts(api, messages);
    let parameters: Vec<SchemaId> = parameters(api);
    let (cycles, repeated) = graph::cycles(&edges);
    let mut users = vec![0_u32; edges.len()];
    let roots = parts.iter().map(|(schema, _)| schema).chain(&parameters);
    for used in edges.iter().flatten().copied().chain(roots.map(|s| s.0)) {
        users[used as usize] += 1;
    }
    let mut shared: Vec<bool> = (0..edges.len())
        .map(|number| {
            let composite = !edges[number].is_empty();
            let named = is_component(&api.schemas[number]);
            users[number] == 0
                || (composite && repeated[number])
                || (users[number] > 1 && (composite || named))
        })
        .collect();
    let used_often = shared.clone();
    promote_deep(&edges, &mut shared, &parts, &parameters);
    let of_all = api
        .schemas
        .iter()
        .map(|schema| schema.object().map_or(0, |it| it.all_of.len()));
    let of_all: Vec<usize> = of_all.collect();
    let sizes = size::sizes(&edges, &of_all, &cycles, &shared, &used_often);
    let homes = homes(&parts, &shared, &edges);
    api.schemas
        .iter()
        .enumerate()
        .map(|(number, schema)| {
            let linked = shared[number] || is_component(schema);
            SchemaPlace {
                id: if linked {
                    ids.claim("schema", schema_name(schema))
                } else {
                    String::new()
                },
                shared: shared[number],
                cycle: cycles[number],
                size: sizes[number],
                home: homes.get(&(number as u32)).copied(),
            }
        })
        .collect()
}

/// The name that people gave to a schema where others can refer to it.
pub(crate) fn component_name<'a>(schema: &'a Schema<'_>) -> Option<&'a str> {
    is_component(schema).then(|| schema_name(schema))
}

fn is_component(schema: &Schema<'_>) -> bool {
    let name = schema.pointer.strip_prefix("/components/schemas/");
    name.is_some_and(|name| !name.contains('/'))
}

fn message_parts(api: &Api<'_>, messages: &[MessageId]) -> Vec<(SchemaId, (MessageId, Part))> {
    let mut parts = Vec::new();
    for &id in messages {
        let message = &api[id];
        let payload = message.payload.as_ref().and_then(|payload| payload.schema);
        parts.extend(payload.map(|schema| (schema, (id, Part::Payload))));
        parts.extend(message.headers.map(|schema| (schema, (id, Part::Headers))));
    }
    parts
}

fn parameters(api: &Api<'_>) -> Vec<SchemaId> {
    let parameters = api.channels.iter().flat_map(|c| &c.parameters);
    parameters
        .filter_map(|parameter| parameter.schema)
        .collect()
}

/// A schema with several users stands in the first message that has it as its payload or headers.
fn homes(
    parts: &[(SchemaId, (MessageId, Part))],
    shared: &[bool],
    edges: &[Vec<u32>],
) -> BTreeMap<u32, (MessageId, Part)> {
    let mut homes = BTreeMap::new();
    for (schema, home) in parts {
        let number = schema.0 as usize;
        if shared[number] && !edges[number].is_empty() {
            homes.entry(schema.0).or_insert(*home);
        }
    }
    homes
}

/// Walks every tree as it will be shown, and gives what lies below the last level a place of its own.
fn promote_deep(
    edges: &[Vec<u32>],
    shared: &mut [bool],
    parts: &[(SchemaId, (MessageId, Part))],
    parameters: &[SchemaId],
) {
    let own = (0..shared.len()).filter(|&number| shared[number]);
    let roots = parts.iter().map(|(schema, _)| schema).chain(parameters);
    let mut queue: VecDeque<(usize, usize)> = own
        .chain(roots.map(|schema| schema.0 as usize))
        .map(|number| (number, 0))
        .collect();
    let mut seen = vec![false; shared.len()];
    while let Some((number, depth)) = queue.pop_front() {
        if std::mem::replace(&mut seen[number], true) {
            continue;
        }
        for &child in &edges[number] {
            let child = child as usize;
            if shared[child] {
                continue;
            }
            if depth + 1 >= DEPTH && !edges[child].is_empty() {
                shared[child] = true;
                queue.push_back((child, 0));
            } else {
                queue.push_back((child, depth + 1));
            }
        }
    }
}

/// The channels that an operation or its reply uses.
pub(crate) fn channels_of(operation: &Operation<'_>) -> impl Iterator<Item = ChannelId> {
    let reply = operation.reply.as_ref().and_then(|reply| reply.channel);
    operation.channel.into_iter().chain(reply)
}
