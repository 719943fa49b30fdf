//! What the commands print: one file a format.
mod cause;
mod concise;
mod github;
mod gitlab;
pub(crate) mod json;
mod junit;
pub(crate) mod link;
mod place;
pub(crate) mod plain;
pub(crate) mod report;
mod sarif;
mod spectral;
pub(crate) mod summary;
pub(crate) mod text;

use crate::input::{Checked, Unreadable};
use report::Report;
use std::cell::LazyCell;

/// Output formats of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people: the source with the place marked
    Text,
    /// For programs
    Json,
}

/// Output formats of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FindingsFormat {
    /// For people: the source with the place marked, what has one cause once
    Text,
    /// One line a finding
    Concise,
    /// For programs
    Json,
    /// SARIF 2.1.0, as code scanning reads it
    Sarif,
    /// JUnit XML, one test suite a document
    Junit,
    /// Annotations of a GitHub Actions job
    Github,
    /// Code Quality report of GitLab
    Gitlab,
    /// JSON of the official command line, with its codes
    Spectral,
}

impl FindingsFormat {
    /// Whether a text that begins so may be an earlier output in this format. Those for people look like any other text.
    pub(crate) fn may_have_made(self, beginning: &str) -> bool {
        let text = beginning.trim_start();
        match self {
            Self::Text | Self::Concise => true,
            Self::Json | Self::Sarif => text.starts_with('{') && text.contains("\"tidings\""),
            Self::Junit => text.contains("<testsuites>"),
            Self::Github => text.starts_with("::"),
            Self::Gitlab | Self::Spectral => text.starts_with('['),
        }
    }

    /// The whole text in this format; that for people has colours in it, and needs no report.
    pub(crate) fn render<'a, F: FnOnce() -> Report<'a>>(
        self,
        checked: &[Result<Checked, Unreadable>],
        report: &LazyCell<Report<'a>, F>,
    ) -> anyhow::Result<String> {
        Ok(match self {
            Self::Text => text::render(checked),
            Self::Concise => concise::render(report),
            Self::Json => json::render(&**report)?,
            Self::Sarif => json::render(&sarif::log(report))?,
            Self::Junit => junit::render(report),
            Self::Github => github::render(report),
            Self::Gitlab => json::render(&gitlab::issues(report))?,
            Self::Spectral => json::render(&spectral::results(report))?,
        })
    }
}
