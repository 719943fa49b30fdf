//! The pages around the pages of several documents: an index of who sends what to whom, the same as Markdown, and what programs
//! look for first.
mod slug;
mod text;
mod who;

pub use slug::Slugs;

use serde::Serialize;

use crate::{
    Application, Error, Landscape, Shape, escape,
    picture::Picture,
    shown,
    template::{self, Writer},
};
use who::Row;

/// Some documents with pages of their own.
#[derive(Debug, Clone)]
pub struct Site<'a> {
    /// What all of it is called.
    pub title: &'a str,
    /// The documents in their order.
    pub pages: &'a [SitePage],
    /// How its pages look.
    pub shape: &'a Shape,
    /// Whether there is a page about what changed.
    pub has_changes: bool,
}

/// A document of a site.
#[derive(Debug, Clone)]
pub struct SitePage {
    /// Name of its files, without the ending.
    pub slug: String,
    /// What it says.
    pub application: Application,
    /// How many defects it has, in words; empty for none.
    pub problems: String,
}

#[derive(Serialize)]
struct Index<'a> {
    title: &'a str,
    policy: String,
    style_html: &'a str,
    script_html: &'static str,
    live_html: &'static str,
    logo: &'a str,
    index_html: String,
    large: bool,
    has_changes: bool,
    documents: Vec<Document<'a>>,
    picture: Picture,
    channels: Vec<Row>,
    messages: Vec<Row>,
}

#[derive(Serialize)]
struct Document<'a> {
    title: &'a str,
    href: String,
    markdown: String,
    version: &'a str,
    about: &'a str,
    operations: usize,
    problems: &'a str,
}

/// The search: files with their titles, and what is found in which of them.
#[derive(Serialize)]
struct Search<'a> {
    pages: Vec<(String, &'a str)>,
    entries: Vec<(&'a str, usize, &'a str, &'a str, &'static str)>,
}

const SCRIPT: &str = include_str!("../../templates/html/site.js");
const STYLE: &str = include_str!("../../templates/html/site.css");

/// How many rows make the index large.
const LARGE: usize = 200;

impl Site<'_> {
    /// The page that leads to all others.
    ///
    /// # Errors
    /// Only when a template is at fault.
    pub fn index(&self) -> Result<String, Error> {
        let applications = self.applications();
        let landscape = Landscape::new(&applications);
        let style = format!("{}{STYLE}", self.shape.style());
        let live = self.shape.live;
        let scripts: Vec<_> = match live {
            true => vec![SCRIPT, template::LIVE],
            false => vec![SCRIPT],
        };
        let href = |number: usize| self.pages[number].href();
        let index = Index {
            title: self.title,
            policy: template::policy(&style, &scripts, live, &[]),
            style_html: &style,
            script_html: SCRIPT,
            live_html: if live { template::LIVE } else { "" },
            logo: &self.shape.logo,
            index_html: escape::script_json(&self.search()),
            has_changes: self.has_changes,
            large: landscape.places.len() > LARGE,
            documents: self.pages.iter().map(document).collect(),
            picture: landscape.picture(&href),
            channels: who::by_channel(&landscape, &href),
            messages: who::by_message(&landscape, &href),
        };
        let mut out = Writer::of_site(&self.shape.templates)?;
        out.part("site", &index)?;
        Ok(shown(out.finish()))
    }

    /// The same as Markdown.
    #[must_use]
    pub fn index_markdown(&self) -> String {
        let applications = self.applications();
        text::index(self, &Landscape::new(&applications))
    }

    /// What there is for programs that read text, in the form of `llms.txt`.
    #[must_use]
    pub fn llms(&self) -> String {
        text::llms(self)
    }

    /// The graph of who sends what to whom, for programs.
    #[must_use]
    pub fn json(&self) -> String {
        Landscape::new(&self.applications()).json()
    }

    fn applications(&self) -> Vec<Application> {
        self.pages
            .iter()
            .map(|page| page.application.clone())
            .collect()
    }

    fn search(&self) -> Search<'_> {
        let pages = self.pages.iter();
        let entries = pages.clone().enumerate().flat_map(|(number, page)| {
            let whole = (page.application.title.as_str(), number, "", "", "document");
            let found = page.application.found.iter().map(move |found| {
                let named = &found.named;
                (
                    named.name.as_str(),
                    number,
                    named.id.as_str(),
                    found.more.as_str(),
                    found.kind,
                )
            });
            std::iter::once(whole).chain(found)
        });
        Search {
            entries: entries.collect(),
            pages: pages
                .map(|page| (page.href(), page.application.title.as_str()))
                .collect(),
        }
    }
}

impl SitePage {
    /// Where its page is.
    #[must_use]
    pub fn href(&self) -> String {
        format!("{}.html", self.slug)
    }

    /// Where its Markdown is.
    #[must_use]
    pub fn markdown(&self) -> String {
        format!("{}.md", self.slug)
    }
}

fn document(page: &SitePage) -> Document<'_> {
    let found = &page.application;
    Document {
        title: &found.title,
        href: page.href(),
        markdown: page.markdown(),
        version: &found.version,
        about: &found.about,
        operations: found.operations,
        problems: &page.problems,
    }
}
