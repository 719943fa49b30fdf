//! What Kinesis and DynamoDB refuse, where that says something.
use tidings::{Error, ErrorKind};

fn says(error: &Error, code: &str) -> bool {
    error.reason().starts_with(code)
}

/// The key is good, and may not do that.
pub(crate) fn is_denied(error: &Error) -> bool {
    error.kind() == ErrorKind::PermissionDenied && says(error, "AccessDenied")
}

/// What was to be made is there, or is being made.
pub(crate) fn is_there_already(error: &Error) -> bool {
    says(error, "ResourceInUse")
}

/// A row is not as it was known to be.
pub(crate) fn is_changed(error: &Error) -> bool {
    says(error, "ConditionalCheckFailed")
}

/// An iterator is too old.
pub(crate) fn is_expired(error: &Error) -> bool {
    says(error, "ExpiredIterator")
}

/// Whether trying again can help, or that the other side is away.
pub(crate) fn may_pass(error: &Error) -> bool {
    let lost = [ErrorKind::ConnectionLost, ErrorKind::Timeout];
    error.is_retryable() || lost.contains(&error.kind())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::service;

    #[test]
    fn codes_are_known() {
        let told = |code| service("receive", 400, code, "and why");
        assert!(is_denied(&told("AccessDeniedException")));
        assert!(is_there_already(&told(
            "com.amazonaws.kinesis.v20131202#ResourceInUseException"
        )));
        assert!(is_changed(&told("ConditionalCheckFailedException")));
        assert!(is_expired(&told("ExpiredIteratorException")));
        assert!(!is_expired(&told("ExpiredTokenException")));
        let throttled = told("ProvisionedThroughputExceededException");
        assert!(throttled.kind() == ErrorKind::Busy && may_pass(&throttled));
        assert!(!throttled.is_ambiguous());
        assert_eq!(
            told("ResourceNotFoundException").kind(),
            ErrorKind::NotFound
        );
    }
}
