//! What the generator tells about a document: where the output says less than the schema does.
use tidings_document::{Diagnostic, Profile, Rule, Severity, Span};

/// A schema that no Rust type was found for.
pub(crate) static TYPE_OPAQUE: Rule = Rule {
    id: "type-opaque",
    severity: Severity::Warning,
    since: "0.1.0",
    profile: Profile::Recommended,
    codes: &[],
    summary: "a schema has no Rust type of its own",
    docs: "The generator only makes types that read every valid value without loss. Where it cannot prove that, such as for a \
`oneOf` whose branches nothing tells apart, the value stays a `serde_json::Value`. A `discriminator`, or a `const` property \
in each branch, mends it.",
};

/// A keyword that generated code does not check.
pub(crate) static LIMIT_UNCHECKED: Rule = Rule {
    id: "limit-unchecked",
    severity: Severity::Info,
    since: "0.1.0",
    profile: Profile::Strict,
    codes: &[],
    summary: "a keyword of a schema is not checked by generated code",
    docs: "Types and their limits cover most keywords. Those that no type expresses (`if`, `not`, `dependencies`, `contains` and \
the like) are left to validation against the schema itself.",
};

/// An operation that nothing was generated for.
pub(crate) static OPERATION_SKIPPED: Rule = Rule {
    id: "operation-skipped",
    severity: Severity::Warning,
    since: "0.1.0",
    profile: Profile::Recommended,
    codes: &[],
    summary: "an operation was left out of the generated code",
    docs: "An operation needs a channel and at least one message. Without them there is nothing to send or to receive.",
};

/// What the generator reports.
pub static RULES: &[&Rule] = &[&TYPE_OPAQUE, &LIMIT_UNCHECKED, &OPERATION_SKIPPED];

pub(crate) fn diagnostic(rule: &'static Rule, span: Span, message: String) -> Diagnostic {
    Diagnostic::new(rule, span, message)
}
