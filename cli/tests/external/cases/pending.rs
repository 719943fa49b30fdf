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
