//! What a member is told of its shards, and gets of them.
use super::{
    broker::{Topic, Topics},
    group::Member,
    settler::LogSettler,
};
use std::collections::BTreeMap;
use tidings::{
    Str, SubscribeSpec,
    transport::{Event, Incoming, Part, Start},
};
use tokio::time::Instant;

/// What is to be told of parts that leave or have left.
pub(crate) fn moved(
    topics: &mut Topics,
    settler: &LogSettler,
    member: Member,
    told: &mut BTreeMap<Part, bool>,
) -> Option<Event> {
    let group = topics.group(&settler.channel, &settler.group, Start::New);
    let owned: BTreeMap<Part, Option<Instant>> = group
        .of(member)
        .filter_map(|(_, shard)| shard.owner.as_ref())
        .map(|owner| (owner.part, owner.leaves))
        .collect();
    let gone: Vec<Part> = told
        .keys()
        .copied()
        .filter(|part| !owned.contains_key(part))
        .collect();
    if !gone.is_empty() {
        told.retain(|part, _| !gone.contains(part));
        return Some(Event::Gone { parts: gone });
    }
    let leaving = told.iter_mut().filter(|(_, is_told)| !**is_told);
    let leaving = leaving.filter_map(|(part, is_told)| {
        let until = (*owned.get(part)?)?;
        *is_told = true;
        Some((*part, until))
    });
    let (parts, until): (Vec<Part>, Vec<Instant>) = leaving.unzip();
    let until = until.into_iter().min()?;
    Some(Event::Leaving { parts, until })
}

/// The next records of the shards of a member, as far as there is room.
pub(crate) fn deliveries(
    topic: &mut Topic,
    group: &Str,
    member: Member,
    spec: &SubscribeSpec,
    max: usize,
) -> Vec<Incoming> {
    let Topic {
        shards: records,
        groups,
    } = topic;
    let Some(group) = groups.get_mut(group) else {
        return Vec::new();
    };
    let (mut count, mut bytes) = (0, 0);
    for (number, shard) in group.of(member) {
        let out = shard.owner.iter().flat_map(|owner| &owner.out);
        for offset in out {
            count += 1;
            bytes += records[number][usize::try_from(*offset).unwrap_or_default()].size();
        }
    }
    let mut deliveries = Vec::new();
    for (number, shard) in group.of(member) {
        let Some(owner) = shard.owner.as_mut().filter(|owner| owner.leaves.is_none()) else {
            continue;
        };
        let from = usize::try_from(owner.next).unwrap_or_default();
        for message in &records[number][from..] {
            let is_full = count >= spec.prefetch || (count > 0 && bytes >= spec.prefetch_bytes);
            if is_full || deliveries.len() == max {
                break;
            }
            count += 1;
            bytes += message.size();
            deliveries.push(Incoming::new(message.clone(), owner.part.at(owner.next)));
            owner.out.insert(owner.next);
            owner.next += 1;
        }
    }
    deliveries
}
