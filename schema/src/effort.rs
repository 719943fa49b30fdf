//! How many steps patterns may take: a bound for one match alone would be multiplied by the strings of a value and by the
//! patterns of a schema.
//!
//! What one match may take falls with how many there may be, so that a verdict depends on nothing but schema and value.

use serde_json::Value;

use crate::expansion::most_patterns;
use crate::pattern::{LIMITS, own_patterns};

/// How many steps back the matches of one check may take, about; where some cannot be finished, the library checks again, up to
/// 64 times.
const BUDGET: usize = 5_000_000;

/// What the patterns of a schema may ask for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// How many patterns that step back one string may meet.
    patterns: usize,
}

impl Effort {
    pub(crate) fn of(schema: &Value) -> Self {
        let patterns = match any_steps_back(schema) {
            true => most_patterns(schema),
            false => 0,
        };
        Self { patterns }
    }

    /// Which of [`LIMITS`] holds while a value is checked.
    pub(crate) fn limit_for(self, value: &Value) -> usize {
        if self.patterns == 0 {
            return 0;
        }
        let matches = strings(value).saturating_mul(self.patterns);
        let fits = |limit: &usize| matches.saturating_mul(*limit) <= BUDGET;
        LIMITS.iter().position(fits).unwrap_or(LIMITS.len() - 1)
    }
}

/// How many strings a value has, and names of properties.
fn strings(value: &Value) -> usize {
    match value {
        Value::String(_) => 1,
        Value::Array(items) => items.iter().map(strings).sum(),
        Value::Object(map) => map.len() + map.values().map(strings).sum::<usize>(),
        _ => 0,
    }
}

fn any_steps_back(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => own_patterns(map) > 0 || map.values().any(any_steps_back),
        Value::Array(items) => items.iter().any(any_steps_back),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_match_may_take_less_where_there_are_more() {
        let hard = || json!({ "pattern": "^(a|a)*(?=b)b$" });
        let limit = |schema: Value, count| {
            let value = Value::from(vec!["a"; count]);
            LIMITS[Effort::of(&schema).limit_for(&value)]
        };
        let limits = |schema: &dyn Fn() -> Value| {
            [25, 250, 2_500, 25_000].map(|count| limit(schema(), count))
        };
        assert_eq!(
            limits(&|| json!({ "items": { "pattern": "^a*b$" } })),
            [200_000; 4]
        );
        assert_eq!(limits(&|| json!({ "items": hard() })), LIMITS);
        let twice = || json!({ "items": { "allOf": [hard(), { "oneOf": [hard()] }] } });
        assert_eq!(limits(&twice), [20_000, 2_000, 500, 500]);
        let names = || json!({ "propertyNames": hard(), "patternProperties": { "a(?!b)": {} } });
        assert_eq!(Effort::of(&names()).patterns, 2);
    }

    #[test]
    fn patterns_behind_references_count_as_often_as_they_are_met() {
        let all = json!({ "$ref": "#/definitions/hard" });
        let schema = json!({
            "items": { "allOf": [all, all, { "items": { "pattern": "a(?=b)" } }] },
            "definitions": { "hard": { "pattern": "a(?=b)" } },
        });
        assert_eq!(Effort::of(&schema).patterns, 2);
    }
}
