//! Bounds how often one value is checked: references that double at each step grow without end.

use std::collections::HashMap;

use serde_json::Value;

use crate::SchemaError;
use crate::pattern::own_patterns;
use crate::pointer::{MAX_DEPTH, join};

/// How many subschemas may be applied to one and the same value.
const MAX_APPLIED: u64 = 10_000;
/// How many schemas may lead on to each other for one value, by reference or as a part.
const MAX_ROW: usize = 64;
/// How many steps from schema to schema may be on the stack: half of what 2 MiB were seen to hold without optimisation.
const MAX_STEPS: usize = 2_000;

/// Keywords whose schemas are applied to the value itself.
const IN_PLACE: &[&str] = &["allOf", "anyOf", "oneOf", "not", "if", "then", "else"];
/// Those of them that name their schemas.
const IN_PLACE_NAMED: &[&str] = &["dependencies", "dependentSchemas"];

/// How deep values of this schema may nest, or an error for each definition that asks too much of a single value.
///
/// The schema's own depth is bounded already.
pub(crate) fn depth_of_values(schema: &Value) -> Result<usize, Vec<SchemaError>> {
    let named = |name: &'static str| {
        let definitions = schema.get(name).and_then(Value::as_object);
        definitions
            .into_iter()
            .flatten()
            .map(move |(key, value)| (join(&format!("/{name}"), key), value))
    };
    let starts = named("definitions")
        .chain(named("$defs"))
        .chain([(String::new(), schema)]);
    let mut count = Count::new(schema);
    let (mut row, mut errors) = (1, Vec::new());
    for (pointer, start) in starts {
        let applied = count.applied(start);
        row = row.max(applied.row);
        errors.extend(
            applied
                .complaint()
                .map(|message| SchemaError::new(pointer, message)),
        );
    }
    if errors.is_empty() {
        Ok(MAX_DEPTH.min(MAX_STEPS / row))
    } else {
        Err(errors)
    }
}

/// How many patterns that step back one string may meet, by any schema within this one.
pub(crate) fn most_patterns(schema: &Value) -> usize {
    let mut count = Count::new(schema);
    let (mut most, mut todo) = (0, vec![schema]);
    while let Some(part) = todo.pop() {
        most = most.max(count.applied(part).patterns);
        match part {
            Value::Object(map) => todo.extend(map.values()),
            Value::Array(items) => todo.extend(items),
            _ => {}
        }
    }
    most
}

/// What one schema does to one value.
#[derive(Clone, Copy, Default)]
struct Applied {
    /// How many schemas are applied, itself among them.
    schemas: u64,
    /// The longest row of schemas that lead on to each other.
    row: usize,
    /// How many patterns that step back are among them.
    patterns: usize,
}

impl Applied {
    fn complaint(self) -> Option<String> {
        if self.row > MAX_ROW {
            Some(format!(
                "more than `{MAX_ROW}` schemas lead on to each other for one value"
            ))
        } else if self.schemas > MAX_APPLIED {
            Some(format!(
                "more than `{MAX_APPLIED}` subschemas apply to one value"
            ))
        } else {
            None
        }
    }

    fn and_then(self, part: Self) -> Self {
        Self {
            schemas: self.schemas.saturating_add(part.schemas),
            row: self.row.max(part.row + 1),
            patterns: self.patterns.saturating_add(part.patterns),
        }
    }
}

struct Count<'a> {
    root: &'a Value,
    /// By reference; nothing while it is being counted, which is what a circle adds.
    known: HashMap<&'a str, Applied>,
    references: usize,
}

impl<'a> Count<'a> {
    fn new(root: &'a Value) -> Self {
        Self {
            root,
            known: HashMap::new(),
            references: 0,
        }
    }

    fn applied(&mut self, schema: &'a Value) -> Applied {
        let own = Applied {
            schemas: 1,
            row: 1,
            patterns: schema.as_object().map_or(0, own_patterns),
        };
        let Some(map) = schema.as_object() else {
            return own;
        };
        let reference = map.get("$ref").and_then(Value::as_str);
        let own = reference.map_or(own, |target| own.and_then(self.target(target)));
        let parts = IN_PLACE.iter().filter_map(|keyword| map.get(*keyword));
        let parts = parts.flat_map(|part| {
            part.as_array()
                .map_or(std::slice::from_ref(part), Vec::as_slice)
        });
        let named = IN_PLACE_NAMED
            .iter()
            .filter_map(|keyword| map.get(*keyword)?.as_object());
        let parts = parts.chain(named.flatten().map(|(_, schema)| schema));
        parts.fold(own, |sum, part| sum.and_then(self.applied(part)))
    }

    fn target(&mut self, target: &'a str) -> Applied {
        if let Some(known) = self.known.get(target) {
            return *known;
        }
        if self.references == MAX_ROW {
            return Applied {
                schemas: 1,
                row: MAX_ROW + 1,
                patterns: 0,
            };
        }
        self.known.insert(target, Applied::default());
        self.references += 1;
        let schema = target
            .strip_prefix('#')
            .and_then(|pointer| self.root.pointer(pointer));
        let applied = schema.map_or(Applied::default(), |schema| self.applied(schema));
        self.references -= 1;
        self.known.insert(target, applied);
        applied
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `count` definitions, each applying the next one `times` times.
    fn chain(count: usize, times: usize) -> Value {
        let next =
            |index: usize| vec![json!({ "$ref": format!("#/definitions/{}", index + 1) }); times];
        let definition = |index: usize| (index.to_string(), json!({ "allOf": next(index) }));
        let mut definitions: serde_json::Map<_, _> = (0..count).map(definition).collect();
        definitions.insert(count.to_string(), json!({ "type": "string" }));
        json!({ "$ref": "#/definitions/0", "definitions": definitions })
    }

    #[test]
    fn schemas_that_double_at_each_step_are_refused() {
        assert_eq!(depth_of_values(&chain(6, 2)), Ok(MAX_DEPTH));
        assert!(
            depth_of_values(&chain(20, 2))
                .is_err_and(|errors| errors[0].message.contains("subschemas apply"))
        );
    }

    #[test]
    fn long_chains_of_references_are_refused() {
        assert_eq!(depth_of_values(&chain(30, 1)), Ok(MAX_STEPS / 62));
        let errors = depth_of_values(&chain(10_000, 1)).unwrap_err();
        assert_eq!(
            errors[0].message,
            "more than `64` schemas lead on to each other for one value"
        );
    }

    #[test]
    fn circles_count_once() {
        let circle =
            json!({ "allOf": [{ "$ref": "#" }, { "properties": { "a": { "$ref": "#" } } }] });
        assert_eq!(depth_of_values(&circle), Ok(MAX_DEPTH));
    }
}
