//! Types of numbers and tuples, and the limits that are still checked.
use super::code;

/// The type of a required property `v`, and what is checked of it.
fn property(schema: &str) -> (String, String) {
    let text = code(&format!(
        "
asyncapi: 3.0.0
info: {{ title: T, version: '1' }}
channels: {{ c: {{ address: c, messages: {{ m: {{ payload: {{ $ref: '#/components/schemas/S' }} }} }} }} }}
operations: {{ o: {{ action: receive, channel: {{ $ref: '#/channels/c' }} }} }}
components: {{ schemas: {{ S: {{ type: object, required: [v], properties: {{ v: {schema} }} }} }} }}
"
    ));
    let ty = text.split_once("pub v: ").unwrap().1;
    let ty = ty.split_once(", /// ").unwrap().0.to_owned();
    let checks = text.split("violations.").skip(1);
    let checks: Vec<_> = checks
        .filter(|check| check.contains("self.v,"))
        .map(|check| {
            let name = check.split_once('(').unwrap().0;
            let value = check.split_once("self.v, ").unwrap().1;
            format!("{name} {}", value.split_once(')').unwrap().0)
        })
        .collect();
    (ty, checks.join(", "))
}

#[track_caller]
fn check(schema: &str, ty: &str, checks: &str) {
    assert_eq!(
        property(schema),
        (ty.to_owned(), checks.to_owned()),
        "{schema}"
    );
}

#[test]
fn what_is_checked_as_it_is_written_stays_a_text() {
    for (format, name) in [
        ("date-time", "DateTime"),
        ("date", "Date"),
        ("uuid", "Uuid"),
        ("byte", "Byte"),
        ("ipv4", "Ipv4"),
        ("ipv6", "Ipv6"),
    ] {
        let schema = format!("{{ type: string, format: {format}, not: {{ const: '' }} }}");
        let checks = format!("format codegen::Format::{name}, checks CHECKS_1");
        check(&schema, "String", &checks);
        let named = format!(
            "
asyncapi: 3.0.0
info: {{ title: T, version: '1' }}
channels: {{ c: {{ address: c, messages: {{ m: {{ payload: {{ $ref: '#/components/schemas/S' }} }} }} }} }}
operations: {{ o: {{ action: receive, channel: {{ $ref: '#/channels/c' }} }} }}
components: {{ schemas: {{ S: {schema} }} }}
"
        );
        assert!(code(&named).contains("(String)"), "{format}");
    }
}

#[test]
fn integers_heed_exclusive_and_fractional_limits() {
    check(
        "{ type: integer, exclusiveMinimum: 3, exclusiveMaximum: 10 }",
        "u8",
        "minimum 4, maximum 9",
    );
    check(
        "{ type: integer, minimum: 3, maximum: 10 }",
        "u8",
        "minimum 3, maximum 10",
    );
    check(
        "{ type: integer, minimum: 0.5, maximum: 9.5 }",
        "u8",
        "minimum 1, maximum 9",
    );
    check(
        "{ type: integer, minimum: -0.5, maximum: 9 }",
        "u8",
        "maximum 9",
    );
    check(
        "{ type: integer, exclusiveMinimum: -1.5, maximum: 9 }",
        "i8",
        "minimum -1, maximum 9",
    );
    check(
        "{ type: integer, minimum: 0, exclusiveMaximum: 9.5 }",
        "u8",
        "maximum 9",
    );
    check(
        "{ type: integer, minimum: 2, exclusiveMinimum: 2, maximum: 9, exclusiveMaximum: 9 }",
        "u8",
        "minimum 3, maximum 8",
    );
    check(
        "{ type: integer, minimum: 4, exclusiveMinimum: 2, maximum: 6, exclusiveMaximum: 9 }",
        "u8",
        "minimum 4, maximum 6",
    );
}

#[test]
fn the_smallest_type_that_holds_all_values_is_taken() {
    for (low, high, ty) in [
        ("0", "255", "u8"),
        ("0", "256", "u16"),
        ("0", "65535", "u16"),
        ("0", "65536", "u32"),
        ("0", "4294967295", "u32"),
        ("0", "4294967296", "u64"),
        ("-1", "127", "i8"),
        ("-128", "127", "i8"),
        ("-129", "127", "i16"),
        ("-1", "128", "i16"),
        ("-32769", "0", "i32"),
        ("-2147483649", "0", "i64"),
        ("0", "18446744073709551615", "u64"),
        ("0", "18446744073709551616", "u128"),
        ("-1", "9223372036854775808", "i128"),
        ("18446744073709551616", "18446744073709551616", "u128"),
    ] {
        let found = property(&format!(
            "{{ type: integer, minimum: {low}, maximum: {high} }}"
        ))
        .0;
        assert_eq!(found, ty, "{low} to {high}");
    }
    check("{ type: integer }", "i64", "");
    check("{ type: integer, minimum: 5 }", "u64", "minimum 5");
    check("{ type: integer, format: int32 }", "i32", "");
    check("{ type: integer, format: int64 }", "i64", "");
    check(
        "{ type: integer, format: int64, minimum: 0 }",
        "u64",
        "maximum 9_223_372_036_854_775_807",
    );
    check("{ type: integer, format: uint32 }", "u32", "");
    check(
        "{ type: integer, format: int32, maximum: 4 }",
        "i32",
        "maximum 4",
    );
    check("{ type: integer, multipleOf: 5 }", "i64", "multiple_of 5");
    check("{ type: integer, multipleOf: 1 }", "i64", "");
}

