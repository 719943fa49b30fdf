//! The deliveries of a subscription that are out, and how they are settled.
use crate::{dial::Core, error::error, line::Line, room::Room};
use futures_util::future::try_join_all;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tidings::{Error, Token, Verdict, transport::Part};
use tokio::sync::Mutex as Turn;

/// What a subscription has handed out.
#[derive(Debug)]
pub(crate) struct Out {
    core: Arc<Core>,
    room: Arc<Room>,
    /// Which of its subscription's queues.
    shard: u32,
    /// Whether the broker would keep what it is told to give up, which is to end here.
    keeps_rejected: bool,
    held: Mutex<Held>,
    /// Settlements go one call after the other: an acknowledgement of all before a delivery must come behind what says otherwise of
    /// one of them.
    pub(crate) turn: Turn<()>,
}

#[derive(Debug, Default)]
struct Held {
    /// Which opening of the channel.
    generation: u32,
    wire: Option<(Arc<Line>, lapin::Channel)>,
    /// The size of each, by its delivery tag.
    sizes: BTreeMap<u64, usize>,
    /// Tags that will be given back, and count as settled already.
    put_off: BTreeMap<u64, ()>,
}

impl Out {
    pub(crate) fn new(core: Arc<Core>, room: Arc<Room>, shard: u32, keeps_rejected: bool) -> Self {
        Self {
            core,
            room,
            shard,
            keeps_rejected,
            held: Mutex::default(),
            turn: Turn::new(()),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A channel was opened: what comes by it is of a new part.
    pub(crate) fn opened(&self, line: Arc<Line>, wire: lapin::Channel) {
        let mut held = self.held();
        held.generation = held.generation.wrapping_add(1);
        held.wire = Some((line, wire));
    }

    /// Ends what came by the channel, and gives its part.
    pub(crate) fn gone(&self) -> (Part, Option<(Arc<Line>, lapin::Channel)>) {
        let mut held = self.held();
        let part = Part::new(held.generation, self.shard);
        held.generation = held.generation.wrapping_add(1);
        self.core.came_back(held.sizes.len());
        for size in std::mem::take(&mut held.sizes).into_values() {
            self.room.give_back(size);
        }
        held.put_off.clear();
        (part, held.wire.take())
    }

    /// The part that deliveries come by now, where some of it are out.
    pub(crate) fn part(&self) -> Option<Part> {
        let held = self.held();
        (!held.sizes.is_empty()).then(|| Part::new(held.generation, self.shard))
    }

    /// The channel.
    pub(crate) fn wire(&self) -> Option<(Arc<Line>, lapin::Channel)> {
        self.held().wire.clone()
    }

    /// Notes a delivery that goes out.
    pub(crate) fn hand_out(&self, tag: u64, size: usize) -> Token {
        let mut held = self.held();
        held.sizes.insert(tag, size);
        self.room.take(size);
        self.core.handed_out(1);
        Part::new(held.generation, self.shard).at(tag)
    }

    /// Takes those that are out; gives them with the channel.
    fn take(&self, verdicts: &[(Token, Verdict)]) -> Option<(Arc<Line>, lapin::Channel, Taken)> {
        let mut held = self.held();
        let (line, wire) = held.wire.clone()?;
        let mut taken = Taken {
            generation: held.generation,
            ..Taken::default()
        };
        for (token, verdict) in verdicts {
            if token.part != Part::new(held.generation, self.shard) {
                continue;
            }
            let Some(size) = held.sizes.remove(&token.position) else {
                continue;
            };
            self.room.give_back(size);
            match verdict {
                Verdict::Ack => taken.done.push(*token),
                Verdict::Reject { .. } if self.keeps_rejected => taken.done.push(*token),
                Verdict::Reject { .. } => taken.rejected.push(*token),
                Verdict::Retry { after } if !after.is_zero() => {
                    held.put_off.insert(token.position, ());
                    taken.later.push((*token, *after));
                }
                _ => taken.again.push(*token),
            }
        }
        taken.done.sort_unstable();
        // Below the first that is still out, all may be acknowledged at once.
        let first = held.sizes.keys().chain(held.put_off.keys()).min();
        taken.together = taken
            .done
            .iter()
            .rfind(|token| first.is_none_or(|first| token.position < *first))
            .copied();
        Some((line, wire, taken))
    }
}

/// Deliveries that were taken to be settled.
#[derive(Debug, Default)]
struct Taken {
    generation: u32,
    done: Vec<Token>,
    /// The last that can be acknowledged with all before it.
    together: Option<Token>,
    again: Vec<Token>,
    rejected: Vec<Token>,
    later: Vec<(Token, Duration)>,
}

impl Taken {
    fn count(&self) -> usize {
        self.done.len() + self.again.len() + self.rejected.len() + self.later.len()
    }

    /// Those that are not settled where the channel was lost: what is to come again does so anyway.
    fn unless_lost(&self) -> impl Iterator<Item = Token> {
        let all = [&self.done, &self.rejected];
        all.into_iter().flatten().copied()
    }
}

/// Counts deliveries as settled, also where telling them is given up.
struct Back<'a>(&'a Out, usize);

impl Drop for Back<'_> {
    fn drop(&mut self) {
        self.0.core.came_back(self.1);
        self.0.room.freed.notify_one();
    }
}

