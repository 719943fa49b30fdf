//! Which messages a consumer of a topic gets: a filter as AWS writes it. What it could never let through is refused, since SNS throws
//! away in silence what a filter does not name.
use serde_json::{Map, Value};
use tidings::{Binding, Result};

const BODY: &str = "MessageBody";
/// Of which a constraint may be that is no plain value.
const OPERATORS: [&str; 8] = [
    "anything-but",
    "cidr",
    "equals-ignore-case",
    "exists",
    "numeric",
    "prefix",
    "suffix",
    "wildcard",
];
/// Several constraints of which one is enough.
const OR: &str = "$or";

/// A filter, and the headers that it is about.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) text: Value,
    pub(super) headers: Vec<String>,
}

/// As AWS has it: lists of what may be, where the binding may have single ones.
pub(super) fn filter(told: &Binding<'_>, scope: Option<&str>) -> Result<Filter> {
    let is_body = scope == Some(BODY);
    let (mut all, mut headers) = (Map::new(), Vec::new());
    for (name, value) in told.all_fields() {
        if name == "bindingVersion" || name.starts_with("x-") {
            let why = "says nothing to AWS as an extension of the binding, so that more would come; filter by another header";
            return Err(told.cannot(name, why));
        }
        if !is_body {
            if is_of_numbers(value) {
                let why = "is about numbers, and headers are texts here, which are none to SNS; filter by texts, or by the body (`filterPolicyScope: MessageBody`)";
                return Err(told.cannot(name, why));
            }
            named(name, value, &mut headers);
        }
        all.insert(name.to_owned(), listed(told, name, value, is_body)?);
    }
    let text = Value::Object(all);
    Ok(Filter { text, headers })
}

fn listed(told: &Binding<'_>, name: &str, value: &Value, is_body: bool) -> Result<Value> {
    match value {
        Value::Array(_) => Ok(value.clone()),
        Value::Object(of) if of.keys().all(|key| OPERATORS.contains(&&**key)) => {
            Ok(Value::Array(vec![value.clone()]))
        }
        Value::Object(_) if is_body => Ok(value.clone()),
        Value::Object(_) => {
            let why =
                "is an object of which SNS knows no operator, and attributes have nothing within";
            Err(told.cannot(name, why))
        }
        single => Ok(Value::Array(vec![single.clone()])),
    }
}

fn is_of_numbers(value: &Value) -> bool {
    match value {
        Value::Number(_) => true,
        Value::Array(all) => all.iter().any(is_of_numbers),
        Value::Object(all) => all.contains_key("numeric") || all.values().any(is_of_numbers),
        _ => false,
    }
}

/// The headers that a part of a filter is about.
fn named(name: &str, value: &Value, headers: &mut Vec<String>) {
    let several = value.as_array().filter(|_| name == OR);
    let Some(several) = several else {
        headers.push(name.to_owned());
        return;
    };
    for (name, value) in several.iter().filter_map(Value::as_object).flatten() {
        named(name, value, headers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tidings::Channel;

    fn read(filter: &Value, scope: Option<&str>) -> Result<Filter> {
        let channel = Channel::publish_subscribe("events");
        super::filter(
            &Binding::of_channel(&channel, "sns")?.at("filterPolicy", filter)?,
            scope,
        )
    }

    #[test]
    fn single_constraints_are_lists() -> Result<()> {
        let one = json!({ "kind": "paid", "reason": { "anything-but": "reset" }, "$or": [{ "a": ["1"] }, { "b": ["2"] }] });
        let filter = read(&one, None)?;
        let listed = json!({
            "kind": ["paid"], "reason": [{ "anything-but": "reset" }], "$or": [{ "a": ["1"] }, { "b": ["2"] }],
        });
        assert_eq!(filter.text, listed);
        let mut headers = filter.headers;
        headers.sort();
        assert_eq!(headers, ["a", "b", "kind", "reason"]);
        let body = read(
            &json!({ "order": { "total": [{ "numeric": [">", 1] }] } }),
            Some(BODY),
        )?;
        assert_eq!(body.text["order"]["total"][0]["numeric"][1], 1);
        assert!(body.headers.is_empty());
        Ok(())
    }

    #[test]
    fn what_lets_nothing_or_all_through_is_refused() {
        for filter in [
            json!({ "n": [1] }),
            json!({ "n": 1 }),
            json!({ "n": [{ "numeric": [">", 100] }] }),
            json!({ "n": { "anything-but": [1] } }),
            json!({ "$or": [{ "n": [1] }] }),
            json!({ "x-n": ["paid"] }),
            json!({ "n": { "within": ["a"] } }),
        ] {
            let error = read(&filter, None).err().map(|error| error.to_string());
            let error = error.unwrap_or_default();
            assert!(error.contains("`filterPolicy."), "{filter}: {error}");
        }
    }
}