#[test]
fn limits_beyond_every_integer_overflow_nothing() {
    let (ty, checks) = property("{ type: integer, minimum: -1.0e300, maximum: 5 }");
    assert!(
        ty.starts_with('i') && checks == "maximum 5",
        "{ty}: {checks}"
    );
    let (_, checks) =
        property("{ type: integer, exclusiveMinimum: -1.0e300, exclusiveMaximum: 1.0e300 }");
    assert_eq!(checks, "");
}

#[test]
fn numbers_keep_each_limit() {
    check(
        "{ type: number, minimum: 1, exclusiveMinimum: 0.5, maximum: 9.5, exclusiveMaximum: 10, multipleOf: 0.5 }",
        "f64",
        "minimum 1.0, maximum 9.5, exclusive_minimum 0.5, exclusive_maximum 10.0, multiple_of 0.5",
    );
    check(
        "{ allOf: [{ type: number, minimum: 1, maximum: 9 }, { type: number, minimum: 2, maximum: 8 }] }",
        "f64",
        "minimum 2.0, maximum 8.0",
    );
}

#[test]
fn multiples_are_those_of_all_that_is_stated() {
    for (schema, ty, checks) in [
        ("type: integer, multipleOf: 2.5", "i64", "multiple_of 5"),
        ("type: integer, multipleOf: 0.5", "i64", ""),
        ("type: integer, multipleOf: 3e-20", "i64", "multiple_of 3"),
        (
            "type: integer, multipleOf: 4, allOf: [{ multipleOf: 6 }]",
            "i64",
            "multiple_of 6, multiple_of 4",
        ),
        (
            "type: number, multipleOf: 0.2, allOf: [{ multipleOf: 0.3 }]",
            "f64",
            "multiple_of 0.3, multiple_of 0.2",
        ),
    ] {
        check(&format!("{{ {schema} }}"), ty, checks);
    }
}

#[test]
fn what_the_limits_of_an_integer_refuse_may_be_a_number_of_another_branch() {
    for choice in ["oneOf", "anyOf"] {
        let branches = "[{ type: integer, minimum: 5 }, { type: number, maximum: 1 }]";
        let ty = property(&format!("{{ {choice}: {branches} }}")).0;
        assert_eq!(ty, "codegen::serde_json::Value", "{choice}");
    }
}

#[test]
fn null_is_none_of_other_values_that_are_listed() {
    for (schema, is_null) in [
        ("type: [string, 'null'], enum: [a, b]", false),
        ("type: [number, 'null'], enum: [1.5, 2]", false),
        ("type: number, enum: [1.5, 2, null]", false),
        ("type: [number, 'null'], enum: [1.5, null]", true),
        ("enum: [1.5, null]", true),
    ] {
        let ty = property(&format!("{{ {schema} }}")).0;
        assert_eq!(ty.starts_with("Option<"), is_null, "{schema}: {ty}");
    }
}

#[test]
fn a_list_is_a_tuple_where_its_length_is_fixed() {
    let tuple = "(String, i64)";
    let items = "type: array, items: [{ type: string }, { type: integer }]";
    for (rest, is_tuple) in [
        ("minItems: 2, maxItems: 2", true),
        ("minItems: 2, additionalItems: false", true),
        ("minItems: 2", false),
        ("minItems: 2, maxItems: 3", false),
        ("minItems: 2, additionalItems: true", false),
        ("minItems: 2, additionalItems: { type: string }", false),
        ("minItems: 1, maxItems: 2", false),
        ("maxItems: 2", false),
        ("additionalItems: false", false),
    ] {
        let ty = property(&format!("{{ {items}, {rest} }}")).0;
        assert_eq!(ty == tuple, is_tuple, "{rest}: {ty}");
    }
}

#[test]
fn branches_of_one_scalar_type_are_that_type() {
    for (kind, ty) in [
        ("integer", "i64"),
        ("number", "f64"),
        ("string", "String"),
        ("boolean", "bool"),
    ] {
        let branch = format!("{{ type: {kind}, description: One. }}");
        let found = property(&format!("{{ anyOf: [{branch}, {branch}] }}")).0;
        assert_eq!(found, ty);
        let null = format!("{{ anyOf: [{branch}, {branch}, {{ type: 'null' }}] }}");
        assert_eq!(property(&null).0, format!("Option<{ty}>"));
    }
}