impl Out {
    /// Tells the broker, which answers none of it: what is lost on the way comes again, as the part that it belongs to is gone.
    async fn tell(&self, wire: &lapin::Channel, taken: &Taken) -> lapin::Result<()> {
        let negative = |tokens: &'_ [Token], requeue| {
            let options = BasicNackOptions {
                requeue,
                multiple: false,
            };
            let told = tokens
                .iter()
                .map(move |token| wire.basic_nack(token.position, options));
            told.collect::<Vec<_>>()
        };
        try_join_all(negative(&taken.again, true)).await?;
        try_join_all(negative(&taken.rejected, false)).await?;
        if let Some(together) = taken.together {
            wire.basic_ack(together.position, BasicAckOptions { multiple: true })
                .await?;
        }
        let single = taken
            .done
            .iter()
            .filter(|token| Some(**token) > taken.together);
        try_join_all(single.map(|token| wire.basic_ack(token.position, BasicAckOptions::default())))
            .await
            .map(drop)
    }

    /// Gives back deliveries once their time has come.
    fn put_off(self: &Arc<Self>, taken: &Taken) {
        let generation = taken.generation;
        for (token, after) in taken.later.iter().copied() {
            let out = Arc::downgrade(self);
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                let Some(out) = out.upgrade() else { return };
                let _turn = out.turn.lock().await;
                let wire = {
                    let mut held = out.held();
                    let is_there = held.generation == generation
                        && held.put_off.remove(&token.position).is_some();
                    held.wire.clone().filter(|_| is_there)
                };
                if let Some((line, wire)) = wire {
                    let options = BasicNackOptions {
                        requeue: true,
                        multiple: false,
                    };
                    // Where the channel is lost it comes again anyway.
                    let telling = async {
                        let told = wire.basic_nack(token.position, options).await;
                        told.map_err(|cause| error("settle", cause))
                    };
                    drop(line.during("settle", telling).await);
                }
            });
        }
    }
}

impl Out {
    /// Settles those of its deliveries that are out still, and gives those that could not be.
    pub(crate) async fn settle(
        self: &Arc<Self>,
        verdicts: &[(Token, Verdict)],
    ) -> Vec<(Token, Error)> {
        let _turn = self.turn.lock().await;
        let Some((line, wire, taken)) = self.take(verdicts) else {
            return Vec::new();
        };
        if taken.count() == 0 {
            return Vec::new();
        }
        self.put_off(&taken);
        let _back = Back(self, taken.count());
        let telling = async {
            let told = self.tell(&wire, &taken).await;
            told.map_err(|cause| error("settle", cause))
        };
        match line.during("settle", telling).await {
            Ok(()) => Vec::new(),
            Err(error) => taken
                .unless_lost()
                .map(|token| (token, error.clone()))
                .collect(),
        }
    }
}
