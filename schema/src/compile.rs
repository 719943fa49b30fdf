//! One compiled schema, and the values checked against it.

use std::fmt;
use std::sync::Arc;

use jsonschema::ValidationError;
use jsonschema::{draft4, draft6, draft7, draft201909, draft202012};
use jsonschema::{error::ValidationErrorKind, meta::MetaValidator};
use serde_json::Value;

use crate::expansion::depth_of_values;
use crate::explain::Distance;
use crate::flatten::flatten;
use crate::forms::Forms;
use crate::library::Settings;
use crate::pointer::too_deep;
use crate::prepare::prepare;
use crate::{Dialect, Given, Part, Schema, SchemaError, Violation, references};

/// A compiled schema; cheap to use many times, from many threads.
#[derive(Clone)]
pub struct Validator {
    forms: Arc<Forms>,
    part: Part,
    /// How deep a value may nest.
    depth: usize,
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validator").finish_non_exhaustive()
    }
}

/// Checks one value against one schema: compiles, validates, forgets.
///
/// # Errors
/// When the schema cannot be used: every reason with its place.
pub fn validate_value<'v>(
    schema: &Schema,
    value: impl Into<Given<'v>>,
) -> Result<Vec<Violation>, Vec<SchemaError>> {
    Ok(Validator::compile(schema)?.validate(value))
}

impl Validator {
    /// Compiles a schema.
    ///
    /// # Errors
    /// When the schema cannot be used: every reason with its place.
    pub fn compile(schema: &Schema) -> Result<Self, Vec<SchemaError>> {
        Self::compile_part(schema, Part::Value)
    }

    pub(crate) fn compile_part(schema: &Schema, part: Part) -> Result<Self, Vec<SchemaError>> {
        let build = || {
            let prepared = Arc::new(prepare(schema)?);
            let depth = depth_of_values(&prepared)?;
            let forms = Forms::new(prepared.clone(), Settings::of(schema));
            let forms = forms.map_err(|error| reasons(&prepared, schema.dialect, *error))?;
            Ok(Self {
                forms: Arc::new(forms),
                part,
                depth,
            })
        };
        build().map_err(|errors: Vec<SchemaError>| {
            errors
                .into_iter()
                .map(|error| SchemaError { part, ..error })
                .collect()
        })
    }

    /// Whether the value keeps the schema.
    #[must_use]
    pub fn is_valid<'v>(&self, value: impl Into<Given<'v>>) -> bool {
        let given = value.into();
        if too_deep(given.value, self.depth).is_some() {
            return false;
        }
        self.forms.is_valid(given)
    }

    /// Every way in which the value breaks the schema, up to some hundreds; nothing when it keeps it.
    ///
    /// Where no alternative of `anyOf` or `oneOf` fits, the reasons are those of the closest one.
    #[must_use]
    pub fn validate<'v>(&self, value: impl Into<Given<'v>>) -> Vec<Violation> {
        let given = value.into();
        if let Some(instance) = too_deep(given.value, self.depth) {
            return vec![self.too_deep(instance)];
        }
        self.forms.validate(given, self.part)
    }

    /// How far a value that does not keep the schema is from it.
    #[must_use]
    pub fn distance<'v>(&self, value: impl Into<Given<'v>>) -> Distance {
        let given = value.into();
        if too_deep(given.value, self.depth).is_some() {
            return Distance::default();
        }
        self.forms.distance(given)
    }

    fn too_deep(&self, instance: String) -> Violation {
        let message = format!("value is nested deeper than `{}` levels", self.depth);
        Violation {
            instance,
            ..Violation::whole(self.part, "depth", message)
        }
    }
}

/// Why a prepared schema was refused: by its meta-schema, for its references, or for what the library says.
fn reasons(prepared: &Value, dialect: Dialect, error: ValidationError<'_>) -> Vec<SchemaError> {
    let found = if matches!(error.kind(), ValidationErrorKind::Referencing(_)) {
        references::broken(prepared)
    } else {
        against_meta_schema(prepared, dialect)
    };
    if found.is_empty() {
        vec![one_reason(error)]
    } else {
        found
    }
}

fn against_meta_schema(prepared: &Value, dialect: Dialect) -> Vec<SchemaError> {
    let mut violations = Vec::new();
    for error in meta_schema(dialect).iter_errors(prepared) {
        flatten(error, Part::Value, &mut violations);
    }
    violations
        .into_iter()
        .map(|found| SchemaError::new(found.instance, found.message))
        .collect()
}

fn meta_schema(dialect: Dialect) -> MetaValidator<'static> {
    match dialect {
        Dialect::Draft4 | Dialect::OpenApi30 => draft4::meta::validator(),
        Dialect::Draft6 => draft6::meta::validator(),
        Dialect::AsyncApi | Dialect::Draft7 => draft7::meta::validator(),
        Dialect::Draft201909 => draft201909::meta::validator(),
        Dialect::Draft202012 | Dialect::OpenApi31 => draft202012::meta::validator(),
    }
}

