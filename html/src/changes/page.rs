//! What changed, as a page of a site and as Markdown.
use serde::Serialize;

use super::{Change, Facts, changes};
use crate::{
    COMMENT, Error, Shape,
    md::{code_span, destination, inline_text},
    shown,
    template::{self, Writer},
};

/// What changed in the documents of a site.
#[derive(Debug)]
pub struct Changes<'a> {
    /// What all of them are called.
    pub title: &'a str,
    /// Since when: the name of a state.
    pub since: &'a str,
    /// Documents that are others now.
    pub documents: Vec<DocumentChanges>,
}

/// What became of a document.
#[derive(Debug, Serialize)]
pub struct DocumentChanges {
    pub(super) title: String,
    /// Its page without the ending, where it is still there.
    pub(super) slug: String,
    /// What became of it as a whole, and of its version.
    pub(super) state: String,
    pub(super) changes: Vec<Change>,
}

impl DocumentChanges {
    /// What became of a document, which has this page now; nothing where all is as it was.
    #[must_use]
    pub fn new(before: Option<&Facts>, after: Option<(&Facts, &str)>) -> Option<Self> {
        let (title, slug, state, changes) = match (before, after) {
            (None, None) => return None,
            (None, Some((after, slug))) => {
                let state = format!("new, version {}", after.version);
                (&after.title, slug, state, Vec::new())
            }
            (Some(before), None) => (&before.title, "", "removed".to_owned(), Vec::new()),
            (Some(before), Some((after, slug))) => {
                let state = match before.version == after.version {
                    true => format!("version {}, as before", after.version),
                    false => format!("version {}, was {}", after.version, before.version),
                };
                let changes = changes(before, after);
                if changes.is_empty() && before.version == after.version {
                    return None;
                }
                (&after.title, slug, state, changes)
            }
        };
        Some(Self {
            title: title.clone(),
            slug: slug.to_owned(),
            state,
            changes,
        })
    }
}

const SCRIPT: &str = include_str!("../../../templates/html/changes.js");

#[derive(Serialize)]
struct View<'a> {
    title: &'a str,
    since: &'a str,
    documents: &'a [DocumentChanges],
    policy: String,
    style_html: &'a str,
    script_html: &'static str,
    live_html: &'static str,
    logo: &'a str,
}

impl Changes<'_> {
    /// The page.
    ///
    /// # Errors
    /// Only when a template is at fault.
    pub fn page(&self, shape: &Shape) -> Result<String, Error> {
        let style = shape.style();
        let live = if shape.live { template::LIVE } else { "" };
        let scripts: &[&str] = match shape.live {
            true => &[SCRIPT, live],
            false => &[SCRIPT],
        };
        let view = View {
            title: self.title,
            since: self.since,
            documents: &self.documents,
            policy: template::policy(&style, scripts, shape.live, &[]),
            style_html: &style,
            script_html: SCRIPT,
            live_html: live,
            logo: &shape.logo,
        };
        let mut out = Writer::of_site(&shape.templates)?;
        out.part("changes", &view)?;
        Ok(shown(out.finish()))
    }

    /// The same as Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let title = inline_text(self.title);
        let mut out = format!(
            "# What changed in {title}\n\n{COMMENT}\n\nSince {}.\n",
            code_span(self.since)
        );
        if self.documents.is_empty() {
            out += "\nNothing.\n";
        }
        for document in &self.documents {
            let title = inline_text(&document.title);
            out += &match &*document.slug {
                "" => format!("\n## {title}\n\n"),
                slug => format!("\n## [{title}]({})\n\n", destination(&format!("{slug}.md"))),
            };
            out += &format!("{}\n", inline_text(&document.state));
            if !document.changes.is_empty() {
                out.push('\n');
            }
            document
                .changes
                .iter()
                .for_each(|change| out += &line(change));
        }
        out
    }
}

fn line(change: &Change) -> String {
    let mut out = format!(
        "- {}: {} {}\n",
        change.sign,
        change.kind,
        code_span(&change.name)
    );
    for detail in &change.details {
        out += &format!("  - {} {}", code_span(&detail.name), detail.sign);
        if !detail.was.is_empty() {
            out += &format!(", was {}", code_span(&detail.was));
        }
        if !detail.is.is_empty() {
            out += &format!(", is {}", code_span(&detail.is));
        }
        out.push('\n');
    }
    out
}
