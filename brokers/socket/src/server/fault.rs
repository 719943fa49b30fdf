//! What the other end is told of errors.
use crate::wire::Fault;
use tidings::{Error, ErrorKind};

pub(super) fn invalid(reason: &str) -> Fault {
    Fault {
        kind: ErrorKind::Invalid,
        retryable: false,
        ambiguous: false,
        reason: reason.to_owned(),
    }
}

/// There is no room for one more connection, for the moment.
pub(super) fn full(connections: usize) -> Fault {
    Fault {
        kind: ErrorKind::Busy,
        retryable: true,
        ambiguous: false,
        reason: format!("the listening end has {connections} connections, as many as it takes"),
    }
}

/// What it is told: that this end closes is a connection lost, for it may be there again soon.
pub(super) fn fault(error: &Error) -> Fault {
    if error.kind() == ErrorKind::Closed {
        let reason = "the listening end is closing".to_owned();
        return Fault {
            kind: ErrorKind::ConnectionLost,
            retryable: true,
            ambiguous: false,
            reason,
        };
    }
    error.into()
}
