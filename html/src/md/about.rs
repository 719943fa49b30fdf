//! What many objects have: description, links, tags, bindings, extensions.
use tidings_document::{
    Text,
    api::{About, Extensions, ExternalDocs, Tag},
};

use super::{
    Md,
    escape::{code, inline},
    prose::destination,
};
use crate::{
    link::{self, Link},
    view::{common, flat::Pair},
};

/// A link of the page: an address outside of it stays one, a place on it is a name.
pub(super) fn linked(found: &Link) -> String {
    match link::outside(&found.href) {
        Some(address) => format!("[{}]({})", inline(&found.text), destination(&address)),
        None => inline(&found.text),
    }
}

/// A link outside, or its text where the address is none that can be followed.
pub(super) fn outside(url: &str, text: &str) -> String {
    linked(&Link::out(url, text))
}

impl Md<'_, '_> {
    /// What the document says of itself, a line a fact.
    pub(super) fn facts(&mut self) {
        let api = self.ctx.api;
        let info = &api.info;
        let mut facts = Vec::new();
        facts.extend(api.id.map(|id| format!("Id {}", code(id.value))));
        if let Some(contact) = &info.contact {
            let url = contact.url.map_or("", |url| url.value);
            let name = contact.name.map_or(url, |name| name.value);
            let email = contact.email.map(|email| email.value);
            let email = email.map(|email| outside(&format!("mailto:{email}"), email));
            let name = Some(name).filter(|name| !name.is_empty());
            let name = name.map(|name| outside(url, name));
            let both: Vec<_> = name.into_iter().chain(email).collect();
            facts.push(format!("Contact {}", both.join(", ")));
        }
        if let Some(license) = &info.license {
            let url = license.url.map_or("", |url| url.value);
            let name = license.name.map_or(url, |name| name.value);
            facts.push(format!("Licence {}", outside(url, name)));
        }
        facts.extend(
            api.default_content_type
                .map(|kind| format!("Content type {}", code(kind.value))),
        );
        facts.extend(see(info.external_docs.as_ref()));
        let terms = info.terms_of_service;
        facts.extend(terms.map(|url| outside(url.value, "Terms of service")));
        facts.iter().for_each(|fact| self.out.item(0, fact));
    }

    /// Summary, description and what else an object has.
    pub(super) fn about(&mut self, about: &About<'_>) {
        self.out.prose(about.summary);
        self.out.prose(about.description);
        if let Some(see) = see(about.external_docs.as_ref()) {
            self.out.paragraph(&see);
        }
        self.tags(&about.tags);
        let keys = common::keys(&about.extensions);
        if !keys.is_empty() {
            let keys = codes(keys.iter().map(String::as_str));
            self.out.paragraph(&format!("In order by {keys}"));
        }
        for binding in &about.bindings {
            self.binding(binding);
        }
        self.extensions(&[&about.extensions]);
    }

    pub(super) fn tags(&mut self, tags: &[Tag<'_>]) {
        if !tags.is_empty() {
            self.out.paragraph("Tags:");
        }
        for tag in tags {
            let see = see(tag.external_docs.as_ref());
            let see = see.map(|see| format!(" ({see})")).unwrap_or_default();
            let line = format!("{}{see}", inline(tag.name.value));
            self.out.described(0, &line, tag.description);
        }
    }

    pub(super) fn extensions(&mut self, lists: &[&Extensions<'_>]) {
        let pairs = common::extensions(lists);
        if !pairs.is_empty() {
            self.out.paragraph("Extensions:");
        }
        self.pairs(&pairs);
    }

    pub(super) fn pairs(&mut self, pairs: &[Pair]) {
        for pair in pairs {
            let line = format!("{}: {}", code(&pair.name), code(&pair.value));
            self.out.item(0, &line);
        }
    }
}

fn see(docs: Option<&ExternalDocs<'_>>) -> Option<String> {
    let link = common::docs(docs?)?;
    Some(format!("See {}", linked(&link)))
}

/// What stands before values of which one is to be chosen, by their number.
pub(super) fn choice(count: usize) -> &'static str {
    match count {
        1 => "always",
        _ => "one of",
    }
}

/// Values in a row, each as code.
pub(super) fn codes<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let texts: Vec<_> = texts.into_iter().map(code).collect();
    texts.join(", ")
}

/// The same of texts.
pub(super) fn codes_of(texts: &[Text<'_>]) -> String {
    codes(texts.iter().map(|text| text.value))
}
