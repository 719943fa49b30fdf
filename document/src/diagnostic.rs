//! What is wrong with a document: a rule's id, a message, a place, and how to mend it. No message shows a password.
use std::borrow::Cow;

use crate::{
    credentials::masked, fix::Fix, rule::Rule, severity::Severity, sources::Sources, span::Span,
};

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
            message: shown(message.into()),
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
        self.help = Some(shown(help.into()));
        self
    }

    /// Adds a place that explains it.
    #[must_use]
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Related {
            span,
            message: shown(message.into()),
        });
        self
    }

    /// The finding without what it tells of texts that [`Sources::shows`] keeps back.
    #[must_use]
    pub fn discreet(mut self, sources: &Sources) -> Self {
        for related in &mut self.related {
            if !sources.shows(related.span.file) {
                "in this file".clone_into(&mut related.message);
            }
        }
        if !sources.shows(self.span.file) {
            self.rule.summary.clone_into(&mut self.message);
            self.help = Some(KEPT_BACK.to_owned());
            self.fix = None;
        }
        self
    }

    /// Adds the mend that is certain, if there is one.
    #[must_use]
    pub fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }
}

/// Help where nothing is said of a text.
const KEPT_BACK: &str = "look at what refers to the file, whose text is not shown: it holds neither AsyncAPI, JSON Schema, Avro nor Protobuf";

/// Longest message in bytes: a value that it names may be as long as the document.
const LONGEST: usize = 1000;

/// A text without credentials, names of nothing and what nobody would read to its end: what is left out is its middle.
fn shown(text: String) -> String {
    let text = match masked(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(masked) => masked,
    };
    let text = without_blanks(text);
    if text.len() <= LONGEST {
        return text;
    }
    let begin = text.floor_char_boundary(LONGEST / 2);
    let end = text.ceil_char_boundary(text.len() - LONGEST / 2);
    format!("{}…{}", &text[..begin], &text[end..])
}

/// A text that shows an empty name as `""`, where backticks alone would show nothing.
fn without_blanks(text: String) -> String {
    const BLANK: &str = "``";
    let stands_alone = |at: usize| {
        let before = text[..at].chars().next_back();
        let behind = text[at + BLANK.len()..].chars().next();
        before.is_none_or(|before| before.is_whitespace() || before == '(')
            && behind.is_none_or(|behind| !behind.is_alphanumeric() && behind != '`')
    };
    let blanks = text.match_indices(BLANK).map(|(at, _)| at);
    let blanks: Vec<usize> = blanks.filter(|at| stands_alone(*at)).collect();
    let mut shown = text;
    for at in blanks.into_iter().rev() {
        shown.insert_str(at + 1, "\"\"");
    }
    shown
}
