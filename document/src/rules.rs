//! What reading itself reports: every rule with its documentation, in plain lists.
mod own;
mod references;
mod structure;
mod text;

use crate::{Profile, Rule, Severity};

pub(crate) use own::*;
pub(crate) use references::*;
pub(crate) use structure::*;
pub(crate) use text::*;

/// Every rule that reading a document checks.
pub static RULES: &[&Rule] = &[
    &SYNTAX_ERROR,
    &KEY_DUPLICATE,
    &DOCUMENT_EMPTY,
    &DOCUMENT_TOO_LARGE,
    &NESTING_TOO_DEEP,
    &ALIAS_EXPANSION_TOO_LARGE,
    &NOT_ASYNCAPI,
    &VERSION_UNSUPPORTED,
    &FIELD_MISSING,
    &FIELD_UNKNOWN,
    &FIELD_NOT_ALLOWED,
    &TYPE_MISMATCH,
    &ENUM_MISMATCH,
    &FORMAT_MISMATCH,
    &VALUE_OUT_OF_RANGE,
    &ITEM_DUPLICATE,
    &RUNTIME_EXPRESSION_INVALID,
    &SCHEMA_FORMAT_UNKNOWN,
    &SCHEMA_PATTERN_INVALID,
    &REPLY_CHANNEL_MISSING,
    &REFERENCE_UNRESOLVED,
    &REFERENCE_CYCLE,
    &REFERENCE_NOT_ALLOWED,
    &REFERENCE_OUTSIDE_ROOT,
    &REFERENCE_REMOTE,
    &REFERENCE_FOREIGN,
];

/// A rule whose breach makes a document invalid.
const fn error(
    id: &'static str,
    codes: &'static [&'static str],
    summary: &'static str,
    docs: &'static str,
) -> Rule {
    Rule {
        id,
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes,
        summary,
        docs,
    }
}

/// A rule whose breach is worth a look.
const fn warning(
    id: &'static str,
    codes: &'static [&'static str],
    summary: &'static str,
    docs: &'static str,
) -> Rule {
    Rule {
        severity: Severity::Warning,
        ..error(id, codes, summary, docs)
    }
}
