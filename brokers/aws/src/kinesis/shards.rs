//! The shards of a stream, and which of them may be read: one that was split or merged is read to its end before what came of it, so
//! that keys keep their order.
use super::streams::Streams;
use std::collections::BTreeSet;
use tidings::Result;

/// A shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shard {
    pub(crate) id: String,
    /// Those that it came of.
    pub(crate) parents: Vec<String>,
    /// Whether records still come to it.
    pub(crate) is_open: bool,
}

/// Those of which all that they came of is done with, or gone, and that are not done with themselves.
pub(crate) fn readable<'a>(all: &'a [Shard], is_over: &dyn Fn(&str) -> bool) -> Vec<&'a Shard> {
    let listed: BTreeSet<&str> = all.iter().map(|shard| &*shard.id).collect();
    let is_done = |parent: &String| !listed.contains(&**parent) || is_over(parent);
    let may_be = |shard: &&Shard| !is_over(&shard.id) && shard.parents.iter().all(is_done);
    all.iter().filter(may_be).collect()
}

impl Streams {
    /// All that are there, in the order of their ids.
    pub(crate) async fn shards(&self, operation: &'static str, stream: &str) -> Result<Vec<Shard>> {
        let mut all = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let asking = self.client.list_shards();
            let asking = match next.take() {
                Some(token) => asking.next_token(token),
                None => asking.stream_name(stream),
            };
            let answer = self.core.ask(operation, asking.send()).await;
            let answer = answer.map_err(|error| error.with("stream", stream))?;
            all.extend(answer.shards().iter().map(read));
            next = answer.next_token().map(str::to_owned);
            if next.is_none() {
                all.sort_by(|one: &Shard, other| one.id.cmp(&other.id));
                return Ok(all);
            }
        }
    }
}

fn read(shard: &aws_sdk_kinesis::types::Shard) -> Shard {
    let parents = [shard.parent_shard_id(), shard.adjacent_parent_shard_id()];
    let range = shard.sequence_number_range();
    Shard {
        id: shard.shard_id().to_owned(),
        parents: parents.into_iter().flatten().map(str::to_owned).collect(),
        is_open: range.is_none_or(|range| range.ending_sequence_number().is_none()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(id: &str, parents: &[&str]) -> Shard {
        Shard {
            id: id.to_owned(),
            parents: parents.iter().map(ToString::to_string).collect(),
            is_open: true,
        }
    }

    #[test]
    fn parents_are_read_before_their_children() {
        // 0 was split into 2 and 3, and 3 merged with 1 into 4; what 5 came of is there no more.
        let all = [
            shard("0", &[]),
            shard("1", &[]),
            shard("2", &["0"]),
            shard("3", &["0"]),
            shard("4", &["1", "3"]),
            shard("5", &["gone"]),
        ];
        let with = |over: &[&str]| {
            let found = readable(&all, &|id| over.contains(&id));
            found
                .iter()
                .map(|shard| shard.id.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(with(&[]), ["0", "1", "5"]);
        assert_eq!(with(&["0"]), ["1", "2", "3", "5"]);
        assert_eq!(with(&["0", "3"]), ["1", "2", "5"]);
        assert_eq!(with(&["0", "3", "1", "5"]), ["2", "4"]);
    }
}
