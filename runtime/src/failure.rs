//! What may go wrong when a typed message is sent, requested, received or handled.
use crate::{BoxError, Error, ErrorKind, InvalidMessage, InvalidValue};
use std::{fmt, time::Duration};
use thiserror::Error as ThisError;

/// A message could not be sent.
#[derive(Debug, Clone, ThisError)]
#[non_exhaustive]
pub enum SendError {
    /// It is not what the document says.
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
    /// The transport did not take it.
    #[error(transparent)]
    Transport(#[from] Error),
}

impl SendError {
    /// Whether trying again can help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Transport(error) if error.is_retryable())
    }

    fn helps_later(&self) -> bool {
        matches!(self, Self::Transport(error) if helps_later(error))
    }
}

/// A request got no usable reply.
#[derive(Debug, Clone, ThisError)]
#[non_exhaustive]
pub enum RequestError {
    /// The request could not be sent.
    #[error(transparent)]
    Send(#[from] SendError),
    /// No reply came in time.
    #[error("no reply within {0:?}")]
    Timeout(Duration),
    /// The reply is not what the document says.
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
    /// A reply came that the document does not know.
    #[error("unexpected reply `{0}`")]
    UnexpectedReply(String),
    /// The receiver gave the request up, and says why.
    #[error("refused: {0}")]
    Refused(String),
    /// The reply inbox ended while the request waited.
    #[error("the reply inbox was closed")]
    Closed,
}

impl RequestError {
    /// Whether trying again can help. The receiver may have handled the request all the same.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Send(error) => error.is_retryable(),
            Self::Timeout(_) => true,
            Self::Invalid(_) | Self::UnexpectedReply(_) | Self::Refused(_) | Self::Closed => false,
        }
    }
}

/// A subscription gave no message.
#[derive(Debug, Clone, ThisError)]
#[non_exhaustive]
pub enum ReceiveError {
    /// What came is not what the document says; it was rejected.
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
    /// A layer did not let it in, and says why.
    #[error("kept out: {0}")]
    KeptOut(String),
    /// The transport failed; one that is not retryable is the end of the subscription.
    #[error(transparent)]
    Transport(#[from] Error),
}

/// What a handler says when it could not do its work.
#[derive(Debug)]
#[non_exhaustive]
pub enum HandlerError {
    /// Deliver the message again.
    Retry {
        /// Not before this time has passed; without it, after a pause that grows with the attempts.
        after: Option<Duration>,
        /// Why.
        source: BoxError,
    },
    /// Never deliver the message again.
    Reject(BoxError),
}

impl HandlerError {
    /// Try again after a pause that grows with the attempts.
    pub fn retry(source: impl Into<BoxError>) -> Self {
        Self::Retry {
            after: None,
            source: source.into(),
        }
    }

    /// Try again when that time has passed.
    pub fn retry_after(after: Duration, source: impl Into<BoxError>) -> Self {
        Self::Retry {
            after: Some(after),
            source: source.into(),
        }
    }

    /// Never try again.
    pub fn reject(source: impl Into<BoxError>) -> Self {
        Self::Reject(source.into())
    }

    fn by(retryable: bool, source: impl Into<BoxError>) -> Self {
        if retryable {
            Self::retry(source)
        } else {
            Self::reject(source)
        }
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retry { source, .. } => write!(f, "to be tried again: {source}"),
            Self::Reject(source) => write!(f, "rejected: {source}"),
        }
    }
}

impl std::error::Error for HandlerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Retry { source, .. } | Self::Reject(source) => Some(&**source),
        }
    }
}

impl From<InvalidMessage> for HandlerError {
    fn from(error: InvalidMessage) -> Self {
        Self::reject(error)
    }
}

impl From<InvalidValue> for HandlerError {
    fn from(error: InvalidValue) -> Self {
        Self::reject(error)
    }
}

impl From<SendError> for HandlerError {
    fn from(error: SendError) -> Self {
        Self::by(error.helps_later(), error)
    }
}

impl From<RequestError> for HandlerError {
    fn from(error: RequestError) -> Self {
        let later = match &error {
            RequestError::Send(error) => error.helps_later(),
            RequestError::Closed => true,
            other => other.is_retryable(),
        };
        Self::by(later, error)
    }
}

impl From<Error> for HandlerError {
    fn from(error: Error) -> Self {
        Self::by(helps_later(&error), error)
    }
}

/// Whether another attempt at the message may succeed: after a restart, where the transport was closed under the handler.
fn helps_later(error: &Error) -> bool {
    error.is_retryable() || error.kind() == ErrorKind::Closed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_to_send_from_a_handler_is_tried_again_only_where_that_can_help() {
        let lost = Error::new(ErrorKind::ConnectionLost, "publish", "");
        let closed = || Error::new(ErrorKind::Closed, "publish", "");
        let too_large = Error::new(ErrorKind::TooLarge, "publish", "");
        assert!(matches!(
            SendError::from(lost).into(),
            HandlerError::Retry { after: None, .. }
        ));
        assert!(matches!(
            SendError::from(too_large).into(),
            HandlerError::Reject(_)
        ));
        // A transport that is closed under a handler says nothing against the message.
        assert!(!SendError::from(closed()).is_retryable());
        assert!(matches!(
            SendError::from(closed()).into(),
            HandlerError::Retry { after: None, .. }
        ));
        assert!(matches!(
            RequestError::Closed.into(),
            HandlerError::Retry { after: None, .. }
        ));
        assert!(matches!(
            InvalidMessage::new("X").into(),
            HandlerError::Reject(_)
        ));
        assert!(RequestError::Timeout(Duration::ZERO).is_retryable());
    }

    #[test]
    fn a_failure_of_a_handler_says_what_follows_and_why() {
        use std::error::Error as _;
        for (error, expected) in [
            (HandlerError::retry("busy"), "to be tried again: busy"),
            (HandlerError::reject("blue"), "rejected: blue"),
        ] {
            assert_eq!(error.to_string(), expected);
            let why = error.source().map(ToString::to_string);
            assert_eq!(why.as_deref(), expected.split(": ").nth(1));
        }
    }
}
