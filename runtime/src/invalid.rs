//! A message, or a value, that is not what its document says, with every violation.
use crate::violations::{Violation, Violations, list};
use std::fmt;

/// All violations of one message, each with a JSON pointer and a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidMessage {
    name: String,
    violations: Vec<Violation>,
}

impl InvalidMessage {
    /// None yet, of the message of that name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            violations: Vec::new(),
        }
    }

    /// A message with one violation.
    #[must_use]
    pub fn at(name: &str, pointer: impl Into<String>, reason: impl Into<String>) -> Self {
        let mut invalid = Self::new(name);
        invalid.push(pointer, reason);
        invalid
    }

    /// Adds a violation.
    pub fn push(&mut self, pointer: impl Into<String>, reason: impl Into<String>) {
        self.violations.push(Violation {
            pointer: pointer.into(),
            reason: reason.into(),
        });
    }

    /// Adds all that a validation found.
    pub fn extend(&mut self, violations: Violations) {
        self.violations.extend(violations.into_vec());
    }

    /// Gives the value, or adds the violations in its stead, so that one pass finds all of them.
    pub fn take<T>(&mut self, result: Result<T, Self>) -> Option<T> {
        result
            .map_err(|other| self.violations.extend(other.violations))
            .ok()
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.violations.is_empty()
    }

    /// Nothing where nothing is wrong, else itself as the error.
    ///
    /// # Errors
    /// When there is a violation.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// The name of the message.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is wrong, in the order it was found.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// The same as text, without the name.
    pub(crate) fn reasons(&self) -> impl fmt::Display {
        Reasons(&self.violations)
    }
}

struct Reasons<'a>(&'a [Violation]);

impl fmt::Display for Reasons<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(self.0, f)
    }
}

impl fmt::Display for InvalidMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message `{}` is not valid: ", self.name)?;
        list(&self.violations, f)
    }
}

impl std::error::Error for InvalidMessage {}

/// All violations of a value that a schema of its own describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidValue {
    schema: &'static str,
    violations: Vec<Violation>,
}

impl InvalidValue {
    /// A value of that schema with those violations.
    #[must_use]
    pub fn new(schema: &'static str, violations: Violations) -> Self {
        Self {
            schema,
            violations: violations.into_vec(),
        }
    }

    /// The name of the schema.
    #[must_use]
    pub fn schema(&self) -> &'static str {
        self.schema
    }

    /// What is wrong, in the order it was found.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: ", self.schema)?;
        list(&self.violations, f)
    }
}

impl std::error::Error for InvalidValue {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_all_violations() {
        let mut invalid = InvalidMessage::at("Order", "/headers/tenant", "is required");
        assert_eq!(invalid.take(Ok::<_, InvalidMessage>(1)), Some(1));
        assert_eq!(
            invalid.take(Err::<(), _>(InvalidMessage::at("", "", "no body"))),
            None
        );
        assert_eq!(
            invalid.to_string(),
            "message `Order` is not valid: /headers/tenant: is required; no body"
        );
        let mut violations = Violations::new();
        violations.min_length(&crate::violations::Pointer::ROOT, "a", 3);
        assert_eq!(
            InvalidValue::new("OrderId", violations).to_string(),
            "`OrderId`: shorter than 3 characters"
        );
        assert!(InvalidMessage::new("Order").into_result().is_ok());
        assert!(invalid.into_result().is_err());
    }
}
