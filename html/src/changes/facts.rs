//! What a document says, as names and values that can be compared.
use std::collections::BTreeMap;

use tidings_document::{
    api::{self, Action, Api, SchemaId},
    masked,
};

use super::whole::{Of, word};
use crate::{
    Settings,
    plan::{Role, children},
    tree::facts::{facts, marks, type_name, values},
    view::{
        Ctx, channel,
        common::{self, Pair},
        server,
    },
};

/// Facts about an object, by their names. None is empty.
pub(super) type Object = BTreeMap<String, String>;

/// What a document says that others may depend on. Of texts for people, only whether they are others counts.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Title of the document.
    pub title: String,
    /// Its version.
    pub version: String,
    pub(super) objects: BTreeMap<Named, Object>,
}

/// An object, in the order in which changes are told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    pub(super) kind: Kind,
    pub(super) name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Operation,
    Channel,
    Message,
    Server,
    Security,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Operation => "operation",
            Self::Channel => "channel",
            Self::Message => "message",
            Self::Server => "server",
            Self::Security => "security scheme",
        }
    }
}

/// The value of what is there or not.
pub(super) const YES: &str = "yes";

/// The names of schemas, and what is added to them for what no row of a schema tells, and for its texts.
pub(super) const SCHEMAS: [&str; 2] = ["payload", "headers"];
pub(super) const REST: &str = " beyond its rows";
pub(super) const TEXTS: &str = " texts";

/// How deep schemas are compared, and how many rows of one.
const DEEPEST: usize = 10;
const ROWS: usize = 2000;

impl Facts {
    /// The facts of a document.
    #[must_use]
    pub fn new(api: &Api<'_>) -> Self {
        let settings = Settings::default();
        let mut writer = Writer {
            ctx: &Ctx::new(api, &settings),
            objects: BTreeMap::new(),
        };
        writer.operations();
        writer.channels();
        writer.messages();
        writer.servers();
        Self {
            title: masked(api.info.title.value).into_owned(),
            version: masked(api.info.version.value).into_owned(),
            objects: writer.objects,
        }
    }
}

struct Writer<'c, 'a> {
    ctx: &'c Ctx<'a>,
    objects: BTreeMap<Named, Object>,
}

impl Writer<'_, '_> {
    /// Adds an object. Where several have one name, as in components of several files, the later ones add what the first has not.
    fn add(&mut self, kind: Kind, name: &str, facts: Vec<(String, String)>) {
        let name = masked(name).into_owned();
        let object = self.objects.entry(Named { kind, name }).or_default();
        for (name, value) in facts {
            if !value.is_empty() {
                let (name, value) = (masked(&name), masked(&value));
                object
                    .entry(name.into_owned())
                    .or_insert(value.into_owned());
            }
        }
    }

    fn operations(&mut self) {
        let (ctx, api) = (self.ctx, self.ctx.api);
        for (found, id) in api.operations.iter().zip(&ctx.plan.operations) {
            let place = |id| channel::place(ctx, &api[id]);
            let action = match found.action {
                Action::Send => "send",
                Action::Receive => "receive",
            };
            let mut facts = about(&found.about);
            facts.push(("action".to_owned(), action.to_owned()));
            facts.extend(found.channel.map(|id| ("channel".to_owned(), place(id))));
            facts.extend(self.names("message", &api.messages_of(found)));
            facts.extend(self.security(&found.security));
            if let Some(reply) = &found.reply {
                facts.push(("reply".to_owned(), YES.to_owned()));
                facts.extend(
                    reply
                        .channel
                        .map(|id| ("reply channel".to_owned(), place(id))),
                );
                let address = reply.address.as_ref();
                let address = address.map(|address| address.location.value.to_owned());
                facts.extend(address.map(|address| ("reply address".to_owned(), address)));
                facts.extend(self.names("reply message", &api.messages_of_reply(reply)));
            }
            // The id has the channel where an operation of version 2 has no name of its own.
            let name = match api.version.is_v2() && found.operation_id.is_none() {
                true => id.strip_prefix("operation-").unwrap_or(id),
                false => found.key.value,
            };
            self.add(Kind::Operation, name, facts);
        }
    }

