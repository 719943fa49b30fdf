//! What changed, as a page of a site and as Markdown.
use serde::Serialize;

use super::{Change, Facts, changes};
use crate::{
    COMMENT, Error, Shape,
    ids::escape,
    md::{code_span, destination, inline_text},
    shown,
    template::{self, Writer},
};

/// What changed in the documents of a site.
#[derive(Debug)]
pub struct Changes<'a> {
    /// What all of them are called.
    pub title: &'a str,
    /// From each state to the next one, the latest first.
    pub periods: Vec<Period<'a>>,
}

/// What changed from one state to the next.
#[derive(Debug)]
pub struct Period<'a> {
    /// The name of the earlier state.
    pub since: &'a str,
    /// That of the later one; nothing for how things are now.
    pub until: Option<&'a str>,
    /// Documents that are others then.
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
    /// What became of a document, which has this page now, or none (`""`); nothing where all is as it was.
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
    periods: Vec<PeriodView<'a>>,
    policy: String,
    style_html: &'a str,
    script_html: &'static str,
    live_html: &'static str,
    logo: &'a str,
}

#[derive(Serialize)]
struct PeriodView<'a> {
    id: String,
    since: &'a str,
    until: Option<&'a str>,
    documents: &'a [DocumentChanges],
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
            periods: self.periods.iter().map(Period::view).collect(),
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
        let periods = self.periods.iter().map(Period::markdown);
        format!(
            "# What changed in {title}\n\n{COMMENT}\n{}",
            periods.collect::<String>()
        )
    }
}

impl Period<'_> {
    fn view(&self) -> PeriodView<'_> {
        PeriodView {
            id: format!("since-{}", escape(self.since)),
            since: self.since,
            until: self.until,
            documents: &self.documents,
        }
    }

    fn markdown(&self) -> String {
        let since = code_span(self.since);
        let mut out = match self.until {
            None => format!("\n## Since {since}\n"),
            Some(until) => format!("\n## From {since} to {}\n", code_span(until)),
        };
        if self.documents.is_empty() {
            out += "\nNothing.\n";
        }
        for document in &self.documents {
            out += &document.markdown();
        }
        out
    }
}

impl DocumentChanges {
    fn markdown(&self) -> String {
        let title = inline_text(&self.title);
        let heading = match &*self.slug {
            "" => title,
            slug => format!("[{title}]({})", destination(&format!("{slug}.md"))),
        };
        let mut out = format!("\n### {heading}\n\n{}\n", inline_text(&self.state));
        if !self.changes.is_empty() {
            out.push('\n');
        }
        self.changes.iter().for_each(|change| out += &line(change));
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
