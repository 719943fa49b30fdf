//! From the parser's places, which count characters of what it reads, to ours, which count bytes of the text.
use std::cell::Cell;

use super::padding::Padding;

/// Characters between two known places.
const STEP: usize = 64;

/// Knows at which byte every character begins.
pub(super) struct Offsets<'t> {
    /// What the parser reads: the text, perhaps with padding.
    read: &'t str,
    length: u32,
    base: u32,
    /// Byte of every 64th character; empty where characters are bytes.
    marks: Vec<u32>,
    shifts: Vec<(u32, u32)>,
    /// The character asked for last, and its byte: the next one is mostly not far behind.
    last: Cell<(usize, u32)>,
}

impl<'t> Offsets<'t> {
    pub(super) fn new(read: &'t str, length: usize, padding: &Padding, base: u32) -> Self {
        let marks = if read.is_ascii() {
            Vec::new()
        } else {
            let places = read.char_indices().step_by(STEP);
            places.map(|(at, _)| at as u32).collect()
        };
        Self {
            read,
            length: length as u32,
            base,
            marks,
            shifts: padding.shifts(),
            last: Cell::default(),
        }
    }

    /// Byte at which a character begins; the end of the text for those behind it.
    pub(super) fn byte(&self, index: usize) -> u32 {
        let at = self.read_byte(index);
        let later = self.shifts.partition_point(|(begin, _)| *begin <= at);
        let at = match later.checked_sub(1).map(|last| (last, self.shifts[last])) {
            None => at,
            Some((last, (begin, total))) => {
                let before = last.checked_sub(1).map_or(0, |last| self.shifts[last].1);
                // A place within the padding is that of the line's start.
                at.saturating_sub(total).max(begin - before)
            }
        };
        self.base + at.min(self.length)
    }

    fn read_byte(&self, index: usize) -> u32 {
        let end = self.read.len() as u32;
        if self.marks.is_empty() {
            return end.min(index as u32);
        }
        let Some(mark) = self.marks.get(index / STEP) else {
            return end;
        };
        let mut start = (index / STEP * STEP, *mark);
        if (start.0..=index).contains(&self.last.get().0) {
            start = self.last.get();
        }
        let rest = &self.read[start.1 as usize..];
        let within = rest.char_indices().nth(index - start.0);
        let at = within.map_or(end, |(at, _)| start.1 + at as u32);
        self.last.set((index, at));
        at
    }
}
