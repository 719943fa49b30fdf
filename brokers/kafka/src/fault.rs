//! Errors of the client library as errors of a transport.
use rdkafka::{error::KafkaError, types::RDKafkaErrorCode};
use tidings::{Error, ErrorKind};

/// What went wrong during an operation, and whether it may have been done all the same.
pub(crate) fn error(operation: &'static str, error: &KafkaError) -> Error {
    match error.rdkafka_error_code() {
        Some(code) => of_code(operation, code),
        None => Error::new(ErrorKind::Unexpected, operation, words(&error.to_string())),
    }
}

/// What went wrong, of something that was not done for certain.
pub(crate) fn definite(operation: &'static str, error: &KafkaError) -> Error {
    match error.rdkafka_error_code() {
        Some(code) => plain(operation, code),
        None => self::error(operation, error),
    }
}

fn plain(operation: &'static str, code: RDKafkaErrorCode) -> Error {
    let (kind, mend) = kind(code);
    let reason = match mend {
        "" => words(&code.to_string()),
        mend => format!("{}; {mend}", words(&code.to_string())),
    };
    Error::new(kind, operation, reason)
}

pub(crate) fn of_code(operation: &'static str, code: RDKafkaErrorCode) -> Error {
    let error = plain(operation, code);
    match is_ambiguous(code) {
        true => error.ambiguous(),
        false => error,
    }
}

/// What a consumer is told of: the library gets over everything but what somebody has to mend, which is the end.
pub(crate) fn received(error: &KafkaError) -> Error {
    use ErrorKind as Kind;
    let told = self::error("receive", error);
    let is_end = matches!(
        told.kind(),
        Kind::PermissionDenied | Kind::Conflict | Kind::Invalid | Kind::Unsupported
    );
    told.retryable(!is_end && !matches!(error, KafkaError::MessageConsumptionFatal(_)))
}

/// What keeps us from a broker, by the library's code and in its words.
pub(crate) fn refused(operation: &'static str, code: RDKafkaErrorCode, reason: &str) -> Error {
    let (kind, mend) = kind(code);
    Error::new(kind, operation, format!("{reason}; {mend}"))
}

pub(crate) fn closed(operation: &'static str) -> Error {
    Error::new(ErrorKind::Closed, operation, "the transport was closed")
}

/// The kind of a failure, and how to mend it where that can be said.
fn kind(code: RDKafkaErrorCode) -> (ErrorKind, &'static str) {
    use RDKafkaErrorCode as Code;
    match code {
        Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition => (
            ErrorKind::NotFound,
            "create the topic, or let `ensure` create it",
        ),
        Code::MessageSizeTooLarge | Code::InvalidMessageSize => (
            ErrorKind::TooLarge,
            "raise `max.message.bytes` of the topic and `KafkaSettings::max_bytes`; where it was sent with others, lower `batch.size` in `KafkaSettings::properties` to what the topic takes",
        ),
        Code::TopicAuthorizationFailed
        | Code::GroupAuthorizationFailed
        | Code::ClusterAuthorizationFailed
        | Code::TransactionalIdAuthorizationFailed => {
            (ErrorKind::PermissionDenied, "the cluster's ACLs say so")
        }
        Code::Authentication | Code::SaslAuthenticationFailed => (
            ErrorKind::PermissionDenied,
            "check the user name and password of the server",
        ),
        Code::SSL => (
            ErrorKind::Invalid,
            "see `KafkaSettings::authorities`, and the name in the certificate",
        ),
        Code::BrokerTransportFailure | Code::AllBrokersDown | Code::Resolve => {
            (ErrorKind::ConnectionLost, "")
        }
        Code::IllegalGeneration | Code::UnknownMemberId | Code::StaleMemberEpoch => (
            ErrorKind::ConnectionLost,
            "the group gave the partition to another consumer",
        ),
        Code::Fenced
        | Code::ProducerFenced
        | Code::InvalidProducerEpoch
        | Code::UnknownProducerId
        | Code::InvalidTransactionalState => (
            ErrorKind::ConnectionLost,
            "the cluster ended the transaction; where handling takes longer, raise `KafkaSettings::transaction`",
        ),
        Code::MessageTimedOut | Code::OperationTimedOut | Code::RequestTimedOut => {
            (ErrorKind::Timeout, "")
        }
        Code::QueueFull
        | Code::NotEnoughReplicas
        | Code::NotEnoughReplicasAfterAppend
        | Code::RebalanceInProgress
        | Code::CoordinatorLoadInProgress
        | Code::CoordinatorNotAvailable
        | Code::NotCoordinator
        | Code::ConcurrentTransactions
        | Code::UnstableOffsetCommit
        | Code::NotLeaderForPartition
        | Code::LeaderNotAvailable => (ErrorKind::Busy, ""),
        Code::PurgeQueue | Code::PurgeInflight => (ErrorKind::Closed, ""),
        Code::TopicAlreadyExists => (ErrorKind::Conflict, ""),
        Code::InconsistentGroupProtocol => (
            ErrorKind::Conflict,
            "let the group's other consumers share by `cooperative-sticky`, or take another group",
        ),
        Code::InvalidSessionTimeout => (
            ErrorKind::Invalid,
            "the cluster's `group.min.session.timeout.ms` and `group.max.session.timeout.ms` bound `KafkaSettings::session`",
        ),
        Code::BadMessage | Code::BadCompression => {
            (ErrorKind::Invalid, "the record cannot be read")
        }
        Code::NotImplemented => (ErrorKind::Unsupported, ""),
        Code::InvalidTopic
        | Code::InvalidRecord
        | Code::PolicyViolation
        | Code::InvalidPartitions
        | Code::InvalidReplicationFactor
        | Code::InvalidGroupId
        | Code::InvalidConfig => (ErrorKind::Invalid, ""),
        _ => (ErrorKind::Unexpected, ""),
    }
}

