//! What the client and the brokers say, in the runtime's terms.
use fe2o3_amqp::{
    connection::{ConnectionStopReason, Error as ConnectionError, OpenError},
    link::{
        DetachError, DispositionError, LinkStateError, ReceiverAttachError, RecvError, SendError,
        SenderAttachError, SessionStopReason,
    },
    session::BeginError,
    types::{
        definitions::{AmqpError, Error as Said, ErrorCondition, LinkError},
        sasl::SaslCode,
    },
};
use tidings::{Error, ErrorKind};

/// What may hold what the broker said.
pub(crate) trait Failure: std::fmt::Display {
    /// What the broker said, where it did.
    fn said(&self) -> Option<&Said>;
}

/// The error of an operation: what the broker says is its reason, and all else is a connection that was lost.
pub(crate) fn error(operation: &'static str, failure: &impl Failure) -> Error {
    match failure.said() {
        Some(said) => of_broker(operation, said),
        None => Error::new(ErrorKind::ConnectionLost, operation, failure.to_string()),
    }
}

/// The error of opening a link. What does not fit what is there already, as a topic of a queue's name, never will.
pub(crate) fn of_attach(operation: &'static str, failure: &impl Failure) -> Error {
    match failure.said() {
        Some(said) if said.condition == AmqpError::IllegalState.into() => {
            let reason = format!("{}{CONFLICT}", reason(said));
            Error::new(ErrorKind::Conflict, operation, reason)
        }
        _ => error(operation, failure),
    }
}

/// How what conflicts with what is there is mended.
const CONFLICT: &str = "; delete it, or call it something else";

/// How what is not allowed is mended.
const GRANT: &str = "; grant it to the user";

/// What the broker says of what it was asked.
pub(crate) fn of_broker(operation: &'static str, said: &Said) -> Error {
    let text = said.description.as_deref().unwrap_or_default();
    let (kind, mend) = kind(&said.condition, text);
    Error::new(kind, operation, format!("{}{mend}", reason(said)))
}

/// The words of the broker, or the name of what it means where it has none.
fn reason(said: &Said) -> String {
    match said.description.as_deref() {
        Some(text) if !text.trim().is_empty() => text.trim().to_owned(),
        _ => format!("the broker says {:?}", said.condition),
    }
}

fn kind(condition: &ErrorCondition, text: &str) -> (ErrorKind, &'static str) {
    use AmqpError as Amqp;
    let is_full = text.contains("is full") || text.contains("AMQ229102");
    match condition {
        _ if is_full => (
            ErrorKind::Busy,
            "; have its receivers catch up, or raise its limit at the broker",
        ),
        ErrorCondition::AmqpError(Amqp::UnauthorizedAccess) => (ErrorKind::PermissionDenied, GRANT),
        // Who may not make what is not there, Artemis has it that the broker failed.
        _ if text.contains("does not have permission") => (ErrorKind::PermissionDenied, GRANT),
        ErrorCondition::AmqpError(Amqp::NotFound) => (
            ErrorKind::NotFound,
            "; start its receiver first, or create it",
        ),
        ErrorCondition::AmqpError(Amqp::ResourceLimitExceeded) => (ErrorKind::Busy, ""),
        ErrorCondition::AmqpError(Amqp::ResourceLocked)
        | ErrorCondition::LinkError(LinkError::Stolen) => {
            (ErrorKind::InUse, "; another connection has it, end that")
        }
        ErrorCondition::AmqpError(Amqp::PreconditionFailed) => (ErrorKind::Conflict, CONFLICT),
        ErrorCondition::AmqpError(Amqp::NotImplemented) => (ErrorKind::Unsupported, ""),
        ErrorCondition::AmqpError(Amqp::NotAllowed | Amqp::InvalidField | Amqp::DecodeError) => {
            (ErrorKind::Invalid, "")
        }
        ErrorCondition::LinkError(LinkError::MessageSizeExceeded) => {
            (ErrorKind::TooLarge, "; raise the limit at the broker")
        }
        // All else ends the link, which is opened again.
        _ => (ErrorKind::ConnectionLost, ""),
    }
}

