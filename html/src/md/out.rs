//! Lines of Markdown with what lies between blocks. What comes in as `str` is Markdown already; texts of the document come as such.
use tidings_document::{Text, masked_everywhere};

use super::prose::prose;

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Last {
    #[default]
    Nothing,
    Block,
    Item,
}

/// What is written.
#[derive(Default)]
pub(super) struct Out {
    text: String,
    last: Last,
}

impl Out {
    pub(super) fn heading(&mut self, level: usize, text: &str) {
        self.paragraph(&format!("{} {text}", "#".repeat(level)));
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        self.block(0, &[text.to_owned()]);
    }

    /// A text of the document, if it has one.
    pub(super) fn prose(&mut self, text: Option<Text<'_>>) {
        if let Some(text) = text {
            self.block(0, &prose(text.value));
        }
    }

    /// Some lines, below an item of a list if `depth` says so.
    pub(super) fn block(&mut self, depth: usize, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        if self.last != Last::Nothing {
            self.text.push('\n');
        }
        for line in lines {
            self.line(depth, line);
        }
        self.last = Last::Block;
    }

    /// An item of a list.
    pub(super) fn item(&mut self, depth: usize, text: &str) {
        if self.last == Last::Block {
            self.text.push('\n');
        }
        self.line(depth, &format!("- {text}"));
        self.last = Last::Item;
    }

    /// An item with a text of the document behind it, or below it if that has several lines.
    pub(super) fn described(&mut self, depth: usize, text: &str, description: Option<Text<'_>>) {
        let description = description.map(|text| prose(text.value));
        match description.as_deref() {
            None | Some([]) => self.item(depth, text),
            Some([line]) => self.item(depth, &format!("{text} — {line}")),
            Some(lines) => {
                self.item(depth, text);
                self.block(depth + 1, lines);
            }
        }
    }

    fn line(&mut self, depth: usize, line: &str) {
        if !line.is_empty() {
            self.text.push_str(&"  ".repeat(depth));
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    /// All of it, without the credentials of addresses.
    pub(super) fn finish(self) -> String {
        masked_everywhere(&self.text).into_owned()
    }
}