/// Whether the record may have been appended, though nobody said so.
fn is_ambiguous(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::MessageTimedOut
            | Code::RequestTimedOut
            | Code::NotEnoughReplicasAfterAppend
            | Code::PurgeInflight
            | Code::BrokerTransportFailure
    )
}

/// What the library says of a code, in our form: `BrokerTransportFailure (Local: Broker transport failure)`.
fn words(text: &str) -> String {
    let inner = text.split_once('(').map_or(text, |(_, inner)| inner);
    let inner = inner.trim_end_matches(')');
    let inner = inner.rsplit_once(": ").map_or(inner, |(_, last)| last);
    let mut letters = inner.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// What the library says of a connection, such as `sasl_plaintext://here:9092/bootstrap: Connect to ipv4#… failed: Connection refused
/// (after 0ms in state CONNECT)`, without what is about the library itself.
pub(crate) fn words_of(reason: &str) -> String {
    let reason = reason.split(" (after ").next().unwrap_or(reason);
    reason.trim().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_what_kind_they_are_and_how_to_mend_it() {
        let unknown = of_code("publish", RDKafkaErrorCode::UnknownTopic);
        assert_eq!(
            unknown.to_string(),
            "publish: not found: unknown topic; create the topic, or let `ensure` create it"
        );
        let timed_out = of_code("publish", RDKafkaErrorCode::MessageTimedOut);
        assert!(timed_out.is_ambiguous() && timed_out.is_retryable());
        let full = of_code("publish", RDKafkaErrorCode::QueueFull);
        assert!(!full.is_ambiguous() && full.is_retryable());
        let denied = of_code("publish", RDKafkaErrorCode::TopicAuthorizationFailed);
        assert!(!denied.is_retryable());
    }

    #[test]
    fn what_may_pass_is_tried_again_and_what_somebody_has_to_mend_is_not() {
        use RDKafkaErrorCode as Code;
        let kind = |code| of_code("ensure", code).kind();
        for (code, expected) in [
            (Code::TopicAlreadyExists, ErrorKind::Conflict),
            (Code::InconsistentGroupProtocol, ErrorKind::Conflict),
            (Code::MessageTimedOut, ErrorKind::Timeout),
            (Code::OperationTimedOut, ErrorKind::Timeout),
            (Code::AllBrokersDown, ErrorKind::ConnectionLost),
            (Code::StaleMemberEpoch, ErrorKind::ConnectionLost),
            (Code::ProducerFenced, ErrorKind::ConnectionLost),
            (Code::CoordinatorLoadInProgress, ErrorKind::Busy),
            (Code::LeaderNotAvailable, ErrorKind::Busy),
            (Code::InvalidTopic, ErrorKind::Invalid),
            (Code::PolicyViolation, ErrorKind::Invalid),
            (Code::BadMessage, ErrorKind::Invalid),
            (Code::InvalidSessionTimeout, ErrorKind::Invalid),
            (Code::NotImplemented, ErrorKind::Unsupported),
            (Code::PurgeQueue, ErrorKind::Closed),
            (Code::InvalidMessageSize, ErrorKind::TooLarge),
            (Code::UnknownPartition, ErrorKind::NotFound),
            (Code::SaslAuthenticationFailed, ErrorKind::PermissionDenied),
            (Code::UnsupportedVersion, ErrorKind::Unexpected),
        ] {
            assert_eq!(kind(code), expected, "{code}");
        }
    }
}
