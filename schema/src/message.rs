//! The schemas of one message, compiled together.

use serde_json::Value;

use crate::{Distance, Given, Part, Schema, SchemaError, Validator, Violation};

/// The schemas of one message; what has none is not checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MessageSchemas {
    /// The payload's schema.
    pub payload: Option<Schema>,
    /// The schema of the application headers, an object.
    pub headers: Option<Schema>,
}

/// The compiled schemas of one message; cheap to use many times, from many threads.
#[derive(Debug, Clone)]
pub struct MessageValidator {
    payload: Option<Validator>,
    headers: Option<Validator>,
}

impl MessageValidator {
    /// Compiles the schemas of a message.
    ///
    /// # Errors
    /// When a schema cannot be used: every reason with its place, of both schemas.
    pub fn compile(schemas: &MessageSchemas) -> Result<Self, Vec<SchemaError>> {
        let mut errors = Vec::new();
        let mut compile = |schema: &Option<Schema>, part| {
            let compiled = schema
                .as_ref()
                .map(|schema| Validator::compile_part(schema, part));
            compiled.transpose().unwrap_or_else(|found| {
                errors.extend(found);
                None
            })
        };
        let payload = compile(&schemas.payload, Part::Payload);
        let headers = compile(&schemas.headers, Part::Headers);
        if errors.is_empty() {
            Ok(Self { payload, headers })
        } else {
            Err(errors)
        }
    }

