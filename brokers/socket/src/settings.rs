//! What the two ends are told once, when they begin.
use crate::{Certificate, Token, wire::MAX_MESSAGE};
use bytes::Bytes;
use std::time::Duration;
use tidings::{Str, memory::MemorySettings};

/// How patient the two ends are, and how much the listening end holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SocketSettings {
    /// How long connecting waits for the listening end to be there; 30 seconds unless told.
    pub connect_wait: Duration,
    /// How long a subscription waits for its confirmation; 30 seconds unless told.
    pub answer_wait: Duration,
    /// How long the listening end keeps reply addresses and subscriptions without a group after their session was over;
    /// 60 seconds unless told.
    pub linger: Duration,
    /// How long a session outlives its connection, the same at both ends: an end that comes back within that time goes on where
    /// it was; after that what it had not settled goes to others. 2 seconds unless told.
    pub resume: Duration,
    /// How often the connecting end shows that it is there, the same at both ends; 10 seconds unless told.
    pub heartbeat: Duration,
    /// What connecting ends have to know, the same at both ends; nothing unless told.
    pub token: Token,
    /// Most connections at a time at the listening end; 1024 unless told. Whoever comes when there are so many is told that, and
    /// tries again.
    pub connections: usize,
    /// Most bytes of publishes that wait at the listening end, for room or until they are settled, of all connections together; 1 GiB
    /// unless told. What would have to wait beyond that fails as busy at once.
    pub waiting_bytes: usize,
    /// Bounds of the queues at the listening end.
    pub memory: MemorySettings,
    /// Over TLS, the certificates of authorities that the connecting end trusts, as PEM; those of the system unless told.
    pub authorities: Option<Bytes>,
    /// Over TLS, the end's own certificate. The listening end needs one, the connecting end where it is asked for it.
    pub certificate: Option<Certificate>,
    /// Over TLS, the certificates of authorities, as PEM, one of which must have signed a certificate that the connecting end
    /// shows; the listening end asks for none unless told.
    pub client_authorities: Option<Bytes>,
    /// Over TLS, the name that the certificate of the listening end must have; the host of the address unless told.
    pub server_name: Option<Str>,
}

impl Default for SocketSettings {
    fn default() -> Self {
        let mut memory = MemorySettings::default();
        memory.message_bytes = MAX_MESSAGE;
        Self {
            connect_wait: Duration::from_secs(30),
            answer_wait: Duration::from_secs(30),
            linger: Duration::from_secs(60),
            resume: Duration::from_secs(2),
            heartbeat: Duration::from_secs(10),
            token: Token::none(),
            connections: 1024,
            waiting_bytes: 1 << 30,
            memory,
            authorities: None,
            certificate: None,
            client_authorities: None,
            server_name: None,
        }
    }
}

impl SocketSettings {
    /// The same, with that patience with a listening end that is not there.
    #[must_use]
    pub fn with_connect_wait(self, connect_wait: Duration) -> Self {
        Self {
            connect_wait,
            ..self
        }
    }

    /// The same, with that patience with a subscription that is not confirmed.
    #[must_use]
    pub fn with_answer_wait(self, answer_wait: Duration) -> Self {
        Self {
            answer_wait,
            ..self
        }
    }

    /// The same, with that time for what is private to a session that is over.
    #[must_use]
    pub fn with_linger(self, linger: Duration) -> Self {
        Self { linger, ..self }
    }

    /// The same, with that time for a session without a connection.
    #[must_use]
    pub fn with_resume(self, resume: Duration) -> Self {
        Self { resume, ..self }
    }

    /// The same, with a sign of life so often.
    #[must_use]
    pub fn with_heartbeat(self, heartbeat: Duration) -> Self {
        Self { heartbeat, ..self }
    }

    /// The same, with that to know for connecting ends.
    #[must_use]
    pub fn with_token(self, token: Token) -> Self {
        Self { token, ..self }
    }

    /// The same, with that many connections at a time at the listening end.
    #[must_use]
    pub fn with_connections(self, connections: usize) -> Self {
        Self {
            connections,
            ..self
        }
    }

    /// The same, with that many bytes of publishes that wait at the listening end.
    #[must_use]
    pub fn with_waiting_bytes(self, waiting_bytes: usize) -> Self {
        Self {
            waiting_bytes,
            ..self
        }
    }

    /// The same, with those bounds at the listening end.
    #[must_use]
    pub fn with_memory(self, memory: MemorySettings) -> Self {
        Self { memory, ..self }
    }

    /// The same, where the connecting end trusts those authorities alone.
    #[must_use]
    pub fn with_authorities(self, pem: impl Into<Bytes>) -> Self {
        let authorities = Some(pem.into());
        Self {
            authorities,
            ..self
        }
    }

    /// The same, with that certificate of the end's own.
    #[must_use]
    pub fn with_certificate(self, certificate: Certificate) -> Self {
        let certificate = Some(certificate);
        Self {
            certificate,
            ..self
        }
    }

    /// The same, where the listening end asks for a certificate that one of those authorities has signed.
    #[must_use]
    pub fn with_client_authorities(self, pem: impl Into<Bytes>) -> Self {
        let client_authorities = Some(pem.into());
        Self {
            client_authorities,
            ..self
        }
    }

    /// The same, where the certificate of the listening end must have that name.
    #[must_use]
    pub fn with_server_name(self, name: impl Into<Str>) -> Self {
        let server_name = Some(name.into());
        Self {
            server_name,
            ..self
        }
    }

    /// A heartbeat that leaves time for something else.
    pub(crate) fn sane(self) -> Self {
        Self {
            heartbeat: self.heartbeat.max(Duration::from_millis(10)),
            ..self
        }
    }

    /// How long an end waits for a sign of life from the other.
    pub(crate) fn patience(&self) -> Duration {
        self.heartbeat.saturating_mul(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_by_its_name() {
        let memory = MemorySettings::default().with_queue_messages(7);
        let told = SocketSettings::default()
            .with_connect_wait(Duration::from_secs(1))
            .with_answer_wait(Duration::from_secs(2))
            .with_linger(Duration::from_secs(3))
            .with_resume(Duration::from_secs(4))
            .with_heartbeat(Duration::from_secs(5))
            .with_token(Token::new("6"))
            .with_connections(8)
            .with_waiting_bytes(9)
            .with_memory(memory)
            .with_authorities("10")
            .with_certificate(Certificate::new("11", "12"))
            .with_client_authorities("13")
            .with_server_name("14");
        let expected = SocketSettings {
            connect_wait: Duration::from_secs(1),
            answer_wait: Duration::from_secs(2),
            linger: Duration::from_secs(3),
            resume: Duration::from_secs(4),
            heartbeat: Duration::from_secs(5),
            token: Token::new("6"),
            connections: 8,
            waiting_bytes: 9,
            memory,
            authorities: Some("10".into()),
            certificate: Some(Certificate::new("11", "12")),
            client_authorities: Some("13".into()),
            server_name: Some("14".into()),
        };
        assert_eq!(told, expected);
    }
}
