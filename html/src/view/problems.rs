//! Findings as the list at the end of the page has them, the gravest first.
use serde::Serialize;
use tidings_document::Severity;

use super::Ctx;
use crate::{Problem, Settings, finding::About};

/// Those of one weight.
#[derive(Serialize)]
pub(crate) struct Group {
    heading: String,
    severity: &'static str,
    listed: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    rule: String,
    message: String,
    place: String,
    /// Where what it is about is shown.
    href: String,
    help: String,
}

pub(crate) fn groups(ctx: &Ctx<'_>, settings: &Settings) -> Vec<Group> {
    let severities = [Severity::Error, Severity::Warning, Severity::Info];
    let groups = severities.into_iter().map(|severity| {
        let problems = settings.problems.iter().enumerate();
        let own = problems.filter(|(_, problem)| problem.severity == severity);
        let listed: Vec<Listed> = own.map(|(at, problem)| listed(ctx, at, problem)).collect();
        let plural = if listed.len() == 1 { "" } else { "s" };
        Group {
            heading: format!("{} {}{plural}", listed.len(), severity.as_str()),
            severity: severity.as_str(),
            listed,
        }
    });
    groups.filter(|group| !group.listed.is_empty()).collect()
}

fn listed(ctx: &Ctx<'_>, at: usize, problem: &Problem) -> Listed {
    let places = ctx.plan.about_finding(at).map(|about| href(ctx, about));
    let mut places = places.filter(|href| !href.is_empty());
    Listed {
        rule: problem.rule.clone(),
        message: problem.message.clone(),
        place: problem.place.clone(),
        href: places.next().unwrap_or_default(),
        help: problem.help.clone().unwrap_or_default(),
    }
}

fn href(ctx: &Ctx<'_>, about: About) -> String {
    let plan = &ctx.plan;
    let id = match about {
        About::Operation(id) => &plan.operations[id.0 as usize],
        About::Channel(id) => &plan.channels[id.0 as usize],
        About::Message(id) => &plan.messages[id.0 as usize],
        About::Schema(id) => plan.schema_id(id),
        About::Server(id) => &plan.servers[id.0 as usize],
    };
    match id {
        "" => String::new(),
        id => format!("#{id}"),
    }
}
