//! The members of a group and the shards that they have.
use std::{collections::BTreeSet, time::Duration};
use tidings::transport::Part;
use tokio::time::Instant;

/// How long a member that is to give up a shard is waited for.
const PATIENCE: Duration = Duration::from_millis(400);

pub(crate) type Member = u64;

#[derive(Default)]
pub(crate) struct Group {
    pub(crate) shards: Vec<Shard>,
    members: Vec<Member>,
    generation: u32,
}

#[derive(Default)]
pub(crate) struct Shard {
    /// The first record that is not settled.
    pub(crate) committed: u64,
    pub(crate) owner: Option<Owner>,
}

pub(crate) struct Owner {
    pub(crate) member: Member,
    pub(crate) part: Part,
    /// The first record that was not delivered.
    pub(crate) next: u64,
    pub(crate) out: BTreeSet<u64>,
    /// Until when it may be settled, where it is to go to another.
    pub(crate) leaves: Option<Instant>,
}

impl Group {
    pub(crate) fn at(offsets: impl IntoIterator<Item = u64>) -> Self {
        let shard = |committed| Shard {
            committed,
            owner: None,
        };
        Self {
            shards: offsets.into_iter().map(shard).collect(),
            ..Self::default()
        }
    }

    pub(crate) fn join(&mut self, member: Member) {
        self.members.push(member);
        self.balance();
    }

    pub(crate) fn leave(&mut self, member: Member) {
        self.members.retain(|other| *other != member);
        for shard in &mut self.shards {
            shard.owner = shard.owner.take().filter(|owner| owner.member != member);
        }
        self.balance();
    }

    /// The shards of a member, with their numbers.
    pub(crate) fn of(&mut self, member: Member) -> impl Iterator<Item = (usize, &mut Shard)> {
        let shards = self.shards.iter_mut().enumerate();
        shards.filter(move |(_, shard)| {
            shard
                .owner
                .as_ref()
                .is_some_and(|owner| owner.member == member)
        })
    }

    /// Gives every shard to whose turn it is, once its former owner has nothing of it out or is out of time.
    pub(crate) fn balance(&mut self) {
        let now = Instant::now();
        for (number, shard) in self.shards.iter_mut().enumerate() {
            let Some(member) = self.members.get(number % self.members.len().max(1)) else {
                continue;
            };
            if let Some(owner) = &mut shard.owner {
                if owner.member == *member {
                    owner.leaves = None;
                    continue;
                }
                let until = *owner.leaves.get_or_insert(now + PATIENCE);
                if !owner.out.is_empty() && until > now {
                    continue;
                }
            }
            self.generation += 1;
            let part = Part::new(self.generation, u32::try_from(number).unwrap_or_default());
            shard.owner = Some(Owner {
                member: *member,
                part,
                next: shard.committed,
                out: BTreeSet::new(),
                leaves: None,
            });
        }
    }

    /// When to look again.
    pub(crate) fn due(&self) -> Option<Instant> {
        let owners = self.shards.iter().filter_map(|shard| shard.owner.as_ref());
        owners.filter_map(|owner| owner.leaves).min()
    }
}

impl Shard {
    /// Everything up to there is done, where it still came by this part.
    pub(crate) fn ack(&mut self, part: Part, position: u64) {
        if let Some(owner) = self.owner.as_mut().filter(|owner| owner.part == part)
            && position < owner.next
        {
            owner.out = owner.out.split_off(&(position + 1));
            self.committed = self.committed.max(position + 1);
        }
    }

    /// It will not be handled here.
    pub(crate) fn release(&mut self, part: Part, position: u64) {
        if let Some(owner) = self.owner.as_mut().filter(|owner| owner.part == part) {
            owner.out.remove(&position);
        }
    }
}