fn one_reason(error: ValidationError<'_>) -> SchemaError {
    let in_schema = error.instance_path().as_str();
    let pointer = if in_schema.is_empty() {
        error.schema_path().as_str()
    } else {
        in_schema
    };
    SchemaError::new(pointer, error.to_string())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;
    use crate::MAX_DEPTH;

    fn check(dialect: Dialect, schema: Value, value: Value, expect: Expect) {
        let lines: Vec<String> = match validate_value(&Schema::new(schema, dialect), &value) {
            Ok(violations) => violations.iter().map(ToString::to_string).collect(),
            Err(errors) => errors
                .iter()
                .map(|error| format!("error: {error}"))
                .collect(),
        };
        expect.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn the_draft_is_the_dialects_whatever_the_schema_says() {
        let tuple = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "https://example.com/tuple.json",
            "items": [{ "$ref": "#/definitions/n", "minimum": 9 }],
            "definitions": { "n": { "type": "integer" } },
        });
        check(Dialect::AsyncApi, tuple, json!([1]), expect![[""]]);
    }

    #[test]
    fn openapi_30_has_nullable_and_boolean_bounds() {
        let schema = json!({
            "properties": {
                "name": { "type": "string", "nullable": true },
                "size": { "type": "number", "minimum": 0, "exclusiveMinimum": true },
            },
        });
        let check = |value, expect| check(Dialect::OpenApi30, schema.clone(), value, expect);
        check(json!({ "name": null, "size": 0.5 }), expect![[""]]);
        check(
            json!({ "name": 1, "size": 0 }),
            expect![[r#"
                `1` is not of type `null` or `string`, in the value at `/name`
                `0` is not greater than `0`, in the value at `/size`"#]],
        );
    }

    #[test]
    fn siblings_of_a_reference_count_only_where_the_draft_says_so() {
        let schema = json!({ "properties": { "n": { "$ref": "#/definitions/n", "format": "int32" } },
            "definitions": { "n": { "type": "integer" } } });
        let value = json!({ "n": 3_000_000_000_u64 });
        check(
            Dialect::Draft7,
            schema.clone(),
            value.clone(),
            expect![[""]],
        );
        check(
            Dialect::Draft202012,
            schema,
            value,
            expect!["`3000000000` is not a valid `int32`, in the value at `/n`"],
        );
    }

    #[test]
    fn nothing_is_fetched() {
        let file = json!({ "items": { "$ref": "file:///etc/passwd" } });
        check(
            Dialect::AsyncApi,
            file,
            json!([]),
            expect![
                "error: `file:///etc/passwd` leads out of the schema; only references inside it are followed, in the schema of the value at `/items/$ref`"
            ],
        );
        let remote = json!({ "$ref": "https://example.com/a.json#/b" });
        check(
            Dialect::AsyncApi,
            remote,
            json!([]),
            expect![
                "error: `https://example.com/a.json#/b` leads out of the schema; only references inside it are followed, in the schema of the value at `/$ref`"
            ],
        );
    }

    #[test]
    fn patterns_that_no_engine_takes_are_errors_with_their_place() {
        let schema =
            json!({ "properties": { "a": { "pattern": "(x" } }, "patternProperties": { "[": {} } });
        check(
            Dialect::AsyncApi,
            schema,
            json!({}),
            expect![[r#"
                error: `(x` is not a regular expression, in the schema of the value at `/properties/a/pattern`
                error: `[` is not a usable regular expression, in the schema of the value at `/patternProperties/[`"#]],
        );
    }

    #[test]
    fn references_in_a_circle_end() {
        let circle = json!({ "$ref": "#/definitions/a", "definitions": {
            "a": { "$ref": "#/definitions/b" }, "b": { "allOf": [{ "$ref": "#/definitions/a" }] } } });
        check(Dialect::AsyncApi, circle, json!(1), expect![[""]]);
        check(
            Dialect::AsyncApi,
            json!({ "anyOf": [{ "$ref": "#" }] }),
            json!(1),
            expect![[""]],
        );
    }

    #[test]
    fn depth_is_bounded_in_schemas_and_values() {
        let nest = |depth| (0..depth).fold(json!({}), |inner, _| json!({ "items": inner }));
        check(
            Dialect::AsyncApi,
            nest(MAX_DEPTH - 1),
            json!([[1]]),
            expect![[""]],
        );
        let error =
            Validator::compile(&Schema::new(nest(5 * MAX_DEPTH), Dialect::AsyncApi)).unwrap_err();
        expect!["schema is nested deeper than `128` levels"].assert_eq(&error[0].message);
        let tree = Schema::new(json!({ "items": { "$ref": "#" } }), Dialect::AsyncApi);
        let deep = |depth| (0..depth).fold(json!([]), |inner, _| json!([inner]));
        assert_eq!(validate_value(&tree, &deep(MAX_DEPTH - 1)).unwrap(), []);
        expect!["value is nested deeper than `128` levels"]
            .assert_eq(&validate_value(&tree, &deep(MAX_DEPTH)).unwrap()[0].message);
    }

    /// The worst that the bounds let through together, on the small stack of a test's thread.
    #[test]
    fn the_bounds_keep_the_stack() {
        for row in [1, 10, 31] {
            let next = |index: usize| json!({ "allOf": [{ "$ref": format!("#/definitions/{}", index + 1) }] });
            let mut definitions: serde_json::Map<_, _> = (0..row)
                .map(|index| (index.to_string(), next(index)))
                .collect();
            definitions.insert(
                row.to_string(),
                json!({ "items": { "$ref": "#" }, "type": "array" }),
            );
            let schema = json!({ "$ref": "#/definitions/0", "definitions": definitions });
            let validator = Validator::compile(&Schema::new(schema, Dialect::AsyncApi)).unwrap();
            let value = (2..validator.depth).fold(json!([1]), |inner, _| json!([inner]));
            assert_eq!(validator.validate(&value)[0].keyword, "type");
            assert!(!validator.is_valid(&value));
        }
    }

    #[test]
    fn patterns_that_explode_give_up() {
        let schema = json!({ "pattern": "^(?=a)(a|a)*b$" });
        check(
            Dialect::AsyncApi,
            schema,
            json!("a".repeat(64)),
            expect![[
                r#"`"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…` does not match `^(?=a)(a|a)*b$`, in the value"#
            ]],
        );
    }
}
