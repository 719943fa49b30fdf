//! The one error of transports: what kind, during which operation, on what, and whether trying again can help.
use std::{fmt, sync::Arc, time::Duration};

/// Any error, as a cause.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What a transport gives back.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure it was. Callers that only want to try again ask [`Error::is_retryable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The transport cannot do that at all.
    Unsupported,
    /// There is no such address.
    NotFound,
    /// What is there differs from what was asked for.
    Conflict,
    /// Something else holds the address.
    InUse,
    /// The other side does not allow it.
    PermissionDenied,
    /// The message is larger than the transport carries.
    TooLarge,
    /// A receiver will never handle the message.
    Rejected,
    /// There is no room for it, or too much is asked at once.
    Busy,
    /// Not tried, because an earlier message of the same key failed.
    Skipped,
    /// It took longer than allowed.
    Timeout,
    /// The connection broke, or could not be made.
    ConnectionLost,
    /// What was asked, or what arrived, makes no sense.
    Invalid,
    /// The transport was closed.
    Closed,
    /// Anything else.
    Unexpected,
}

impl ErrorKind {
    fn text(self) -> &'static str {
        match self {
            Self::Unsupported => "not supported",
            Self::NotFound => "not found",
            Self::Conflict => "conflict",
            Self::InUse => "in use",
            Self::PermissionDenied => "permission denied",
            Self::TooLarge => "too large",
            Self::Rejected => "rejected",
            Self::Busy => "busy",
            Self::Skipped => "skipped",
            Self::Timeout => "timed out",
            Self::ConnectionLost => "connection lost",
            Self::Invalid => "invalid",
            Self::Closed => "closed",
            Self::Unexpected => "unexpected",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// A failure of a transport. Cheap to clone, because one failure often ends many waiting calls.
#[derive(Debug, Clone)]
pub struct Error {
    kind: ErrorKind,
    operation: &'static str,
    reason: String,
    context: Vec<(&'static str, String)>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
    retryable: bool,
    retry_after: Option<Duration>,
    ambiguous: bool,
}

impl Error {
    /// An error of that kind, during that operation. Trying again can help where there was no room, no time or no
    /// connection, and where the message was skipped.
    #[must_use]
    pub fn new(kind: ErrorKind, operation: &'static str, reason: impl Into<String>) -> Self {
        let retryable = matches!(
            kind,
            ErrorKind::Busy | ErrorKind::Skipped | ErrorKind::Timeout | ErrorKind::ConnectionLost
        );
        Self {
            kind,
            operation,
            reason: reason.into(),
            context: Vec::new(),
            source: None,
            retryable,
            retry_after: None,
            ambiguous: false,
        }
    }

    /// What was asked of a transport that was closed.
    #[must_use]
    pub fn closed(operation: &'static str) -> Self {
        Self::new(ErrorKind::Closed, operation, "the transport was closed")
    }

    /// Adds what it happened on.
    #[must_use]
    pub fn with(mut self, what: &'static str, value: impl fmt::Display) -> Self {
        self.context.push((what, value.to_string()));
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// Says whether trying again can help, where the kind alone would say otherwise.
    #[must_use]
    pub fn retryable(mut self, retryable: bool) -> Self {
        self.retryable = retryable;
        self
    }

    /// Trying again helps, and not before that time has passed.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retryable = true;
        self.retry_after = Some(after);
        self
    }

    /// It may have been done all the same: the answer was lost, not the question.
    #[must_use]
    pub fn ambiguous(mut self) -> Self {
        self.ambiguous = true;
        self
    }

    /// What of that it happened on, where that is told.
    pub(crate) fn about(&self, what: &str) -> Option<&str> {
        let mut context = self.context.iter();
        let found = context.find(|(known, _)| *known == what);
        found.map(|(_, value)| &**value)
    }

    /// What kind of failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// During which operation: `publish`, `subscribe`, …
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// What happened, without operation and context.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Whether trying again can help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }

    /// How long to wait before trying again, where the other side said so.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether it may have been done all the same, so that trying again may do it twice.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        self.ambiguous
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.kind.text())?;
        if !self.reason.is_empty() {
            write!(f, ": {}", self.reason)?;
        }
        for (what, value) in &self.context {
            write!(f, ", {what} `{value}`")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_operation_kind_reason_and_context_in_one_line() {
        let error = Error::new(ErrorKind::TooLarge, "publish", "at most 10 bytes")
            .with("channel", "orders");
        assert_eq!(
            error.to_string(),
            "publish: too large: at most 10 bytes, channel `orders`"
        );
    }

    #[test]
    fn lost_connections_are_retryable_unless_told_otherwise() {
        let lost = Error::new(ErrorKind::ConnectionLost, "publish", "");
        assert!(lost.is_retryable());
        assert!(!lost.retryable(false).is_retryable());
        assert!(!Error::new(ErrorKind::Invalid, "publish", "").is_retryable());
    }

    #[test]
    fn says_what_it_was_made_of() {
        use std::error::Error as _;
        let plain = Error::new(ErrorKind::Invalid, "publish", "it is blue");
        assert_eq!(
            (plain.operation(), plain.reason()),
            ("publish", "it is blue")
        );
        assert!(plain.source().is_none() && plain.wait().is_none() && !plain.is_ambiguous());
        assert_eq!(
            Error::new(plain.kind(), "publish", "").to_string(),
            "publish: invalid"
        );
        let wait = Duration::from_secs(1);
        let error = plain.retry_after(wait).ambiguous().because("a cause");
        assert_eq!(error.wait(), Some(wait));
        assert!(error.is_retryable() && error.is_ambiguous());
        let cause = error.source().map(ToString::to_string);
        assert_eq!(cause.as_deref(), Some("a cause"));
        let error = error.with("channel", "orders").with("group", "g");
        assert_eq!(
            (error.about("group"), error.about("server")),
            (Some("g"), None)
        );
    }
}
