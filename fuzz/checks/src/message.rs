//! Schemas and messages: the verdict alone and the list of violations say the same, places exist, examples keep their schema.
use serde_json::Value;
use tidings_schema::{AvroJson, AvroValidator, Dialect, Schema, Validator, Violation, examples};

use crate::BETWEEN;

/// Bytes of a schema for which examples are made: that takes many attempts.
const EXAMPLED: usize = 1000;

const DIALECTS: &[Dialect] = &[
    Dialect::AsyncApi,
    Dialect::Draft4,
    Dialect::Draft6,
    Dialect::Draft7,
    Dialect::Draft201909,
    Dialect::Draft202012,
    Dialect::OpenApi30,
    Dialect::OpenApi31,
];

/// The first byte says which language the schema is in, which follows; behind it comes the message.
pub fn message_check(bytes: &[u8]) {
    let Some((language, rest)) = bytes.split_first() else {
        return;
    };
    let mut parts = rest.splitn(2, |byte| *byte == BETWEEN);
    let (schema, message) = (parts.next().unwrap_or_default(), parts.next());
    let message = message.unwrap_or_default();
    let Ok(value) = serde_json::from_slice::<Value>(schema) else {
        return;
    };
    match DIALECTS.get(usize::from(language.wrapping_sub(b'0'))) {
        Some(dialect) => json_schema(&Schema::new(value, *dialect), schema.len(), message),
        None => avro(&value, message),
    }
}

fn json_schema(schema: &Schema, length: usize, message: &[u8]) {
    let Ok(validator) = Validator::compile(schema) else {
        return;
    };
    if let Ok(message) = serde_json::from_slice::<Value>(message) {
        let violations = validator.validate(&message);
        assert_eq!(
            validator.is_valid(&message),
            violations.is_empty(),
            "{violations:?}"
        );
        places_exist(&violations, &message);
        assert_eq!(
            violations,
            validator.validate(&message),
            "others the second time"
        );
    }
    if length > EXAMPLED {
        return;
    }
    let made = examples(schema, 7).unwrap_or_default();
    for example in &made.values {
        assert!(
            validator.is_valid(example),
            "{example} does not keep its schema"
        );
        let text = example.to_string();
        let read = serde_json::from_str::<Value>(&text);
        let read = read.unwrap_or_else(|error| panic!("`{text}` is no JSON: {error}"));
        assert!(
            validator.is_valid(&read),
            "`{text}` does not keep its schema once written"
        );
    }
}

fn avro(schema: &Value, message: &[u8]) {
    let Ok(validator) = AvroValidator::compile(schema) else {
        return;
    };
    let violations = validator.validate_binary(message);
    assert_eq!(
        violations,
        validator.validate_binary(message),
        "others the second time"
    );
    let Ok(message) = serde_json::from_slice::<Value>(message) else {
        return;
    };
    for form in [AvroJson::Tagged, AvroJson::Plain] {
        let violations = validator.validate_json(&message, form);
        assert_eq!(
            validator.is_valid_json(&message, form),
            violations.is_empty(),
            "{violations:?}"
        );
        places_exist(&violations, &message);
    }
}

fn places_exist(violations: &[Violation], message: &Value) {
    for violation in violations {
        assert!(
            message.pointer(&violation.instance).is_some(),
            "no such place: {violation:?}"
        );
    }
}