/// The error of connecting.
pub(crate) fn opening(failure: OpenError) -> Error {
    match &failure {
        OpenError::SaslError { code, .. } => {
            let refused =
                "the broker does not take the user and the password; mend those of the address";
            of_sasl(code, refused)
        }
        OpenError::NotImplemented(_) | OpenError::ProtocolHeaderMismatch(_) => {
            let reason = "what answers there does not speak AMQP 1.0, or asks for TLS (`amqps:`) or a user and a password";
            Error::new(ErrorKind::Unsupported, "connect", reason).because(failure)
        }
        OpenError::RemoteClosedWithError(said) => of_broker("connect", said),
        OpenError::DecodeError(_) => Error::new(ErrorKind::Invalid, "connect", failure.to_string()),
        _ => Error::new(ErrorKind::ConnectionLost, "connect", failure.to_string()).because(failure),
    }
}

/// The error of identifying; what is wrong with who this is the caller says.
pub(crate) fn of_sasl(code: &SaslCode, refused: &str) -> Error {
    let (kind, reason) = match code {
        SaslCode::Sys | SaslCode::SysTemp => (
            ErrorKind::ConnectionLost,
            "the broker cannot look up now who this is; its log says why",
        ),
        SaslCode::SysPerm => (
            ErrorKind::Unexpected,
            "the broker cannot look up who this is, and will not by itself; its log says why",
        ),
        SaslCode::Ok | SaslCode::Auth => (ErrorKind::PermissionDenied, refused),
    };
    Error::new(kind, "connect", reason)
}

/// The error of making the socket below.
pub(crate) fn socket(cause: std::io::Error) -> Error {
    let (kind, reason) = match cause.kind() {
        std::io::ErrorKind::InvalidData => (
            ErrorKind::Invalid,
            format!(
                "the TLS handshake failed ({cause}); see `authorities`, and the name in the certificate"
            ),
        ),
        std::io::ErrorKind::ConnectionRefused => (
            ErrorKind::ConnectionLost,
            "connections are refused; start it, or mend the address".to_owned(),
        ),
        _ => (ErrorKind::ConnectionLost, cause.to_string()),
    };
    Error::new(kind, "connect", reason).because(cause)
}

/// The error of what a connection ended before.
pub(crate) fn lost(operation: &'static str, reason: &str) -> Error {
    Error::new(ErrorKind::ConnectionLost, operation, reason)
}

/// The error of what took too long.
pub(crate) fn too_late(operation: &'static str) -> Error {
    Error::new(
        ErrorKind::Timeout,
        operation,
        "there was no time left for it",
    )
}

fn of_connection(reason: &ConnectionStopReason) -> Option<&Said> {
    match reason {
        ConnectionStopReason::RemoteClosedWithError(said)
        | ConnectionStopReason::ClosedWithError(said) => Some(said),
        _ => None,
    }
}

fn of_session(reason: &SessionStopReason) -> Option<&Said> {
    match reason {
        SessionStopReason::RemoteEndedWithError(said) | SessionStopReason::EndedWithError(said) => {
            Some(said)
        }
        SessionStopReason::ConnectionStopped(reason) => of_connection(reason),
        _ => None,
    }
}

impl Failure for ConnectionError {
    fn said(&self) -> Option<&Said> {
        match self {
            Self::RemoteClosedWithError(said) => Some(said),
            _ => None,
        }
    }
}

impl Failure for BeginError {
    fn said(&self) -> Option<&Said> {
        match self {
            Self::RemoteEndedWithError(said) => Some(said),
            Self::ConnectionStopped(reason) => of_connection(reason),
            _ => None,
        }
    }
}

impl Failure for SenderAttachError {
    fn said(&self) -> Option<&Said> {
        match self {
            Self::RemoteClosedWithError(said) => Some(said),
            Self::SessionStopped(reason) => of_session(reason),
            _ => None,
        }
    }
}

impl Failure for ReceiverAttachError {
    fn said(&self) -> Option<&Said> {
        match self {
            Self::RemoteClosedWithError(said) => Some(said),
            Self::SessionStopped(reason) => of_session(reason),
            _ => None,
        }
    }
}

