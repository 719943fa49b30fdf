//! Which stream a channel is, and what the table of its leases is called.
use crate::names::hash;
use tidings::{Binding, Channel, Error, ErrorKind, Result};

/// Longest name of a stream, and of a table.
const STREAM: usize = 128;
const TABLE: usize = 255;
/// What stands before a hash, and in no name that is kept as it is.
const CHANGED: &str = "---";
/// How many digits of a hash tell apart what was changed.
const DIGITS: usize = 12;
/// What every table of leases begins with.
const LEASES: &str = "tidings-leases-";

/// The stream of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) name: String,
    /// How many shards it is to have, where that is told.
    pub(crate) shards: Option<u16>,
}

impl Place {
    pub(crate) fn of(operation: &'static str, channel: &Channel) -> Result<Self> {
        if channel.wildcard {
            let reason = "Kinesis knows no subscriptions to many streams; name one";
            let error = Error::new(ErrorKind::Unsupported, operation, reason);
            return Err(error.with("channel", &channel.address));
        }
        Binding::none(channel, "kinesis")?;
        Ok(Self {
            name: stream(&channel.address),
            shards: Some(channel.shards).filter(|count| *count > 1),
        })
    }
}

/// An address as a name: what may be one stays as it is, whatever had to be changed ends with a hash.
pub(crate) fn stream(address: &str) -> String {
    fit(address, is_plain(address), address, STREAM)
}

/// The table of the leases of a stream: those of a group, or of all who compete for a point-to-point channel.
pub(crate) fn leases(stream: &str, group: Option<&str>) -> String {
    let is_kept = group.is_none_or(|group| is_plain(group) && !group.contains("--"));
    let is_kept = is_kept && !stream.contains("--");
    let (name, of) = match group {
        Some(group) => (
            format!("{LEASES}{stream}--{group}"),
            format!("{stream}\0{group}"),
        ),
        None => (format!("{LEASES}{stream}"), stream.to_owned()),
    };
    fit(&name, is_kept, &of, TABLE)
}

fn fit(name: &str, is_kept: bool, of: &str, longest: usize) -> String {
    if is_kept && name.len() <= longest {
        return name.to_owned();
    }
    let letters = name.chars();
    let letters = letters.map(|letter| if may_be(letter) { letter } else { '-' });
    let begin: String = letters.take(longest - DIGITS - CHANGED.len()).collect();
    format!("{begin}{CHANGED}{}", &hash(of.as_bytes())[..DIGITS])
}

fn is_plain(text: &str) -> bool {
    let is_odd = text.is_empty() || text.starts_with('-') || text.ends_with('-');
    !is_odd && !text.contains(CHANGED) && text.chars().all(may_be)
}

fn may_be(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-_.".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeSet;
    use tidings::{Bindings, ChannelKind};

    #[test]
    fn what_may_be_a_name_stays() {
        assert_eq!(stream("orders.commands"), "orders.commands");
        assert_eq!(
            stream("orders.commands.dead-letters"),
            "orders.commands.dead-letters"
        );
        let changed = stream("orders/commands");
        assert_eq!(changed, "orders-commands---1d080050df05");
        assert_eq!(stream(&"a".repeat(200)).len(), STREAM);
    }

    #[test]
    fn no_two_sets_of_leases_have_one_table() {
        let parts = [
            "a",
            "a-b",
            "a--b",
            "b",
            "a.b",
            "a---b",
            "-a",
            "a/b",
            "\u{fc}",
            &"a".repeat(300),
        ];
        let mut all = BTreeSet::new();
        let mut count = 0;
        for one in parts {
            let name = stream(one);
            let groups = parts.into_iter().map(Some).chain([None]);
            for group in groups {
                let table = leases(&name, group);
                assert!(table.len() <= TABLE && table.chars().all(may_be), "{table}");
                all.insert(table);
                count += 1;
            }
        }
        assert_eq!(all.len(), count);
        assert_eq!(
            leases("orders.events", Some("billing")),
            "tidings-leases-orders.events--billing"
        );
        assert_eq!(leases("orders", None), "tidings-leases-orders");
    }

    #[test]
    fn what_is_no_stream_is_told() {
        let wrong = |channel: &Channel| {
            let error = Place::of("publish", channel).err();
            error.map(|error| error.to_string()).unwrap_or_default()
        };
        let all = Channel::wildcard(ChannelKind::PublishSubscribe, "orders.{region}");
        assert!(wrong(&all).contains("many streams"));
        let bindings = Bindings::new([("kinesis", json!({ "bindingVersion": "1", "shards": 3 }))]);
        let bound = Channel::point_to_point("orders").with_bindings(bindings);
        assert!(wrong(&bound).contains("`shards` of the `kinesis` binding"));
        let bindings = Bindings::new([("kinesis", json!({ "bindingVersion": "1", "x-a": 3 }))]);
        let bound = Channel::point_to_point("orders").with_bindings(bindings);
        assert_eq!(wrong(&bound), "");
    }
}
