//! One finding a cause: what a rule says of many places in the same words is told once, with the number of places.
use std::{cmp::Reverse, collections::HashMap};
use tidings_document::{Diagnostic, Severity};

/// What findings of the same cause have in common: severity, rule, message.
pub(super) type Words<'f> = (Severity, &'static str, &'f str);

/// Findings of one cause.
pub(super) struct Cause<'f, T> {
    pub(super) severity: Severity,
    /// The one with the first place.
    pub(super) first: &'f T,
    /// All others, in the order of their places.
    pub(super) others: Vec<&'f T>,
}

impl<T> Cause<'_, T> {
    /// How many places it has.
    pub(super) fn places(&self) -> usize {
        self.others.len() + 1
    }
}

/// The causes of a document's findings.
pub(super) fn causes_of(findings: &[Diagnostic]) -> Vec<Cause<'_, Diagnostic>> {
    causes(findings, |found| {
        (found.severity, found.rule.id, &found.message)
    })
}

/// The causes of findings that are in the order of their places: errors, then warnings, then notes, each by its first place.
pub(super) fn causes<'f, T>(
    findings: impl IntoIterator<Item = &'f T>,
    words: fn(&'f T) -> Words<'f>,
) -> Vec<Cause<'f, T>> {
    let mut causes: Vec<Cause<'f, T>> = Vec::new();
    let mut known: HashMap<Words<'f>, usize> = HashMap::new();
    for found in findings {
        let words = words(found);
        match known.get(&words) {
            Some(at) => causes[*at].others.push(found),
            None => {
                known.insert(words, causes.len());
                causes.push(Cause {
                    severity: words.0,
                    first: found,
                    others: Vec::new(),
                });
            }
        }
    }
    causes.sort_by_key(|cause| Reverse(cause.severity));
    causes
}
