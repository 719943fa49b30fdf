//! What lapin and RabbitMQ say, in the runtime's terms.
use lapin::{
    ErrorKind as Cause,
    protocol::{AMQPError, AMQPErrorKind, AMQPHardError as Hard, AMQPSoftError as Soft},
};
use std::time::Duration;
use tidings::{Error, ErrorKind};

/// How long a broker that has no room is left alone.
const NO_ROOM: Duration = Duration::from_secs(1);

/// The error of an operation; what the broker says is its reason.
pub(crate) fn error(operation: &'static str, error: lapin::Error) -> Error {
    match error.kind() {
        Cause::ProtocolError(said) => of_broker(operation, said),
        Cause::ChannelsLimitReached => {
            let reason = "the connection has no channel left; subscribe to less, or raise `channel_max` at the broker";
            Error::new(ErrorKind::Busy, operation, reason)
        }
        Cause::IOError(io) if io.kind() == std::io::ErrorKind::InvalidData => {
            let reason = format!(
                "the TLS handshake failed ({io}); see `authorities`, and the name in the certificate"
            );
            Error::new(ErrorKind::Invalid, operation, reason).because(error)
        }
        Cause::IOError(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => {
            let reason = "connections are refused; start it, or mend the address";
            Error::new(ErrorKind::ConnectionLost, operation, reason).because(error)
        }
        Cause::AuthProviderError(_) | Cause::InvalidProtocolVersion(_) => {
            Error::new(ErrorKind::Unsupported, operation, error.to_string()).because(error)
        }
        Cause::SerialisationError(_) => {
            Error::new(ErrorKind::Invalid, operation, error.to_string()).because(error)
        }
        _ => Error::new(ErrorKind::ConnectionLost, operation, error.to_string()).because(error),
    }
}

fn of_broker(operation: &'static str, said: &AMQPError) -> Error {
    let text = said.get_message().as_str();
    let (kind, mend) = match said.kind() {
        AMQPErrorKind::Soft(soft) => of_channel(soft, text),
        AMQPErrorKind::Hard(hard) => of_connection(hard, text),
    };
    Error::new(kind, operation, format!("{text}{mend}"))
}

fn of_channel(soft: &Soft, text: &str) -> (ErrorKind, &'static str) {
    match soft {
        Soft::ACCESSREFUSED if text.contains("Login was refused") => (
            ErrorKind::PermissionDenied,
            "; mend the user or the password of the address",
        ),
        Soft::ACCESSREFUSED => (ErrorKind::PermissionDenied, "; grant it to the user"),
        // It is there, at a node of the cluster that is not.
        Soft::NOTFOUND if text.contains("down or inaccessible") => (ErrorKind::Busy, ""),
        Soft::NOTFOUND if text.contains("no exchange") => (
            ErrorKind::NotFound,
            "; start its receiver first, or create it",
        ),
        Soft::NOTFOUND => (ErrorKind::NotFound, ""),
        Soft::RESOURCELOCKED => (
            ErrorKind::InUse,
            "; another connection has it, end that or leave `exclusive` out of the binding",
        ),
        Soft::CONTENTTOOLARGE => (ErrorKind::TooLarge, ""),
        Soft::PRECONDITIONFAILED if text.contains("larger than") => (
            ErrorKind::TooLarge,
            "; raise `max_message_size` at the broker",
        ),
        Soft::PRECONDITIONFAILED if text.contains("user_id") => (
            ErrorKind::PermissionDenied,
            "; connect as that user, or leave `userId` out of the binding",
        ),
        Soft::PRECONDITIONFAILED => (
            ErrorKind::Conflict,
            "; delete it, or have the bindings of the document say what it is",
        ),
        Soft::NOROUTE | Soft::NOCONSUMERS => (ErrorKind::NotFound, ""),
    }
}

fn of_connection(hard: &Hard, text: &str) -> (ErrorKind, &'static str) {
    match hard {
        Hard::CONNECTIONFORCED | Hard::INTERNALERROR => (ErrorKind::ConnectionLost, ""),
        Hard::RESOURCEERROR => (ErrorKind::Busy, ""),
        Hard::NOTALLOWED if text.contains("not found") => {
            (ErrorKind::NotFound, "; the path of the address names it")
        }
        Hard::NOTALLOWED => (ErrorKind::PermissionDenied, "; grant it to the user"),
        Hard::COMMANDINVALID if text.contains("x-consistent-hash") => (
            ErrorKind::Unsupported,
            "; enable the plugin `rabbitmq_consistent_hash_exchange` at the broker, or leave `shards` at 1",
        ),
        Hard::INVALIDPATH => (ErrorKind::NotFound, ""),
        _ => (ErrorKind::Unexpected, ""),
    }
}

/// The error of a message that there is no room for.
pub(crate) fn full(reason: &str) -> Error {
    Error::new(ErrorKind::Busy, "publish", reason).retry_after(NO_ROOM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_whose_node_is_down_is_waited_for() {
        let said = |text: &str| {
            let told = AMQPError::new(Soft::NOTFOUND.into(), text.into());
            of_broker("subscribe", &told)
        };
        let down =
            "NOT_FOUND - home node 'a@b' of durable queue 'q' in vhost '/' is down or inaccessible";
        assert!(said(down).is_retryable());
        assert!(!said("NOT_FOUND - no queue 'q' in vhost '/'").is_retryable());
    }
}