impl Failure for DetachError {
    fn said(&self) -> Option<&Said> {
        match self {
            Self::RemoteDetachedWithError(said) | Self::RemoteClosedWithError(said) => Some(said),
            Self::SessionStopped(reason) => of_session(reason),
            _ => None,
        }
    }
}

impl Failure for LinkStateError {
    fn said(&self) -> Option<&Said> {
        match self {
            Self::RemoteDetachedWithError(said) | Self::RemoteClosedWithError(said) => Some(said),
            Self::SessionStopped(reason) => of_session(reason),
            _ => None,
        }
    }
}

impl Failure for SendError {
    fn said(&self) -> Option<&Said> {
        match self {
            Self::LinkStateError(failure) => failure.said(),
            Self::Detached(failure) => failure.said(),
            _ => None,
        }
    }
}

impl Failure for RecvError {
    fn said(&self) -> Option<&Said> {
        match self {
            Self::LinkStateError(failure) => failure.said(),
            _ => None,
        }
    }
}

impl Failure for DispositionError {
    fn said(&self) -> Option<&Said> {
        match self {
            Self::SessionStopped(reason) => of_session(reason),
            Self::IllegalState => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_broker_says_is_told_with_its_mend() {
        let said = |condition: ErrorCondition, text: &str| {
            let error = of_broker("publish", &Said::new(condition, text.to_owned(), None));
            (error.kind(), error.is_retryable(), error.to_string())
        };
        let (kind, retries, text) = said(AmqpError::NotFound.into(), "no such address");
        assert_eq!((kind, retries), (ErrorKind::NotFound, false));
        assert!(
            text.contains("no such address; start its receiver"),
            "{text}"
        );
        let (kind, retries, _) = said(
            AmqpError::ResourceLimitExceeded.into(),
            "AMQ229102: Address a is full.",
        );
        assert_eq!((kind, retries), (ErrorKind::Busy, true));
        let (kind, ..) = said(AmqpError::UnauthorizedAccess.into(), "");
        assert_eq!(kind, ErrorKind::PermissionDenied);
        let (kind, retries, _) = said(
            AmqpError::InternalError.into(),
            "AMQ229032: User: ann does not have permission='CREATE_ADDRESS' on address a",
        );
        assert_eq!((kind, retries), (ErrorKind::PermissionDenied, false));
        let (kind, retries, text) = said(AmqpError::ResourceDeleted.into(), " ");
        assert_eq!((kind, retries), (ErrorKind::ConnectionLost, true));
        assert!(text.contains("ResourceDeleted"), "{text}");
    }

    #[test]
    fn who_this_is_is_told_again_to_a_broker_that_cannot_tell_now() {
        let said = |code| {
            let failure = OpenError::SaslError {
                code,
                additional_data: None,
            };
            let error = opening(failure);
            (error.kind(), error.is_retryable())
        };
        assert_eq!(said(SaslCode::Auth), (ErrorKind::PermissionDenied, false));
        assert_eq!(said(SaslCode::Sys), (ErrorKind::ConnectionLost, true));
        assert_eq!(said(SaslCode::SysPerm), (ErrorKind::Unexpected, false));
        assert_eq!(said(SaslCode::SysTemp), (ErrorKind::ConnectionLost, true));
    }

    #[test]
    fn what_does_not_fit_what_is_there_is_not_tried_again() {
        let said = |condition: AmqpError| {
            let text = "Address a is not configured for topic support".to_owned();
            let failure =
                ReceiverAttachError::RemoteClosedWithError(Said::new(condition, text, None));
            let error = of_attach("subscribe", &failure);
            (error.kind(), error.is_retryable(), error.to_string())
        };
        let (kind, retries, text) = said(AmqpError::IllegalState);
        assert_eq!((kind, retries), (ErrorKind::Conflict, false));
        assert!(text.contains("topic support; delete it"), "{text}");
        let (kind, retries, _) = said(AmqpError::InternalError);
        assert_eq!((kind, retries), (ErrorKind::ConnectionLost, true));
    }
}
