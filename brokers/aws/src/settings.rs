//! What a transport is told once, when it begins.
use aws_credential_types::provider::SharedCredentialsProvider;
use std::time::Duration;

/// How a transport reaches AWS, and how it receives.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AwsSettings {
    /// What gives credentials where the server and its address have none; the environment (`AWS_ACCESS_KEY_ID` and its like) unless
    /// told. Whoever wants profiles, roles or the metadata of an instance brings the provider of `aws-config`.
    pub credentials: Option<SharedCredentialsProvider>,
    /// Whether subscribing makes what is missing; it does unless told.
    pub create: bool,
    /// For how long a delivery is out before others get it, unless it is extended; what the queue says unless told, and a minute at
    /// most, since what a process takes with it is nobody's for so long. In whole seconds, 12 hours at most.
    /// Of a stream, for how long a process has its shards that says nothing any more; 10 seconds unless told.
    pub lease: Option<Duration>,
    /// For how long one request waits for messages; 5 seconds unless told, 20 at most. In whole seconds. Where a process dies while it
    /// waits, the next messages may go to it all the same, and to nobody else for a lease.
    pub wait: Duration,
    /// For how long one request may take beyond that, and for how long a settlement is tried again; 10 seconds unless told.
    pub timeout: Duration,
    /// How often a transport that has nothing else to say asks whether AWS is there; 30 seconds unless told.
    pub heartbeat: Duration,
    /// How long to wait before a shard of a stream is asked for records again; 250 milliseconds unless told, 10 at least. Its mark is kept ten times as often at most. AWS
    /// answers five times a second for a shard, whoever asks: many groups of one stream have to ask less often.
    #[cfg(feature = "kinesis")]
    pub poll: Duration,
    /// How long a shard that is to go to another process waits for what is out of it; 5 seconds unless told.
    #[cfg(feature = "kinesis")]
    pub drain: Duration,
}

impl Default for AwsSettings {
    fn default() -> Self {
        Self {
            credentials: None,
            create: true,
            lease: None,
            wait: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            heartbeat: Duration::from_secs(30),
            #[cfg(feature = "kinesis")]
            poll: Duration::from_millis(250),
            #[cfg(feature = "kinesis")]
            drain: Duration::from_secs(5),
        }
    }
}

const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// Longest time that a delivery may be out for, counted from when it came.
pub(crate) const LONGEST_LEASE: Duration = Duration::from_secs(43_200);
/// Who asks without a pause has no more for it.
#[cfg(feature = "kinesis")]
const SHORTEST_POLL: Duration = Duration::from_millis(10);

impl AwsSettings {
    /// What AWS takes, and what can be added to a time.
    pub(crate) fn sane(self) -> Self {
        Self {
            wait: self.wait.clamp(Duration::from_secs(1), LONGEST_WAIT),
            lease: self
                .lease
                .map(|lease| lease.clamp(Duration::from_secs(1), LONGEST_LEASE)),
            timeout: self.timeout.min(LONGEST_LEASE),
            heartbeat: self.heartbeat.max(Duration::from_millis(100)),
            #[cfg(feature = "kinesis")]
            poll: self.poll.clamp(SHORTEST_POLL, LONGEST_LEASE),
            #[cfg(feature = "kinesis")]
            drain: self.drain.min(LONGEST_LEASE),
            ..self
        }
    }

    /// For how long a shard stays with a process that says nothing.
    #[cfg(feature = "kinesis")]
    pub(crate) fn shard_lease(&self) -> Duration {
        self.lease.unwrap_or(Duration::from_secs(10))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_asked_than_aws_takes() {
        let hour = Duration::from_secs(3600);
        let mut settings = AwsSettings::default();
        (settings.lease, settings.wait) = (Some(13 * hour), hour);
        let sane = settings.sane();
        assert_eq!((sane.lease, sane.wait), (Some(12 * hour), LONGEST_WAIT));
    }

    #[cfg(feature = "kinesis")]
    #[test]
    fn times_without_end_and_pauses_of_nothing_are_bounded() {
        let settings = AwsSettings {
            timeout: Duration::MAX,
            drain: Duration::MAX,
            poll: Duration::ZERO,
            ..AwsSettings::default()
        };
        let sane = settings.sane();
        assert_eq!((sane.timeout, sane.drain), (LONGEST_LEASE, LONGEST_LEASE));
        assert_eq!(sane.poll, SHORTEST_POLL);
    }
}
