//! What a subscription is like, and what of that is not as it is to be.
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

pub(super) const RAW: &str = "RawMessageDelivery";
pub(super) const FILTER: &str = "FilterPolicy";
pub(super) const SCOPE: &str = "FilterPolicyScope";
pub(super) const REDRIVE: &str = "RedrivePolicy";

/// What of a subscription is not as it is to be. A filter that nobody wants any more keeps messages back in silence, so that it counts.
pub(super) fn difference(
    wanted: &BTreeMap<&'static str, String>,
    there: &HashMap<String, String>,
) -> Option<String> {
    let wanted = |name: &str| wanted.get(name).map_or("", |wanted| wanted);
    let found = |name: &str| there.get(name).map_or("", |found| found);
    let filter = wanted(FILTER);
    let scope = |scope| match scope {
        // Without a filter it is of nothing.
        _ if no_filter(filter) => "",
        "" => "MessageAttributes",
        scope => scope,
    };
    let all = [
        (RAW, found(RAW), wanted(RAW)),
        (FILTER, found(FILTER), filter),
        (SCOPE, scope(found(SCOPE)), scope(wanted(SCOPE))),
        (REDRIVE, found(REDRIVE), wanted(REDRIVE)),
    ];
    // What operators add of that loses nothing.
    let all = all
        .into_iter()
        .filter(|(name, _, wanted)| *name != REDRIVE || !wanted.is_empty());
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    let is_same = |found: &str, wanted: &str| {
        let is_read = read(found).is_some() && read(found) == read(wanted);
        found == wanted || is_read || (no_filter(found) && no_filter(wanted))
    };
    let mut all = all;
    let (name, found, wanted) = all.find(|(_, found, wanted)| !is_same(found, wanted))?;
    let wanted = match wanted {
        "" => "not to be there".to_owned(),
        wanted => format!("to be `{wanted}`"),
    };
    Some(format!(
        "`{name}` of the subscription is `{found}`, and is {wanted}"
    ))
}

/// Whether a filter lets all pass.
fn no_filter(filter: &str) -> bool {
    matches!(filter, "" | "{}" | "null")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn different(wanted: &[(&'static str, &str)], there: &[(&str, &str)]) -> Option<String> {
        let wanted = wanted.iter();
        let wanted = wanted.map(|(name, value)| (*name, (*value).to_owned()));
        let there = there.iter();
        let there = there.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        difference(&wanted.collect(), &there.collect())
    }

    #[test]
    fn what_a_subscription_has_and_is_not_to_have_is_told() {
        let raw = (RAW, "true");
        let (one, other) = ((FILTER, r#"{"a": ["1"]}"#), (FILTER, r#"{"a": ["2"]}"#));
        let body = (SCOPE, "MessageBody");
        for (wanted, there, expected) in [
            (vec![raw], vec![raw], None),
            (vec![raw], vec![raw, (FILTER, "{}")], None),
            (vec![raw, one], vec![raw, (FILTER, r#"{"a":["1"]}"#)], None),
            (
                vec![raw, one],
                vec![raw, one, (SCOPE, "MessageAttributes")],
                None,
            ),
            (vec![raw, body], vec![raw], None),
            (vec![raw], vec![], Some("`RawMessageDelivery`")),
            (vec![raw], vec![raw, one], Some("is not to be there")),
            (vec![raw, one], vec![raw], Some("`FilterPolicy`")),
            (vec![raw, one], vec![raw, other], Some("`FilterPolicy`")),
            (
                vec![raw, one],
                vec![raw, one, body],
                Some("`FilterPolicyScope`"),
            ),
        ] {
            let found = different(&wanted, &there);
            let is_told = found.as_ref().zip(expected);
            let is_told = is_told.is_some_and(|(found, expected)| found.contains(expected));
            assert!(
                is_told || found.is_none() && expected.is_none(),
                "{found:?}, and not {expected:?}"
            );
        }
    }
}
