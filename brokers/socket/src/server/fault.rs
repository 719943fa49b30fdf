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

/// The other end speaks without TLS where this one listens with it.
pub(super) fn unencrypted() -> Fault {
    invalid("the listening end wants TLS; write `tcps:` in place of `tcp:`")
}

/// There is no room for one more connection, for the moment.
pub(super) fn full(connections: usize) -> Fault {
    busy(format!(
        "the listening end has {connections} connections, as many as it takes"
    ))
}

/// There is no room for what waits, for the moment.
pub(super) fn crowded() -> Fault {
    busy("as much waits at the listening end as may".to_owned())
}

fn busy(reason: String) -> Fault {
    Fault {
        kind: ErrorKind::Busy,
        retryable: true,
        ambiguous: false,
        reason,
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
