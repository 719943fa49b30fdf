//! Findings, by what they are about: each is told where that is shown, and listed at the end of the page.
use std::{cmp::Reverse, collections::HashMap};

use serde::Serialize;
use tidings_document::{
    Span,
    api::{Api, ChannelId, MessageId, OperationId, SchemaId, ServerId},
};

use crate::{Fault, Problem, Settings};

/// An object that has a place on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum About {
    Operation(OperationId),
    Channel(ChannelId),
    Message(MessageId),
    Schema(SchemaId),
    Server(ServerId),
}

/// A finding where what it is about is shown.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Finding {
    pub(crate) severity: &'static str,
    pub(crate) message: String,
}

/// The smallest object that holds something, and the smallest that is no schema: only these surely have an id.
#[derive(Debug, Clone, Copy, Default)]
struct Owners {
    smallest: Option<About>,
    named: Option<About>,
}

/// Those of a document.
#[derive(Default)]
pub(crate) struct Findings {
    by_object: HashMap<About, Vec<Finding>>,
    /// What each finding is about, in their order.
    owners: Vec<Owners>,
}

impl Findings {
    pub(crate) fn new(api: &Api<'_>, settings: &Settings) -> Self {
        let problems = &settings.problems;
        if problems.is_empty() {
            return Self::default();
        }
        let owners = owners(&objects(api), problems);
        let mut by_object: HashMap<About, Vec<Finding>> = HashMap::new();
        for (problem, owners) in problems.iter().zip(&owners) {
            let is_told = is_fault(problem, &settings.faults);
            if let Some(about) = owners.smallest.filter(|_| !is_told) {
                by_object.entry(about).or_default().push(Finding {
                    severity: problem.severity.as_str(),
                    message: problem.message.clone(),
                });
            }
        }
        Self { by_object, owners }
    }

    /// Those about an object, and about nothing smaller in it.
    pub(crate) fn of(&self, about: About) -> &[Finding] {
        self.by_object.get(&about).map_or(&[], Vec::as_slice)
    }

    /// What a finding is about, the smallest first.
    pub(crate) fn about(&self, number: usize) -> impl Iterator<Item = About> {
        let owners = self.owners.get(number).copied().unwrap_or_default();
        [owners.smallest, owners.named].into_iter().flatten()
    }
}

/// Whether the example that it is about says so itself.
fn is_fault(problem: &Problem, faults: &[Fault]) -> bool {
    faults.iter().any(|fault| fault.span == problem.span)
}

fn objects(api: &Api<'_>) -> Vec<(Span, About)> {
    let operations = (0..).map(OperationId).map(About::Operation);
    let channels = (0..).map(ChannelId).map(About::Channel);
    let messages = (0..).map(MessageId).map(About::Message);
    let schemas = (0..).map(SchemaId).map(About::Schema);
    let servers = (0..).map(ServerId).map(About::Server);
    let mut all: Vec<(Span, About)> = Vec::new();
    all.extend(
        api.operations
            .iter()
            .map(|found| found.node.span)
            .zip(operations),
    );
    all.extend(
        api.channels
            .iter()
            .map(|found| found.node.span)
            .zip(channels),
    );
    all.extend(
        api.messages
            .iter()
            .map(|found| found.node.span)
            .zip(messages),
    );
    all.extend(api.schemas.iter().map(|found| found.node.span).zip(schemas));
    all.extend(api.servers.iter().map(|found| found.node.span).zip(servers));
    all
}

/// What holds each problem, in one pass over both in the order of the text.
fn owners(objects: &[(Span, About)], problems: &[Problem]) -> Vec<Owners> {
    let in_order = |span: &Span| (span.file, span.start, Reverse(span.end));
    let mut objects: Vec<&(Span, About)> = objects.iter().collect();
    objects.sort_by_key(|(span, _)| in_order(span));
    let mut objects = objects.into_iter().peekable();
    let mut numbers: Vec<usize> = (0..problems.len()).collect();
    numbers.sort_by_key(|number| in_order(&problems[*number].span));
    let mut owners = vec![Owners::default(); problems.len()];
    let mut open: Vec<&(Span, About)> = Vec::new();
    for number in numbers {
        let span = problems[number].span;
        while let Some(next) = objects.next_if(|(object, _)| in_order(object) <= in_order(&span)) {
            close(&mut open, next.0);
            open.push(next);
        }
        close(&mut open, span);
        let holders = open.iter().rev();
        let holders = holders.filter(|(object, _)| span.end <= object.end);
        let mut holders = holders.map(|(_, about)| *about);
        let smallest = holders.next();
        let named = smallest
            .into_iter()
            .chain(holders)
            .find(|about| !matches!(about, About::Schema(_)));
        owners[number] = Owners { smallest, named };
    }
    owners
}

/// Leaves out what ends before a place.
fn close(open: &mut Vec<&(Span, About)>, before: Span) {
    while open
        .last()
        .is_some_and(|(object, _)| object.file != before.file || object.end <= before.start)
    {
        open.pop();
    }
}
