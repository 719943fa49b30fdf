//! From the parser's places, which count characters, to ours, which count bytes.

/// Characters between two known places.
const STEP: usize = 64;

/// Knows at which byte every character begins.
pub(super) struct Offsets<'t> {
    text: &'t str,
    base: u32,
    /// Byte of every 64th character; empty where characters are bytes.
    marks: Vec<u32>,
}

impl<'t> Offsets<'t> {
    pub(super) fn new(text: &'t str, base: u32) -> Self {
        let marks = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices()
                .step_by(STEP)
                .map(|(at, _)| at as u32)
                .collect()
        };
        Self { text, base, marks }
    }

    /// Byte at which a character begins; the end of the text for those behind it.
    pub(super) fn byte(&self, index: usize) -> u32 {
        let end = self.text.len() as u32;
        if self.marks.is_empty() {
            return self.base + end.min(index as u32);
        }
        let Some(mark) = self.marks.get(index / STEP) else {
            return self.base + end;
        };
        let rest = &self.text[*mark as usize..];
        let within = rest.char_indices().nth(index % STEP);
        self.base + within.map_or(end, |(at, _)| mark + at as u32)
    }
}
