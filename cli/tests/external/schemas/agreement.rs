//! Where generated code and `tidings message check` judge an instance otherwise. What `full` promises allows none to be taken that
//! the command refuses; the rest is a list that is kept beside this file.
use super::{
    given::Schema,
    outcome::{self, Outcome, Trip, Verdict},
};
use serde_json::Value;
use std::{collections::BTreeMap, fmt::Write};
use tidings_schema::{Instance, MessageSchemas, MessageValidator};

/// The keyword that each instance breaks first.
pub(crate) fn checked(
    payload: Option<Value>,
    schema: &Schema,
) -> Result<Vec<Option<String>>, String> {
    let schemas = MessageSchemas {
        payload: payload.map(tidings_schema::Schema::self_described),
        headers: None,
    };
    let validator = MessageValidator::compile(&schemas);
    let validator = validator.map_err(|errors| errors[0].to_string())?;
    let broken = |text: &str| match Instance::read(text.as_bytes()) {
        Ok(instance) => {
            let mut found = validator.validate_payload(&instance).into_iter();
            found.next().map(|violation| violation.keyword)
        }
        Err(_) => Some("no JSON".to_owned()),
    };
    let texts = schema.instances.iter().map(|(text, _)| broken(text));
    Ok(texts.collect())
}

/// Of how many instances all three say the same, and of how many they say something.
pub(crate) fn count(schemas: &[Schema], outcomes: &[Outcome]) -> (usize, usize) {
    let all: Vec<_> = verdicts(schemas, outcomes).collect();
    let differ = all.iter().filter(|(_, it)| difference(it).is_some());
    (all.len() - differ.count(), all.len())
}

/// The instances that they do not say the same of: by what differs, then by the reason.
pub(crate) fn list(schemas: &[Schema], outcomes: &[Outcome]) -> String {
    let mut groups: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
    for (schema, verdict) in verdicts(schemas, outcomes) {
        if let Some((what, reason)) = difference(&verdict) {
            let line = format!("{}: {}", schema.id, shortened(verdict.payload));
            groups.entry((what, reason)).or_default().push(line);
        }
    }
    let (mut text, mut last) = (String::new(), "");
    for ((what, reason), lines) in groups {
        if what != last {
            let _ = writeln!(text, "{}# {what}", if last.is_empty() { "" } else { "\n" });
            last = what;
        }
        let _ = writeln!(text, "\n## {reason}\n{}", lines.join("\n"));
    }
    text
}

/// What is known of the instances for which there is code.
fn verdicts<'a>(
    schemas: &'a [Schema],
    outcomes: &'a [Outcome],
) -> impl Iterator<Item = (&'a Schema, Verdict<'a>)> {
    let all = schemas.iter().zip(outcomes);
    let all = all.flat_map(|(schema, outcome)| {
        let verdicts = outcome::verdicts(schema, outcome);
        verdicts.into_iter().map(move |verdict| (schema, verdict))
    });
    all.filter(|(_, verdict)| verdict.trip.is_some() && verdict.full.is_some())
}

/// What differs, and the reason that whoever refuses gives.
fn difference(verdict: &Verdict<'_>) -> Option<(&'static str, String)> {
    let (rules, full) = (verdict.trip?, verdict.full?);
    let keyword = verdict.checked?;
    match (rules.is_ok(), full.is_ok(), keyword) {
        (true, true, None) | (false, false, Some(_)) => None,
        (true, false, Some(keyword)) => Some((
            "Taken by `rules`, refused by `full` and `message check`",
            keyword.to_owned(),
        )),
        (_, true, Some(keyword)) => Some((
            "Taken by `full`, refused by `message check`: must not be",
            keyword.to_owned(),
        )),
        (false, _, None) => Some((
            "Refused by generated code, taken by `message check`",
            reason(rules),
        )),
        (true, false, None) => Some((
            "Taken by `rules` and `message check`, refused by `full`: must not be",
            reason(full),
        )),
    }
}

/// What generated code says, without place and value: what was found, and of which kind it should be.
fn reason(trip: &Trip) -> String {
    let said = trip.as_ref().err().map_or("", String::as_str);
    let Some((_, types)) = said.split_once("invalid type: ") else {
        return said.to_owned();
    };
    let (found, expected) = types.split_once(", expected ").unwrap_or((types, ""));
    let found = found.split(['`', '"']).next().unwrap_or_default().trim();
    let expected = expected.split(" at line ").next().unwrap_or_default();
    let expected = expected.trim_start_matches("a ").split(' ').next();
    let expected = expected.unwrap_or_default();
    format!("{found} where {expected} is expected")
}

/// The beginning of a text.
fn shortened(text: &str) -> String {
    const MOST: usize = 100;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
