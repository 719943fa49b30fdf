//! Values of a document checked against its schemas.

use tidings_document::{Diagnostic, Node, Rule};
use tidings_schema::{Validator, Violation};

use crate::places::{at_pointer, holds_reference};

/// How many violations of one value are reported; more say nothing new.
const SHOWN: usize = 10;

/// Reports what is wrong with a value of the document; `what` names it, such as "default".
pub(crate) fn check(
    rule: &'static Rule,
    what: &str,
    validator: &Validator,
    value: &Node,
    out: &mut Vec<Diagnostic>,
) {
    if holds_reference(value) {
        return;
    }
    let violations = validator.validate(&value.to_json());
    out.extend(
        violations
            .iter()
            .take(SHOWN)
            .map(|violation| finding(rule, what, value, violation)),
    );
}

fn finding(rule: &'static Rule, what: &str, value: &Node, violation: &Violation) -> Diagnostic {
    let is_unexpected =
        violation.message.ends_with("is not allowed") && violation.keyword.ends_with("Properties");
    let span = at_pointer(value, &violation.instance, is_unexpected);
    let place = if violation.instance.is_empty() {
        String::new()
    } else {
        format!(" at `{}`", violation.instance)
    };
    let message = format!("{what} breaks its schema{place}: {}", violation.message);
    Diagnostic::new(rule, span, message)
        .help(format!("the schema says so at `#{}`", violation.schema))
}
