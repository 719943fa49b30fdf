//! How those who read one stream share its shards: each has as many as any other, or one more.
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::time::Instant;

/// When rows of others were last seen to change. Clocks of others are not looked at.
#[derive(Debug, Default)]
pub(crate) struct Watch(BTreeMap<String, (u64, Instant)>);

impl Watch {
    /// For how long a row has been as it is, as far as it was watched.
    pub(crate) fn look(&mut self, key: &str, beats: u64, now: Instant) -> Duration {
        let known = self.0.entry(key.to_owned()).or_insert((beats, now));
        if known.0 != beats {
            *known = (beats, now);
        }
        now.duration_since(known.1)
    }

    /// Forgets all but those.
    pub(crate) fn only(&mut self, keys: &BTreeSet<&str>) {
        self.0.retain(|key, _| keys.contains(&**key));
    }
}

/// How many of so many shards are ours among those members. What cannot be divided goes to those who are there longest.
pub(crate) fn share(shards: usize, members: &BTreeSet<&str>, me: &str) -> usize {
    let count = members.len().max(1);
    let rank = members.iter().position(|member| *member == me);
    let is_first = rank.is_some_and(|rank| rank < shards % count);
    shards / count + usize::from(is_first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_even_and_all_is_shared() {
        for shards in 0..9 {
            for count in 1..5 {
                let members: Vec<String> = (0..count).map(|at| at.to_string()).collect();
                let members: BTreeSet<&str> = members.iter().map(|member| &**member).collect();
                let all = members.iter().map(|me| share(shards, &members, me));
                let all: Vec<usize> = all.collect();
                assert_eq!(all.iter().sum::<usize>(), shards);
                let (most, least) = (all.iter().max(), all.iter().min());
                assert!(
                    most.zip(least)
                        .is_some_and(|(most, least)| most - least <= 1)
                );
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_row_counts_from_when_it_was_seen_to_change() {
        let second = Duration::from_secs(1);
        let mut watch = Watch::default();
        assert!(watch.look("a", 1, Instant::now()).is_zero());
        tokio::time::advance(second).await;
        assert_eq!(watch.look("a", 1, Instant::now()), second);
        assert!(watch.look("a", 2, Instant::now()).is_zero());
        tokio::time::advance(second).await;
        watch.only(&BTreeSet::new());
        assert!(
            watch.look("a", 2, Instant::now()).is_zero(),
            "it was forgotten"
        );
    }
}
