//! What is wrong with a document: a rule's id, a message, a place, and how to mend it.
use crate::{fix::Fix, rule::Rule, severity::Severity, span::Span};

/// One finding. Rendering, line and column are the caller's work: see [`Sources::range`](crate::Sources::range).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule that was broken.
    pub rule: &'static Rule,
    /// How much it weighs; the rule's own severity unless it was configured otherwise.
    pub severity: Severity,
    /// One short phrase that stands alone and names the value in backticks.
    pub message: String,
    /// The defect.
    pub span: Span,
    /// How to mend it, when that is known.
    pub help: Option<String>,
    /// Other places that matter, such as the first of two duplicates or the chain of references that led here.
    pub related: Vec<Related>,
    /// How to mend it without asking, where only one way can be meant.
    pub fix: Option<Fix>,
}

/// A place that explains a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// The place.
    pub span: Span,
    /// What it has to do with the finding.
    pub message: String,
}

impl Diagnostic {
    /// A finding of the rule's own severity.
    pub fn new(rule: &'static Rule, span: Span, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            message: clipped(message.into()),
            span,
            help: None,
            related: Vec::new(),
            fix: None,
        }
    }

    /// Gives it another weight than its rule's.
    #[must_use]
    pub fn weighing(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Adds how to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(clipped(help.into()));
        self
    }

    /// Adds a place that explains it.
    #[must_use]
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Related {
            span,
            message: message.into(),
        });
        self
    }

    /// Adds the mend that is certain, if there is one.
    #[must_use]
    pub fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }
}

/// Longest message in bytes: a value that it names may be as long as the document.
const LONGEST: usize = 1000;

/// A text of bearable length: what is left out is its middle.
fn clipped(text: String) -> String {
    if text.len() <= LONGEST {
        return text;
    }
    let begin = text.floor_char_boundary(LONGEST / 2);
    let end = text.ceil_char_boundary(text.len() - LONGEST / 2);
    format!("{}…{}", &text[..begin], &text[end..])
}
