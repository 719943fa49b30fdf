//! Renders an AsyncAPI document as one self-contained HTML page.
//!
//! [`render`] turns the model into a view of plain texts, and templates turn that view into the page. Nothing in the page
//! is fetched from anywhere, it can be read without JavaScript, and the same document always gives the same bytes.
mod connect;
mod escape;
mod hidden;
mod ids;
mod json;
mod link;
mod markdown;
mod page;
mod picture;
mod plan;
mod sample;
mod style;
mod template;
mod tree;
mod view;

use std::borrow::Cow;

use tidings_document::{Severity, Span, api::Api, masked_everywhere};

/// What the page should say beyond the document itself.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Title to show instead of the document's own.
    pub title: Option<String>,
    /// Findings to list at the end of the page.
    pub problems: Vec<Problem>,
    /// What is wrong with examples that the document gives: told where they stand.
    pub faults: Vec<Fault>,
}

/// How an example breaks the schema of its message.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The part of the example that does.
    pub span: Span,
    /// What it breaks.
    pub message: String,
}

/// A finding about the document, as the page lists it.
#[derive(Debug, Clone)]
pub struct Problem {
    /// How much it weighs.
    pub severity: Severity,
    /// Id of the rule that was broken.
    pub rule: String,
    /// What is wrong.
    pub message: String,
    /// Where, such as `orders.yaml:12:3`.
    pub place: String,
    /// How to mend it, when that is known.
    pub help: Option<String>,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A template does not fit the view.
    #[error("page template cannot be rendered: {0}")]
    Template(#[from] handlebars::RenderError),
    /// A template is not well formed.
    #[error("page template cannot be read: {0}")]
    Syntax(#[from] handlebars::TemplateError),
}

/// What every page has near its top, so that it is known again.
const MARK: &str = r#"<meta name="generator" content="Tidings">"#;

/// Whether a text, or the first 4 KiB of one, is a page that [`render`] made.
#[must_use]
pub fn is_page(text: &str) -> bool {
    text.contains(MARK)
}

/// Renders a document as one HTML page.
///
/// # Errors
/// Only when a template is at fault: every document has a page.
pub fn render(api: &Api<'_>, settings: &Settings) -> Result<String, Error> {
    let page = page::page(api, settings)?;
    let page = match masked_everywhere(&page) {
        Cow::Borrowed(_) => page,
        Cow::Owned(masked) => masked,
    };
    Ok(hidden::shown(page))
}
