//! JSON: that of `validate` is a [`Report`](super::report::Report) as it is, a contract with the programs that read it.
use serde::Serialize;

pub(crate) use super::report::Tool;

/// A value over several lines.
pub(super) fn render(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
