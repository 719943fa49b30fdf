//! What many objects have: tags, links, bindings, extensions.
use serde::Serialize;
use tidings_document::{
    Node,
    api::{self, Extensions, ExternalDocs},
};

use super::{
    Ctx, binding,
    flat::{Pair, flatten},
};
use crate::link::Link;

#[derive(Debug, Serialize)]
pub(crate) struct Tag {
    name: String,
    description: String,
    docs: Option<Link>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Contact {
    name: Option<Link>,
    email: Option<Link>,
}

#[derive(Debug, Serialize)]
pub(crate) struct License {
    name: Link,
}

/// What several kinds of object have in common.
#[derive(Debug, Serialize)]
pub(crate) struct About {
    summary_html: String,
    description_html: String,
    tags: Vec<Tag>,
    docs: Option<Link>,
    /// Where the keys are by which messages keep their order.
    keys: Vec<String>,
    bindings: Vec<binding::Table>,
    extensions: Vec<Pair>,
}

/// The common parts of an object whose heading has this level.
pub(crate) fn about(ctx: &Ctx<'_>, about: &api::About<'_>, level: u8) -> About {
    About {
        summary_html: ctx.markdown(about.summary, level),
        description_html: ctx.markdown(about.description, level),
        tags: tags(&about.tags),
        docs: about.external_docs.as_ref().and_then(docs),
        keys: keys(&about.extensions),
        bindings: binding::tables(ctx, about),
        extensions: extensions(&[&about.extensions]),
    }
}

pub(crate) fn keys(extensions: &Extensions<'_>) -> Vec<String> {
    let Some(node) = extensions.get(KEY) else {
        return Vec::new();
    };
    let one = std::slice::from_ref(node);
    let list = node.as_array().unwrap_or(one).iter();
    list.filter_map(Node::as_str).map(str::to_owned).collect()
}

const KEY: &str = "x-tidings-key";

/// Whether the page says in words what an extension says.
fn is_said(name: &str, node: &Node) -> bool {
    match name {
        "x-tidings-channel" => {
            matches!(node.as_str(), Some("point-to-point" | "publish-subscribe"))
        }
        KEY => node.as_str().is_some() || node.as_array().is_some(),
        "x-tidings-gather" => true,
        _ => false,
    }
}

/// Whether an extension is for nobody who reads about the document.
pub(crate) fn is_for_tools(name: &str) -> bool {
    name == "x-tidings-ignore" || name.starts_with("x-parser-")
}

pub(crate) fn tags(tags: &[api::Tag<'_>]) -> Vec<Tag> {
    tags.iter()
        .map(|tag| Tag {
            name: tag.name.value.to_owned(),
            description: tag
                .description
                .map(|text| crate::markdown::plain(text.value, 400))
                .unwrap_or_default(),
            docs: tag.external_docs.as_ref().and_then(docs),
        })
        .collect()
}

/// A link to more; its text is the description's.
pub(crate) fn docs(docs: &ExternalDocs<'_>) -> Option<Link> {
    let url = docs.url?;
    let text = docs
        .description
        .map(|text| crate::markdown::plain(text.value, 400));
    let text = text.filter(|text| !text.is_empty());
    Some(Link::out(
        url.value,
        text.unwrap_or_else(|| url.value.to_owned()),
    ))
}

pub(crate) fn contact(contact: &api::Contact<'_>) -> Contact {
    let url = contact.url.map_or("", |url| url.value);
    let name = contact.name.map_or(url, |name| name.value);
    let email = contact.email.map(|email| email.value);
    Contact {
        name: (!name.is_empty()).then(|| Link::out(url, name)),
        email: email.map(|email| Link::out(&format!("mailto:{email}"), email)),
    }
}

pub(crate) fn license(license: &api::License<'_>) -> License {
    let url = license.url.map_or("", |url| url.value);
    let name = license.name.map_or(url, |name| name.value);
    License {
        name: Link::out(url, name),
    }
}

/// `x-` fields, without what tools leave behind, and what stands elsewhere in words.
pub(crate) fn extensions(lists: &[&Extensions<'_>]) -> Vec<Pair> {
    pairs(lists, |name, node| !is_said(name, node))
}

/// The same with what stands elsewhere in words.
pub(crate) fn all_extensions(list: &Extensions<'_>) -> Vec<Pair> {
    pairs(&[list], |_, _| true)
}

fn pairs(lists: &[&Extensions<'_>], is_wanted: impl Fn(&str, &Node) -> bool) -> Vec<Pair> {
    let fields = lists.iter().flat_map(|list| &list.0);
    let mut pairs = Vec::new();
    for (name, node) in fields {
        if is_wanted(name.value, node) && !is_for_tools(name.value) {
            flatten(name.value, node, 0, &mut pairs);
        }
    }
    pairs
}
