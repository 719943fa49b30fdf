//! What the templates are given: texts only. Fields named `*_html` hold Markdown that is already rendered; nothing else may
//! reach the page unescaped.
pub(crate) mod binding;
pub(crate) mod channel;
pub(crate) mod common;
pub(crate) mod example;
pub(crate) mod flat;
mod index;
pub(crate) mod message;
pub(crate) mod navigation;
pub(crate) mod operation;
pub(crate) mod overview;
mod problems;
mod protobuf;
pub(crate) mod server;

use std::{cell::RefCell, collections::HashMap};

use serde::Serialize;
use serde_json::Value;
use tidings_document::{
    AvroTypes, Span,
    api::{Action, Api, MessageId, OperationId, SchemaId},
};

use crate::{
    Fault, Settings, escape,
    link::Link,
    markdown,
    plan::{Plan, schema_name},
    template,
    tree::{self, Tree},
};
use common::{Contact, License, extensions, tags};
use flat::Pair;

/// The api and where its parts stand on the page.
pub(crate) struct Ctx<'a> {
    pub(crate) api: &'a Api<'a>,
    pub(crate) plan: Plan,
    pub(crate) avro: AvroTypes<'a, 'a>,
    protobuf: protobuf::Schemas,
    /// Examples that were made of schemas.
    made: RefCell<HashMap<SchemaId, Vec<Value>>>,
    /// The first message of each long payload in another language than JSON Schema, by its place and its type.
    homes: RefCell<HashMap<(Span, String), MessageId>>,
    /// Schemas that bindings hold.
    pub(crate) held: Option<binding::Held<'a>>,
    faults: &'a [Fault],
    /// Rust that meets operations.
    pub(crate) calls: &'a HashMap<OperationId, String>,
    /// How many channels have each address.
    addresses: HashMap<&'a str, usize>,
    /// The operations that use each channel.
    pub(crate) users: Vec<Vec<OperationId>>,
}

impl<'a> Ctx<'a> {
    pub(crate) fn new(api: &'a Api<'a>, settings: &'a Settings) -> Self {
        Self {
            api,
            plan: Plan::new(api, settings),
            avro: AvroTypes::new(api),
            protobuf: protobuf::Schemas::default(),
            made: RefCell::default(),
            homes: RefCell::default(),
            held: binding::Held::new(api, settings),
            faults: &settings.faults,
            calls: &settings.calls,
            addresses: channel::addresses(api),
            users: channel::users_of_all(api),
        }
    }
}

impl Ctx<'_> {
    /// Markdown under a heading of this level.
    fn markdown(&self, text: Option<tidings_document::Text<'_>>, level: u8) -> String {
        text.map(|text| markdown::render(text.value, level, self.plan.allowed()))
            .unwrap_or_default()
    }
}

/// The page as a whole, without its sections.
#[derive(Serialize)]
pub(crate) struct Page {
    title: String,
    version: String,
    is_v2: bool,
    /// For search engines: the beginning of the description.
    about: String,
    id: String,
    description_html: String,
    links: Vec<Link>,
    contact: Option<Contact>,
    license: Option<License>,
    tags: Vec<common::Tag>,
    extensions: Vec<Pair>,
    content_type: String,
    /// Many sections: browsers may lay them out when they come into view.
    large: bool,
}

/// What stands behind the sections.
#[derive(Serialize)]
pub(crate) struct End {
    specification: &'static str,
    problems: Vec<problems::Group>,
    /// Entries of the search, as JSON that is safe inside a script element.
    index_html: String,
    script_html: &'static str,
    /// A second script, for a page that looks for changes.
    live_html: &'static str,
}

#[derive(Serialize)]
pub(crate) struct SharedSchema {
    id: String,
    name: String,
    tree: Tree,
}

/// How many sections make a page large.
const LARGE: usize = 120;

/// What a document says of itself.
pub(crate) fn page(ctx: &Ctx<'_>, settings: &Settings) -> Page {
    let api = ctx.api;
    let info = &api.info;
    let sections = api.operations.len() + api.channels.len() + ctx.plan.listed.len();
    let description = info.description.map_or("", |text| text.value);
    Page {
        title: title(api, settings),
        version: info.version.value.to_owned(),
        is_v2: api.version.is_v2(),
        about: markdown::plain(description, 160),
        id: api.id.map(|id| id.value.to_owned()).unwrap_or_default(),
        description_html: ctx.markdown(info.description, 1),
        links: links(api),
        contact: info.contact.as_ref().map(common::contact),
        license: info.license.as_ref().map(common::license),
        tags: tags(&info.tags),
        extensions: extensions(&[&info.extensions, &api.extensions]),
        content_type: api
            .default_content_type
            .map(|text| text.value.to_owned())
            .unwrap_or_default(),
        large: sections > LARGE,
    }
}

/// The end of a page.
pub(crate) fn end(ctx: &Ctx<'_>, settings: &Settings, live: &'static str) -> End {
    End {
        specification: ctx.api.version.as_str(),
        problems: problems::groups(ctx, settings),
        index_html: escape::script_json(&index::index(ctx)),
        script_html: template::SCRIPT,
        live_html: live,
    }
}

pub(crate) fn title(api: &Api<'_>, settings: &Settings) -> String {
    let own = api.info.title.value;
    match &settings.title {
        Some(title) => title.clone(),
        None if own.trim().is_empty() => "Untitled API".to_owned(),
        None => own.to_owned(),
    }
}

fn links(api: &Api<'_>) -> Vec<Link> {
    let terms = api.info.terms_of_service;
    let terms = terms.map(|url| Link::out(url.value, "Terms of service"));
    let docs = api.info.external_docs.as_ref().and_then(common::docs);
    docs.into_iter().chain(terms).collect()
}

pub(crate) fn shared_schemas(ctx: &Ctx<'_>) -> impl Iterator<Item = SharedSchema> {
    ctx.plan.listed.iter().map(|&schema| SharedSchema {
        id: ctx.plan.schema_id(schema).to_owned(),
        name: schema_name(&ctx.api[schema]).to_owned(),
        tree: tree::own(ctx.api, &ctx.plan, schema),
    })
}

/// What the application does, in one word.
pub(crate) fn verb(action: Action) -> &'static str {
    match action {
        Action::Receive => "receives",
        Action::Send => "sends",
    }
}