    fn names(&self, label: &str, list: &[api::MessageUse<'_>]) -> Vec<(String, String)> {
        let names = list.iter().map(|used| match used.message {
            Some(id) => self.ctx.api[id].display_name(),
            None => used.key.value,
        });
        names
            .map(|name| (format!("{label} {name}"), YES.to_owned()))
            .collect()
    }

    fn security(&self, list: &[api::SecurityRequirement<'_>]) -> Vec<(String, String)> {
        let one = |found: &api::SecurityRequirement<'_>| {
            let key = found.scheme.map(|id| self.ctx.api[id].key);
            let name = found.name.or(key).map_or("nothing", |name| name.value);
            let scopes: Vec<_> = found.scopes.iter().map(|scope| scope.value).collect();
            let scopes = scopes.join(", ");
            let value = if scopes.is_empty() {
                YES.to_owned()
            } else {
                scopes
            };
            (format!("security {name}"), value)
        };
        list.iter().map(one).collect()
    }

    fn channels(&mut self) {
        let api = self.ctx.api;
        for found in &api.channels {
            let mut facts = about(&found.about);
            facts.push(("address".to_owned(), channel::address(found).to_owned()));
            let servers = found.servers.iter().filter_map(|(_, id)| *id);
            let servers: Vec<_> = servers.map(|id| server::title(&api[id])).collect();
            facts.push(("servers".to_owned(), servers.join(", ")));
            facts.extend(self.names("message", &found.uses()));
            for parameter in &found.parameters {
                let values: Vec<_> = parameter.values.iter().map(|text| text.value).collect();
                let mut value = vec![YES.to_owned()];
                if !values.is_empty() {
                    value.push(format!("one of {}", values.join(", ")));
                }
                value.extend(
                    parameter
                        .default
                        .map(|text| format!("default {}", text.value)),
                );
                value.extend(
                    parameter
                        .location
                        .map(|text| format!("from {}", text.value)),
                );
                let name = format!("parameter {}", parameter.name.value);
                facts.push((name, value.join(", ")));
            }
            self.add(Kind::Channel, found.key.value, facts);
        }
    }

    fn messages(&mut self) {
        let api = self.ctx.api;
        for found in &api.messages {
            let mut facts = about(&found.about);
            let kind = api.content_type_of(found).unwrap_or_default();
            facts.push(("content type".to_owned(), kind.to_owned()));
            let correlation = found.correlation_id.as_ref();
            let correlation = correlation.map(|found| found.location.value.to_owned());
            facts.extend(correlation.map(|place| ("correlation".to_owned(), place)));
            if let Some(payload) = &found.payload {
                let format = payload.format_text.map(|format| format.value.to_owned());
                facts.extend(format.map(|format| ("schema format".to_owned(), format)));
                match payload.schema {
                    Some(schema) => self.schema(schema, "payload", &mut facts),
                    None => {
                        let node = payload.node;
                        let text = node.as_str().map(str::to_owned);
                        let text = text.unwrap_or_else(|| node.to_json().to_string());
                        facts.push(("payload schema".to_owned(), text));
                    }
                }
            }
            if let Some(headers) = found.headers {
                self.schema(headers, "headers", &mut facts);
            }
            self.add(Kind::Message, found.display_name(), facts);
        }
    }

    fn servers(&mut self) {
        let api = self.ctx.api;
        for found in &api.servers {
            let mut facts = about(&found.about);
            facts.push(("address".to_owned(), server::address(found)));
            facts.push(("protocol".to_owned(), server::protocol(found)));
            facts.extend(self.security(&found.security));
            for variable in &found.variables {
                let values: Vec<_> = variable.values.iter().map(|text| text.value).collect();
                let default = variable.default.map_or("", |text| text.value);
                let name = format!("variable {}", variable.name.value);
                facts.push((
                    name,
                    format!("one of {}; default {default}", values.join(", ")),
                ));
            }
            self.add(Kind::Server, found.key.value, facts);
        }
        for found in &api.security_schemes {
            let texts = [
                ("type", Some(found.kind)),
                ("where", found.location),
                ("name", found.name),
                ("scheme", found.scheme),
                ("bearer format", found.bearer_format),
                ("OpenID Connect", found.open_id_connect_url),
            ];
            let facts = texts.into_iter();
            let facts =
                facts.filter_map(|(name, text)| Some((name.to_owned(), text?.value.to_owned())));
            self.add(Kind::Security, found.key.value, facts.collect());
        }
    }

    /// A row for each place in a schema, and what all of it comes to.
    fn schema(&self, schema: SchemaId, name: &str, facts: &mut Vec<(String, String)>) {
        let mut rows = Rows {
            ctx: self.ctx,
            open: Vec::new(),
            left: ROWS,
            facts,
        };
        rows.row(schema, name, false);
        for (of, kind) in [(Of::Keywords, REST), (Of::Texts, TEXTS)] {
            facts.push((format!("{name}{kind}"), word(self.ctx.api, schema, of)));
        }
    }
}

struct Rows<'r, 'c, 'a> {
    ctx: &'c Ctx<'a>,
    /// The schemas around, so that one within itself ends.
    open: Vec<SchemaId>,
    left: usize,
    facts: &'r mut Vec<(String, String)>,
}

