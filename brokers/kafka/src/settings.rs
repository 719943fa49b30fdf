//! What a transport is told once, when it begins.
use bytes::Bytes;
use std::{collections::BTreeMap, time::Duration};

/// How a transport talks to its cluster. Times beyond an hour are an hour, but for `delivery`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaSettings {
    /// How long connecting, subscribing, ensuring, and any other question to the cluster, waits for an answer, of a broker too that is
    /// away or being started; 30 seconds unless told.
    pub wait: Duration,
    /// How long a message may wait to be sent before it is given up, which bounds how late one whose publish timed out can still
    /// appear; 30 seconds unless told.
    pub delivery: Duration,
    /// How long a partition that is taken away waits for what is out of it; 5 seconds unless told.
    pub drain: Duration,
    /// After how long without a sign of life a consumer's partitions go to others, and how long settling waits for an answer; 10
    /// seconds unless told. With [`GroupProtocol::Consumer`] the cluster says when partitions go.
    pub session: Duration,
    /// How often a consumer gives a sign of life, and so hears of changes in its group; 1 second unless told. Of
    /// [`GroupProtocol::Classic`] only.
    pub heartbeat: Duration,
    /// How long a transaction may take before the cluster ends it; 15 seconds unless told. So long at most wait those who read
    /// committed records, and the group's next consumers, where a process died within one.
    pub transaction: Duration,
    /// How groups share partitions.
    pub protocol: GroupProtocol,
    /// Largest message, with its headers; 1,000,000 bytes unless told. More needs `message.max.bytes` of the cluster or
    /// `max.message.bytes` of its topics.
    pub max_bytes: usize,
    /// How many replicas topics have that [`ensure`](tidings::Transport::ensure) creates; as the cluster has it unless told.
    pub replicas: Option<u16>,
    /// Certificates of authorities that are trusted in place of those of the system, as PEM. Of servers by `kafka-secure`.
    pub authorities: Option<Bytes>,
    /// Any further properties of [librdkafka](https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md), such as
    /// `compression.type`; they count more than what is set here.
    pub properties: BTreeMap<String, String>,
}

/// How groups share partitions: all members of a group by the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupProtocol {
    /// Among the members, in turns of the whole group (`cooperative-sticky`): every cluster knows it.
    #[default]
    Classic,
    /// By the cluster, member by member (KIP-848): clusters from version 4.0 know it.
    Consumer,
}

/// Longest time that the library counts, in milliseconds of 31 bits.
pub(crate) const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);
/// How long a group waits for a member to join beside what its own times say.
const JOINING: Duration = Duration::from_secs(10);
/// Longest time that it waits for an answer.
const HOUR: Duration = Duration::from_secs(3600);

impl KafkaSettings {
    /// The same, with no time that the library cannot count.
    pub(crate) fn countable(mut self) -> Self {
        let Self {
            wait,
            drain,
            session,
            heartbeat,
            transaction,
            ..
        } = &mut self;
        for time in [wait, drain, session, heartbeat, transaction] {
            *time = HOUR.min(*time);
        }
        self.delivery = LONGEST.min(self.delivery);
        self
    }

    /// How long a group waits for a member that lives and does not join, and a member for the answer to its joining, before they go on
    /// without: one that hears of a change with its next sign of life may have to give partitions back first.
    pub(crate) fn joining(&self) -> Duration {
        self.session + self.drain + JOINING
    }
}

impl Default for KafkaSettings {
    fn default() -> Self {
        Self {
            wait: Duration::from_secs(30),
            delivery: Duration::from_secs(30),
            drain: Duration::from_secs(5),
            session: Duration::from_secs(10),
            heartbeat: Duration::from_secs(1),
            transaction: Duration::from_secs(15),
            protocol: GroupProtocol::Classic,
            max_bytes: 1_000_000,
            replicas: None,
            authorities: None,
            properties: BTreeMap::new(),
        }
    }
}
