//! What an error says.
use crate::common::{Outcome, holds};
use tidings::{Error, ErrorKind};

/// An error is of that kind, and has all of those parts in its text.
pub(crate) fn is(error: &Error, kind: ErrorKind, parts: &[&str]) -> Outcome {
    holds(
        error.kind() == kind,
        &format!("{kind} was expected: {error}"),
    )?;
    let text = error.to_string();
    for part in parts {
        holds(text.contains(part), &format!("`{part}` is not in: {text}"))?;
    }
    Ok(())
}