impl Rows<'_, '_, '_> {
    fn row(&mut self, schema: SchemaId, name: &str, required: bool) {
        if self.left == 0 || self.open.len() >= DEEPEST || self.open.contains(&schema) {
            return;
        }
        self.left -= 1;
        let said = said(self.ctx, schema, required);
        self.facts.push((name.to_owned(), said));
        self.open.push(schema);
        self.inside(schema, name);
        self.open.pop();
    }

    fn inside(&mut self, schema: SchemaId, name: &str) {
        let api = self.ctx.api;
        let Some(object) = api[schema].object() else {
            return;
        };
        let mut option = 0;
        for child in children(&api[schema]) {
            option += 1;
            let needed = |name: &str| object.required.iter().any(|found| found.value == name);
            match child.role {
                Role::Property(property) => {
                    let place = format!("{name} › {property}");
                    self.row(child.schema, &place, needed(property));
                }
                // Its properties are those of the whole.
                Role::AllOf => self.row(child.schema, &format!("{name} (part {option})"), false),
                Role::Pattern(pattern) => {
                    self.row(
                        child.schema,
                        &format!("{name} › names like {pattern}"),
                        false,
                    );
                }
                Role::Item => self.row(child.schema, &format!("{name} › each item"), false),
                Role::ItemAt(at) => self.row(child.schema, &format!("{name} › item {at}"), false),
                Role::Dependency(property) => {
                    self.row(child.schema, &format!("{name} › with {property}"), false);
                }
                role => {
                    let role = format!("{role:?}");
                    self.row(child.schema, &format!("{name} › {role} {option}"), false);
                }
            }
        }
    }
}

/// Type and limits of a schema in one line.
fn said(ctx: &Ctx<'_>, schema: SchemaId, required: bool) -> String {
    let mut said = vec![type_name(ctx.api, schema)];
    if required {
        said.push("required".to_owned());
    }
    if let Some(object) = ctx.api[schema].object() {
        said.extend(marks(object).into_iter().map(str::to_owned));
        let values = values(object);
        if !values.is_empty() {
            said.push(format!("one of {}", values.join(", ")));
        }
        let facts = facts(ctx.api, &ctx.plan, schema, object);
        let facts = facts.iter().filter(|fact| fact.label != "example");
        said.extend(facts.map(|fact| format!("{} {}", fact.label, fact.value).trim().to_owned()));
    }
    said.join(", ")
}

/// Texts, bindings and extensions.
fn about(about: &api::About<'_>) -> Vec<(String, String)> {
    let texts = [
        ("title", about.title),
        ("summary", about.summary),
        ("description", about.description),
    ];
    let texts = texts.into_iter();
    let texts = texts.filter_map(|(name, text)| Some((name.to_owned(), text?.value.to_owned())));
    let pair = |pair: Pair| (pair.name, pair.value);
    let bindings = about.bindings.iter().flat_map(|binding| {
        let protocol = binding.protocol.value;
        let rows = common::binding(binding).rows.into_iter();
        rows.map(move |row| (format!("{protocol} binding {}", row.name), row.value))
    });
    let extensions = common::all_extensions(&about.extensions);
    texts
        .chain(bindings)
        .chain(extensions.into_iter().map(pair))
        .collect()
}
