//! What whoever runs a service sets, in a file of theirs: policies and bounds, without touching code.
use crate::{Backoff, Channel, DeadLetters, Policy};
use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, de::Error};
use std::{collections::BTreeMap, num::NonZeroU32, time::Duration};

/// The settings of a service. Read from TOML, JSON or anything else that serde reads:
///
/// ```toml
/// concurrency = 16
/// prefetch = 64
/// prefetch-bytes = 16777216
///
/// [policy]                      # of every channel
/// attempts = 5
/// first-pause = "200ms"
/// longest-pause = "1m"
/// timeout = "30s"               # or "none"
///
/// [channels."orders.place"]     # of the one with that address
/// attempts = 3
/// dead-letters = "orders.failed" # or "beside", or "dropped"
/// refuse = false
/// idempotent = true
/// exactly-once = true
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Settings {
    /// See [`Router::concurrency`](crate::Router::concurrency).
    pub concurrency: Option<usize>,
    /// See [`Router::prefetch`](crate::Router::prefetch).
    pub prefetch: Option<usize>,
    /// See [`Router::prefetch_bytes`](crate::Router::prefetch_bytes).
    pub prefetch_bytes: Option<usize>,
    /// What all channels have.
    pub policy: PolicySettings,
    /// What single channels have, by address; one that is not served keeps the service from starting.
    pub channels: BTreeMap<String, PolicySettings>,
}

/// Changes to a [`Policy`]; what is not told stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct PolicySettings {
    /// Most attempts at one message.
    pub attempts: Option<NonZeroU32>,
    /// The pause after the first failure, as `200ms` or `PT0.2S`.
    #[serde(deserialize_with = "length")]
    pub first_pause: Option<Duration>,
    /// The longest pause.
    #[serde(deserialize_with = "length")]
    pub longest_pause: Option<Duration>,
    /// How long one run of a handler may take, or `none`.
    #[serde(deserialize_with = "timeout")]
    pub timeout: Option<Option<Duration>>,
    /// `beside`, `dropped`, or the address of the queue they go to.
    pub dead_letters: Option<String>,
    /// Whether requests that are given up are answered.
    pub refuse: Option<bool>,
    /// Whether handlers may see a message twice without harm.
    pub idempotent: Option<bool>,
    /// Whether what is sent and what is settled are one transaction: see [`Policy::exactly_once`].
    pub exactly_once: Option<bool>,
}

/// What a document says of a policy, as JSON; what cannot be read is told to nobody, since the generator has checked it.
pub fn policy(json: &str) -> PolicySettings {
    serde_json::from_str(json).unwrap_or_default()
}

impl Policy {
    /// The same, with what is told of it.
    #[must_use]
    pub fn changed_by(self, settings: &PolicySettings) -> Self {
        let Backoff { first, longest } = self.backoff;
        let first = settings.first_pause.unwrap_or(first);
        // Of what is set, the longest bounds the first; what is not set gives way.
        let longest = settings.longest_pause.unwrap_or(longest.max(first));
        Self {
            attempts: settings.attempts.map_or(self.attempts, NonZeroU32::get),
            backoff: Backoff::new(first, longest),
            timeout: settings.timeout.unwrap_or(self.timeout),
            dead_letters: match settings.dead_letters.as_deref() {
                None => self.dead_letters,
                Some("beside") => DeadLetters::Beside,
                Some("dropped") => DeadLetters::Dropped,
                Some(address) => DeadLetters::Channel(Channel::point_to_point(address)),
            },
            refuse: settings.refuse.unwrap_or(self.refuse),
            idempotent: settings.idempotent.unwrap_or(self.idempotent),
            exactly_once: settings.exactly_once.unwrap_or(self.exactly_once),
        }
    }
}

fn length<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Duration>, D::Error> {
    parsed(&String::deserialize(reader)?).map(Some)
}

fn timeout<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Option<Duration>>, D::Error> {
    match &*String::deserialize(reader)? {
        "none" => Ok(Some(None)),
        text => match parsed(text)? {
            Duration::ZERO => Err(D::Error::custom(format_args!(
                "no handler ends within `{text}`; write `none` for as long as it likes"
            ))),
            length => Ok(Some(Some(length))),
        },
    }
}

fn parsed<E: Error>(text: &str) -> Result<Duration, E> {
    let length = text.parse::<SignedDuration>().ok();
    let length = length.and_then(|length| Duration::try_from(length).ok());
    length.ok_or_else(|| {
        E::custom(format_args!(
            "`{text}` is no length of time; write one as `200ms`, `30s` or `5m`"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Settings, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_told_changes_and_the_rest_stays() {
        let settings = read(
            r#"{"policy": {"attempts": 5, "first-pause": "200ms", "timeout": "none"},
                "channels": {"a": {"dead-letters": "b", "idempotent": true, "longest-pause": "1m"}}}"#,
        )
        .expect("it is right");
        let policy = Policy::new().changed_by(&settings.policy);
        assert_eq!((policy.attempts, policy.timeout), (5, None));
        assert_eq!(policy.backoff.first, Duration::from_millis(200));
        assert_eq!(policy.dead_letters, DeadLetters::Beside);
        let policy = policy.changed_by(&settings.channels["a"]);
        assert_eq!((policy.attempts, policy.idempotent), (5, true));
        assert_eq!(policy.backoff.longest, Duration::from_secs(60));
        let expected = DeadLetters::Channel(Channel::point_to_point("b"));
        assert_eq!(policy.dead_letters, expected);
    }

    #[test]
    fn the_longest_pause_that_is_set_is_the_longest() {
        let policy = |json| {
            let settings = read(json).expect("it is right");
            Policy::new().changed_by(&settings.policy)
        };
        let short = policy(r#"{"policy": {"longest-pause": "10ms"}}"#);
        assert!(short.backoff.pause(1) <= Duration::from_millis(10));
        let long = policy(r#"{"policy": {"first-pause": "5m"}}"#);
        assert!(long.backoff.pause(1) > Duration::from_secs(200));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (json, says) in [
            (r#"{"policy": {"attempts": 0}}"#, "nonzero"),
            (
                r#"{"policy": {"timeout": "soon"}}"#,
                "`soon` is no length of time",
            ),
            (
                r#"{"policy": {"timeout": "-5s"}}"#,
                "`-5s` is no length of time",
            ),
            (
                r#"{"policy": {"timeout": "0s"}}"#,
                "no handler ends within `0s`",
            ),
            (r#"{"policy": {"retries": 1}}"#, "unknown field `retries`"),
        ] {
            let error = read(json).expect_err(json);
            assert!(error.contains(says), "{error}");
        }
    }
}
