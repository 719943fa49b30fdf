//! What the templates are given: texts only. Fields named `*_html` hold Markdown that is already rendered; nothing else may
//! reach the page unescaped.
mod channel;
mod common;
mod message;
mod navigation;
mod operation;
mod overview;
mod server;

use std::collections::HashMap;

use serde::Serialize;
use tidings_document::{
    AvroTypes,
    api::{Action, Api, OperationId},
};

use crate::{
    Settings, escape,
    link::Link,
    markdown,
    plan::{Plan, schema_name},
    style::Style,
    tree::{self, Tree},
};
use common::{Contact, License, Pair, extensions, tags};

/// The api and where its parts stand on the page.
pub(crate) struct Ctx<'a> {
    pub(crate) api: &'a Api<'a>,
    pub(crate) plan: Plan,
    avro: AvroTypes<'a, 'a>,
    /// How many channels have each address.
    addresses: HashMap<&'a str, usize>,
    /// The operations that use each channel.
    users: Vec<Vec<OperationId>>,
}

impl Ctx<'_> {
    /// Markdown under a heading of this level.
    fn markdown(&self, text: Option<tidings_document::Text<'_>>, level: u8) -> String {
        text.map(|text| markdown::render(text.value, level, &self.plan.ids))
            .unwrap_or_default()
    }
}

/// The page.
#[derive(Serialize)]
pub(crate) struct Page {
    title: String,
    version: String,
    specification: &'static str,
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
    navigation: Vec<navigation::Section>,
    overview: Option<overview::Overview>,
    servers: Vec<server::Server>,
    security: Vec<server::Scheme>,
    groups: Vec<operation::Group>,
    channels: Vec<channel::Channel>,
    messages: Vec<message::Message>,
    schemas: Vec<SharedSchema>,
    problems: Vec<Problem>,
    /// Entries of the search, as JSON that is safe inside a script element.
    pub(crate) index: String,
}

#[derive(Serialize)]
struct SharedSchema {
    id: String,
    name: String,
    tree: Tree,
}

#[derive(Serialize)]
struct Problem {
    severity: &'static str,
    rule: String,
    message: String,
    place: String,
    help: String,
}

/// How many sections make a page large.
const LARGE: usize = 120;

/// The view of a document.
pub(crate) fn page<'a>(api: &'a Api<'a>, settings: &Settings) -> Page {
    let plan = Plan::new(api);
    let ctx = Ctx {
        api,
        plan,
        avro: AvroTypes::new(api),
        addresses: channel::addresses(api),
        users: channel::users_of_all(api),
    };
    let info = &api.info;
    let title = title(api, settings);
    let groups: Vec<operation::Group> = Style::ALL
        .into_iter()
        .filter_map(|style| operation::group(&ctx, style, &title))
        .collect();
    let overview = overview::overview(&ctx, &title);
    let schemas: Vec<SharedSchema> = shared_schemas(&ctx);
    let sections = api.operations.len() + api.channels.len() + schemas.len();
    let description = info.description.map_or("", |text| text.value);
    Page {
        version: info.version.value.to_owned(),
        specification: api.version.as_str(),
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
        navigation: navigation::sections(&ctx, !settings.problems.is_empty()),
        overview,
        servers: server::servers(&ctx),
        security: server::schemes(&ctx),
        groups,
        channels: channel::channels(&ctx),
        messages: message::unused(&ctx),
        schemas,
        problems: problems(settings),
        index: escape::script_json(&navigation::index(&ctx)),
        title,
    }
}

fn title(api: &Api<'_>, settings: &Settings) -> String {
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

fn shared_schemas(ctx: &Ctx<'_>) -> Vec<SharedSchema> {
    ctx.plan
        .listed
        .iter()
        .map(|&schema| SharedSchema {
            id: ctx.plan.schema_id(schema).to_owned(),
            name: schema_name(&ctx.api[schema]).to_owned(),
            tree: tree::own(ctx.api, &ctx.plan, schema),
        })
        .collect()
}

fn problems(settings: &Settings) -> Vec<Problem> {
    settings
        .problems
        .iter()
        .map(|problem| Problem {
            severity: problem.severity.as_str(),
            rule: problem.rule.clone(),
            message: problem.message.clone(),
            place: problem.place.clone(),
            help: problem.help.clone().unwrap_or_default(),
        })
        .collect()
}

/// What the application does, in one word.
fn verb(action: Action) -> &'static str {
    match action {
        Action::Receive => "receives",
        Action::Send => "sends",
    }
}