    /// Every way in which a message breaks its schemas, the payload's first.
    ///
    /// Headers given as `None` are not checked; a message without any has the headers `{}`.
    #[must_use]
    pub fn validate<'v>(
        &self,
        payload: impl Into<Given<'v>>,
        headers: Option<&Value>,
    ) -> Vec<Violation> {
        let mut violations = self.validate_payload(payload);
        violations.extend(
            headers
                .map(|headers| self.validate_headers(headers))
                .unwrap_or_default(),
        );
        violations
    }

    /// Whether a payload keeps its schema; faster than listing what it breaks.
    #[must_use]
    pub fn is_valid_payload<'v>(&self, payload: impl Into<Given<'v>>) -> bool {
        let schema = self.payload.as_ref();
        schema.is_none_or(|schema| schema.is_valid(payload))
    }

    /// How far a payload that does not keep its schema is from it.
    #[must_use]
    pub fn distance_of_payload<'v>(&self, payload: impl Into<Given<'v>>) -> Distance {
        let schema = self.payload.as_ref();
        schema.map_or_else(Distance::default, |schema| schema.distance(payload))
    }

    /// Every way in which a payload breaks its schema.
    #[must_use]
    pub fn validate_payload<'v>(&self, payload: impl Into<Given<'v>>) -> Vec<Violation> {
        self.payload
            .as_ref()
            .map(|schema| schema.validate(payload))
            .unwrap_or_default()
    }

    /// Every way in which headers break their schema.
    #[must_use]
    pub fn validate_headers<'v>(&self, headers: impl Into<Given<'v>>) -> Vec<Violation> {
        self.headers
            .as_ref()
            .map(|schema| schema.validate(headers))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;
    use crate::Dialect;

    fn order() -> MessageSchemas {
        let payload = json!({
            "type": "object",
            "required": ["id", "lines"],
            "properties": {
                "id": { "type": "string", "format": "uuid" },
                "placed": { "type": "string", "format": "date-time" },
                "lines": { "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/line" } },
            },
            "additionalProperties": false,
            "definitions": {
                "line": {
                    "type": "object",
                    "required": ["sku"],
                    "properties": {
                        "sku": { "type": "string", "pattern": "^[A-Z]{2}\\Z" },
                        "count": { "type": "integer", "format": "int32", "minimum": 1 },
                    },
                },
            },
        });
        let headers = json!({ "type": "object", "required": ["tenant"] });
        MessageSchemas {
            payload: Some(Schema::new(payload, Dialect::AsyncApi)),
            headers: Some(Schema::new(headers, Dialect::AsyncApi)),
        }
    }

    fn check(payload: Value, headers: Option<Value>, expect: Expect) {
        let validator = MessageValidator::compile(&order()).unwrap();
        let violations = validator.validate(&payload, headers.as_ref());
        let line =
            |found: &Violation| format!("{found}\n  {} of {}\n", found.keyword, found.schema);
        expect.assert_eq(&violations.iter().map(line).collect::<String>());
    }

    #[test]
    fn a_message_that_keeps_its_schemas_has_no_violations() {
        let payload = json!({
            "id": "2eb8aa08-aa98-11ea-b4aa-73b441d16380",
            "placed": "2026-11-23T10:00:00+02:00",
            "lines": [{ "sku": "ABZ", "count": 2.0 }],
        });
        check(payload, Some(json!({ "tenant": "acme" })), expect![[""]]);
    }

    #[test]
    fn every_violation_of_payload_and_headers_is_listed_with_both_pointers() {
        let payload = json!({
            "id": "x",
            "placed": "yesterday",
            "lines": [{ "count": 3_000_000_000_u64 }, { "sku": "abc", "count": 0 }, 7],
            "extra/key": 1,
        });
        check(
            payload,
            Some(json!({})),
            expect![[r#"
                property `extra/key` is not allowed, in the payload at `/extra~1key`
                  additionalProperties of /additionalProperties
                `"x"` is not a valid `uuid`, in the payload at `/id`
                  format of /properties/id/format
                `"yesterday"` is not a valid `date-time`, in the payload at `/placed`
                  format of /properties/placed/format
                property `sku` is missing, in the payload at `/lines/0`
                  required of /definitions/line/required
                `3000000000` is not a valid `int32`, in the payload at `/lines/0/count`
                  format of /definitions/line/properties/count/format
                `"abc"` does not match `^[A-Z]{2}Z`, in the payload at `/lines/1/sku`
                  pattern of /definitions/line/properties/sku/pattern
                `0` is less than `1`, in the payload at `/lines/1/count`
                  minimum of /definitions/line/properties/count/minimum
                `7` is not of type `object`, in the payload at `/lines/2`
                  type of /definitions/line/type
                property `tenant` is missing, in the headers
                  required of /required
            "#]],
        );
    }

    #[test]
    fn headers_that_are_not_given_are_not_checked() {
        check(
            json!({}),
            None,
            expect![[r#"
                property `id` is missing, in the payload
                  required of /required
                property `lines` is missing, in the payload
                  required of /required
            "#]],
        );
    }

    #[test]
    fn errors_of_both_schemas_name_their_part() {
        let schema = |value| Some(Schema::new(value, Dialect::AsyncApi));
        let schemas = MessageSchemas {
            payload: schema(json!({ "type": "text", "properties": { "a": { "minimum": "1" } } })),
            headers: schema(json!({ "$ref": "#/definitions/none", "definitions": {} })),
        };
        let errors = MessageValidator::compile(&schemas).unwrap_err();
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        expect![[r#"
            `"text"` is not one of `"array"`, `"boolean"`, `"integer"`, `"null"`, `"number"`, `"object"`, `"string"` (the closest of 2 alternatives), in the schema of the payload at `/type`
            `"1"` is not of type `number`, in the schema of the payload at `/properties/a/minimum`
            `#/definitions/none` leads to nothing in the schema, in the schema of the headers at `/$ref`"#]]
        .assert_eq(&lines.join("\n"));
    }

    #[test]
    fn the_verdict_alone_is_that_of_the_list() {
        let validator = MessageValidator::compile(&order()).unwrap();
        let id = "1fa6ef40-8f47-40a8-8cf6-f8607d0066ef";
        for (payload, is_valid) in [
            (json!({ "id": id, "lines": [{ "sku": "ABZ" }] }), true),
            (json!({ "id": id, "lines": [] }), false),
        ] {
            assert_eq!(validator.is_valid_payload(&payload), is_valid);
            assert_eq!(validator.validate(&payload, None).is_empty(), is_valid);
        }
    }
}
