//! Servers and security schemes.
use serde::Serialize;
use tidings_document::{
    Text,
    api::{self, Place, SecurityRequirement, ServerId},
    host_credentials,
};

use super::{
    Ctx,
    common::{About, about},
    flat::Pair,
};
use crate::{
    finding::{self, Finding},
    link::Link,
};

#[derive(Serialize)]
pub(crate) struct Server {
    id: String,
    title: String,
    /// Key, where the title is not it.
    key: String,
    address: String,
    protocol: String,
    variables: Vec<Variable>,
    security: Vec<Requirement>,
    unused: bool,
    findings: Vec<Finding>,
    about: About,
}

/// A variable of a server or a parameter of a channel.
#[derive(Serialize)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) description_html: String,
    pub(crate) values: Vec<String>,
    pub(crate) default: String,
    pub(crate) examples: Vec<String>,
    pub(crate) location: String,
    pub(crate) tree: Option<crate::tree::Tree>,
}

#[derive(PartialEq, Serialize)]
pub(crate) struct Requirement {
    link: Link,
    kind: String,
    scopes: Vec<String>,
}

#[derive(Serialize)]
pub(crate) struct Scheme {
    id: String,
    key: String,
    kind: String,
    description_html: String,
    facts: Vec<Pair>,
    links: Vec<LabelledLink>,
    flows: Vec<Flow>,
    scopes: Vec<String>,
}

#[derive(Serialize)]
struct LabelledLink {
    label: &'static str,
    link: Link,
}

#[derive(Serialize)]
struct Flow {
    name: String,
    links: Vec<LabelledLink>,
    scopes: Vec<Pair>,
}

pub(crate) fn servers(ctx: &Ctx<'_>) -> Vec<Server> {
    let servers = ctx.api.servers.iter().zip(&ctx.plan.servers);
    servers
        .zip((0..).map(ServerId))
        .map(|((server, id), number)| Server {
            id: id.clone(),
            title: title(server).to_owned(),
            key: if title(server) == server.key.value {
                String::new()
            } else {
                server.key.value.to_owned()
            },
            address: address(server),
            protocol: protocol(server),
            variables: server
                .variables
                .iter()
                .map(|found| variable(ctx, found))
                .collect(),
            security: requirements(ctx, &server.security),
            unused: server.place != Place::Root,
            findings: ctx.plan.findings(finding::About::Server(number)),
            about: about(ctx, &server.about, 3),
        })
        .collect()
}

pub(crate) fn title<'a>(server: &api::Server<'a>) -> &'a str {
    server.about.title.unwrap_or(server.key).value
}

pub(crate) fn address(server: &api::Server<'_>) -> String {
    if let Some(url) = server.url {
        return without_credentials(url.value).to_owned();
    }
    let path = server.pathname.map_or("", |path| path.value);
    let slash = if path.is_empty() || path.starts_with('/') {
        ""
    } else {
        "/"
    };
    format!(
        "{}://{}{slash}{path}",
        server.protocol.value, server.host.value
    )
}

/// An address as the page shows it. Where a scheme stands before it, the page leaves credentials out by itself.
pub(crate) fn without_credentials(address: &str) -> &str {
    let begin = host_credentials(address).map_or(0, |secret| secret.end + 1);
    &address[begin..]
}

pub(crate) fn protocol(server: &api::Server<'_>) -> String {
    let version = server.protocol_version.map(|version| version.value);
    [Some(server.protocol.value), version]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

fn variable(ctx: &Ctx<'_>, variable: &api::Variable<'_>) -> Variable {
    Variable {
        name: variable.name.value.to_owned(),
        description_html: ctx.markdown(variable.description, 6),
        values: owned(&variable.values),
        default: variable
            .default
            .map(|text| text.value.to_owned())
            .unwrap_or_default(),
        examples: owned(&variable.examples),
        location: String::new(),
        tree: None,
    }
}

pub(crate) fn owned(texts: &[Text<'_>]) -> Vec<String> {
    texts.iter().map(|text| text.value.to_owned()).collect()
}

/// What a client must prove; any one suffices.
pub(crate) fn requirements(ctx: &Ctx<'_>, list: &[SecurityRequirement<'_>]) -> Vec<Requirement> {
    list.iter()
        .map(|requirement| {
            let name = requirement.name.map_or("", |name| name.value);
            let scheme = requirement.scheme.map(|id| (&ctx.api[id], id));
            let link = match scheme {
                Some((scheme, id)) => {
                    let name = if name.is_empty() {
                        scheme.key.value
                    } else {
                        name
                    };
                    Link::to(&ctx.plan.security[id.0 as usize], name)
                }
                None if name.is_empty() => Link::none("nothing"),
                None => Link::none(format!("{name} (not resolved)")),
            };
            Requirement {
                link,
                kind: scheme
                    .map(|(scheme, _)| scheme.kind.value.to_owned())
                    .unwrap_or_default(),
                scopes: owned(&requirement.scopes),
            }
        })
        .collect()
}

pub(crate) fn schemes(ctx: &Ctx<'_>) -> Vec<Scheme> {
    ctx.api
        .security_schemes
        .iter()
        .zip(&ctx.plan.security)
        .map(|(scheme, id)| {
            let facts = [
                ("where", scheme.location),
                ("name", scheme.name),
                ("scheme", scheme.scheme),
                ("bearer format", scheme.bearer_format),
            ];
            let url = [("OpenID Connect", scheme.open_id_connect_url)];
            Scheme {
                id: id.clone(),
                key: scheme.key.value.to_owned(),
                kind: scheme.kind.value.to_owned(),
                description_html: ctx.markdown(scheme.description, 3),
                facts: facts
                    .into_iter()
                    .filter_map(|(name, text)| text.map(|text| pair(name, text.value)))
                    .collect(),
                links: links(&url),
                flows: scheme.flows.iter().map(flow).collect(),
                scopes: owned(&scheme.scopes),
            }
        })
        .collect()
}

fn flow(flow: &api::Flow<'_>) -> Flow {
    let urls = [
        ("authorization", flow.authorization_url),
        ("token", flow.token_url),
        ("refresh", flow.refresh_url),
    ];
    let scopes = flow.scopes.iter().map(|(name, description)| {
        let description = description.map_or("", |text| text.value);
        pair(name.value, description)
    });
    Flow {
        name: flow.name.value.to_owned(),
        links: links(&urls),
        scopes: scopes.collect(),
    }
}

fn links(urls: &[(&'static str, Option<Text<'_>>)]) -> Vec<LabelledLink> {
    urls.iter()
        .filter_map(|(label, url)| {
            let url = url.as_ref()?.value;
            let link = Link::out(url, url);
            Some(LabelledLink { label, link })
        })
        .collect()
}

fn pair(name: &str, value: &str) -> Pair {
    Pair {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}
