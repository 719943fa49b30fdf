//! What is not right today. Whoever mends a line removes it: a check that passes and is listed fails.
use libtest_mimic::Failed;
use std::collections::BTreeSet;

/// Case and check, sorted.
#[rustfmt::skip]
const PENDING: &[(&str, &str)] = &[
];

/// Case, check and reason, sorted: what generated code does not keep yet, and what no case of this kind is held back by.
#[rustfmt::skip]
const OWED: &[(&str, &str, &str)] = &[
    ("reports/24-big-integers", "generated code: 18446744073709551615 is written as it was read", "integers are of 64 bits, so that a message with larger ones is refused, with a note where the schema states such bounds"),
    ("reports/24-big-integers", "generated code: 340282366920938463463374607431768211455 is written as it was read", "integers are of 64 bits, so that a message with larger ones is refused, with a note where the schema states such bounds"),
    ("reports/24-big-integers", "generated code: 9007199254740993 is written as it was read", "integers are of 64 bits, so that a message with larger ones is refused, with a note where the schema states such bounds"),
    ("reports/24-big-integers", "generated code: 9223372036854775808 is written as it was read", "integers are of 64 bits, so that a message with larger ones is refused, with a note where the schema states such bounds"),
    ("types/allof_closed.yaml", "generated code: {\"b\":\"y\"} is refused", "a closed part of an `allOf` is merged as if it were open"),
    ("types/allof_closed.yaml", "generated code: {\"c\":\"z\"} is refused", "a closed part of an `allOf` is merged as if it were open"),
    ("types/allof_conflict.yaml", "generated code: {\"p\":\"a\"} is refused", "a property that no value keeps is left open"),
    ("types/allof_conflict.yaml", "generated code: {\"p\":1} is refused", "a property that no value keeps is left open"),
    ("types/anyof_closed_required.yaml", "generated code: {\"a\":\"x\",\"b\":\"y\"} is refused", "branches of `anyOf` that nothing tells apart stay a JSON value"),
    ("types/anyof_overlapping_objects.yaml", "generated code: {\"id\":\"x\"} is refused", "branches of `anyOf` that nothing tells apart stay a JSON value"),
    ("types/binary.yaml", "generated code: {\"b\":\"***\"} is refused", "`byte` is text that is not decoded"),
    ("types/const_all_kinds.yaml", "generated code: {\"s\":\"hi\",\"i\":3,\"b\":true,\"o\":{\"a\":2}} is refused", "a constant object stays a JSON value"),
    ("types/dates.yaml", "generated code: {\"dt\":\"2024-02-29T12:30:00+02:00\"} is read and written back equal", "points in time lose their offset and their digits"),
    ("types/dates.yaml", "generated code: {\"dt\":\"2024-02-29T12:30:00.120Z\"} is read and written back equal", "points in time lose their offset and their digits"),
    ("types/dependencies.yaml", "generated code: {\"card\":\"a\"} is refused", "`dependencies` are not checked, and what they declare has no field"),
    ("types/enum_descriptions.yaml", "generated code: {\"c\":\"r\",\"d\":3} is refused", "a `oneOf` of constants beside other keywords stays a JSON value"),
    ("types/enum_mixed.yaml", "generated code: {\"level\":5} is refused", "an `enum` of mixed types stays a JSON value"),
    ("types/enum_mixed.yaml", "generated code: {\"tri\":\"x\"} is refused", "an `enum` of mixed types stays a JSON value"),
    ("types/if_then_else.yaml", "generated code: {\"kind\":\"bank\",\"iban\":5} is refused", "`if` is not checked, and what `then` and `else` declare has no field"),
    ("types/if_then_else.yaml", "generated code: {\"kind\":\"card\"} is refused", "`if` is not checked, and what `then` and `else` declare has no field"),
    ("types/limits_one_of_numbers.yaml", "generated code: {\"c\":[2]} is refused", "`contains` is not checked, and whole values of `type: number` are written with a fraction"),
    ("types/maps.yaml", "generated code: {\"k\":{\"B1\":\"x\"}} is refused", "`propertyNames` is not checked"),
    ("types/min_properties_struct.yaml", "generated code: {} is refused", "`minProperties` of an object with fields is not checked"),
    ("types/pattern_properties.yaml", "generated code: {\"both\":{\"x-b\":5}} is refused", "one pattern types the whole map, and unknown keys are dropped"),
    ("types/pattern_properties.yaml", "generated code: {\"h\":{\"y\":\"b\"}} is refused", "one pattern types the whole map, and unknown keys are dropped"),
    ("types/pattern_properties.yaml", "generated code: {\"open\":{\"x-a\":\"b\",\"other\":5}} is read and written back equal", "one pattern types the whole map, and unknown keys are dropped"),
    ("types/tuple.yaml", "generated code: {\"q\":[\"a\"]} is refused", "the length of a tuple is not checked"),
    ("types/tuple.yaml", "generated code: {\"r\":[\"a\",\"b\"]} is refused", "the length of a tuple is not checked"),
    ("types/union_int_number.yaml", "generated code: {\"v\":[]} is refused", "unions of numbers stay a JSON value"),
    ("types/union_nested_by_type.yaml", "generated code: {\"t\":5} is refused", "unions within unions stay a JSON value"),
    ("types/union_one_or_many.yaml", "generated code: {\"to\":5} is refused", "one or many of a union stays a JSON value"),
];

/// The checks of a case that fail.
pub(crate) fn of_case(case: &str) -> BTreeSet<String> {
    let own = PENDING.iter().filter(|entry| entry.0 == case);
    own.map(|entry| entry.1.to_owned()).collect()
}

/// The checks of a case that fail in generated code.
pub(crate) fn owed_of_case(case: &str) -> BTreeSet<String> {
    let own = OWED.iter().filter(|entry| entry.0 == case);
    own.map(|entry| entry.1.to_owned()).collect()
}

/// All cases and checks that are listed.
pub(crate) fn listed() -> impl Iterator<Item = (&'static str, &'static str)> {
    let owed = OWED.iter().map(|entry| (entry.0, entry.1));
    PENDING.iter().copied().chain(owed)
}

/// Both lists are in order, without a line twice, and each line of the second has a reason.
pub(crate) fn is_sorted() -> Result<(), Failed> {
    let owed: Vec<_> = OWED.iter().map(|entry| (entry.0, entry.1)).collect();
    let sorted = PENDING.is_sorted_by(|a, b| a < b) && owed.is_sorted_by(|a, b| a < b);
    if sorted && OWED.iter().all(|entry| !entry.2.is_empty()) {
        Ok(())
    } else {
        Err(
            "the lists of cases/pending.rs must be sorted, without repeats, and with reasons"
                .into(),
        )
    }
}
