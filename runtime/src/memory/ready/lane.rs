//! The messages of a key: which wait, and who has others of them.
use super::{Consumer, Entry};
use crate::transport::PerKey;
use std::collections::VecDeque;

/// The messages of a key.
#[derive(Debug)]
pub(super) struct Lane {
    /// By place.
    pub(super) waiting: VecDeque<Entry>,
    /// Who has messages of it unsettled.
    pub(super) holder: Option<Holder>,
    /// Messages of it that wait for their time.
    pub(super) paused: usize,
    pub(super) listed: Option<Listed>,
    /// Whether it is among those that had nothing left.
    pub(super) is_emptied: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Holder {
    pub(super) consumer: Consumer,
    /// How many it has, and their bytes.
    pub(super) out: usize,
    pub(super) bytes: usize,
    /// How many it may have.
    pub(super) most: Option<PerKey>,
}

impl Holder {
    pub(super) fn is_full(&self) -> bool {
        let is_full = |most: PerKey| self.out >= most.messages || self.bytes >= most.bytes;
        self.most.is_some_and(is_full)
    }
}

/// Where the head of a lane is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listed {
    Free(u64),
    Held(Consumer, u64),
}

impl Lane {
    /// Where the message that may go out next belongs.
    #[inline]
    pub(super) fn belongs(&self) -> Option<Listed> {
        let head = self.waiting.front().filter(|_| self.paused == 0)?;
        Some(match &self.holder {
            Some(holder) if holder.is_full() => return None,
            Some(holder) => Listed::Held(holder.consumer, head.sequence),
            None => Listed::Free(head.sequence),
        })
    }

    pub(super) fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.holder.is_none() && self.paused == 0
    }

    /// One message more is out, with that consumer, which may have so many; gives whether it is the first.
    #[inline]
    pub(super) fn hold(&mut self, consumer: Consumer, entry: &Entry, most: Option<PerKey>) -> bool {
        let bytes = entry.size();
        if let Some(holder) = &mut self.holder {
            holder.out += 1;
            holder.bytes += bytes;
            return false;
        }
        self.holder = Some(Holder {
            consumer,
            out: 1,
            bytes,
            most,
        });
        true
    }

    /// One message less is out; gives whether none is.
    #[inline]
    pub(super) fn let_go(&mut self, entry: &Entry) -> bool {
        match &mut self.holder {
            Some(holder) if holder.out > 1 => {
                holder.out -= 1;
                holder.bytes -= entry.size().min(holder.bytes);
                false
            }
            holder => {
                *holder = None;
                true
            }
        }
    }
}

/// Mostly at the end, or near the front.
#[inline]
pub(super) fn insert_entry(entries: &mut VecDeque<Entry>, entry: Entry) {
    if entries
        .back()
        .is_none_or(|last| last.sequence < entry.sequence)
    {
        entries.push_back(entry);
    } else {
        let at = entries.partition_point(|other| other.sequence < entry.sequence);
        entries.insert(at, entry);
    }
}
