//! A message held to the whole of its schemas, in all that they say.
use crate::{InvalidMessage, Message};
use serde_json::{Map, Value};
use std::{borrow::Cow, collections::BTreeSet};
use tidings_schema::{Given, MessageValidator, Violation};

/// Adds what a payload breaks.
pub(crate) fn payload<'v>(
    validator: &MessageValidator,
    payload: impl Into<Given<'v>>,
    invalid: &mut InvalidMessage,
) {
    for violation in validator.validate_payload(payload) {
        invalid.push(format!("/payload{}", violation.instance), violation.message);
    }
}

/// Adds what headers break, as far as they are asked for.
pub(crate) fn headers(
    validator: &MessageValidator,
    message: &Message,
    asked: impl Fn(&str) -> bool,
    invalid: &mut InvalidMessage,
) {
    let texts = message
        .headers
        .iter()
        .filter(|(name, _)| asked(name))
        .map(|(name, bytes)| (name.to_string(), String::from_utf8_lossy(bytes)));
    for violation in broken(validator, texts.collect()) {
        invalid.push(format!("/headers{}", violation.instance), violation.message);
    }
}

/// A header is a text on the wire, and stands for one where its schema takes that; else it is JSON, where it can be.
fn broken(validator: &MessageValidator, texts: Vec<(String, Cow<'_, str>)>) -> Vec<Violation> {
    let mut values: Map<String, Value> = texts
        .iter()
        .map(|(name, text)| (name.clone(), Value::from(&**text)))
        .collect();
    let found = validator.validate_headers(&Value::Object(values.clone()));
    let wrong: BTreeSet<String> = found.iter().filter_map(header_of).collect();
    let mut changed = false;
    for (name, text) in texts.iter().filter(|(name, _)| wrong.contains(name)) {
        if let Ok(value) = serde_json::from_str(text) {
            values.insert(name.clone(), value);
            changed = true;
        }
    }
    if !changed {
        return found;
    }
    validator.validate_headers(&Value::Object(values))
}

/// The header that a violation is about.
fn header_of(violation: &Violation) -> Option<String> {
    let name = violation.instance.split('/').nth(1)?;
    Some(name.replace("~1", "/").replace("~0", "~"))
}
