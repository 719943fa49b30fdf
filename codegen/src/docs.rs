//! Text of the document as doc comments: nothing in it becomes code, markup that rustdoc refuses, or a link to an item.
use std::fmt::Write;

const WIDTH: usize = 108;

/// Lines of a doc comment, without the slashes.
pub(crate) type Docs = Vec<String>;

/// A paragraph of text; an empty one gives no line.
pub(crate) fn paragraph(text: &str) -> Docs {
    wrap("", "", &inline(text))
}

/// Markdown of the document: paragraphs, lists and code blocks stay, the rest is shown as it is written.
pub(crate) fn markdown(text: &str) -> Docs {
    let mut reader = Reader::default();
    for line in text.lines() {
        reader.line(line);
    }
    reader.end_block();
    if reader.fence.is_some() {
        reader.docs.push("```".to_owned());
    }
    while reader.docs.last().is_some_and(String::is_empty) {
        reader.docs.pop();
    }
    reader.docs
}

/// Joins blocks with an empty line between them.
pub(crate) fn join(blocks: impl IntoIterator<Item = Docs>) -> Docs {
    let mut docs = Docs::new();
    for block in blocks.into_iter().filter(|block| !block.is_empty()) {
        if !docs.is_empty() {
            docs.push(String::new());
        }
        docs.extend(block);
    }
    docs
}

/// Text as a code span.
pub(crate) fn code(text: &str) -> String {
    let text: String = text
        .chars()
        .filter(|c| !unsafe_char(*c))
        .map(|c| if c == '`' { '\'' } else { c })
        .collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        "the empty text".to_owned()
    } else {
        format!("`{text}`")
    }
}

#[derive(Default)]
struct Reader {
    docs: Docs,
    /// Marker and text of the block that is being read.
    block: Option<(&'static str, String)>,
    /// The fence that ends the code block that is being read.
    fence: Option<&'static str>,
}

impl Reader {
    fn line(&mut self, line: &str) {
        let trimmed = line.trim();
        if let Some(fence) = self.fence {
            let ends = trimmed.starts_with(fence);
            self.docs.push(if ends {
                "```".to_owned()
            } else {
                code_line(line)
            });
            if ends {
                self.fence = None;
            }
        } else if let Some(fence) = ["```", "~~~"]
            .into_iter()
            .find(|fence| trimmed.starts_with(fence))
        {
            self.end_block();
            self.separate();
            self.docs.push("```text".to_owned());
            self.fence = Some(fence);
        } else if trimmed.is_empty() {
            self.end_block();
        } else if let Some(item) = ["- ", "* ", "+ "]
            .iter()
            .find_map(|marker| trimmed.strip_prefix(marker))
        {
            self.end_block();
            self.block = Some(("- ", item.to_owned()));
        } else if let Some((_, text)) = &mut self.block {
            text.push(' ');
            text.push_str(trimmed);
        } else {
            self.block = Some(("", trimmed.trim_start_matches('#').to_owned()));
        }
    }

    fn end_block(&mut self) {
        let Some((marker, text)) = self.block.take() else {
            return;
        };
        let text = inline(&text);
        let follows_item = !marker.is_empty()
            && self
                .docs
                .last()
                .is_some_and(|last| last.starts_with([' ', '-']));
        if !follows_item {
            self.separate();
        }
        self.docs.extend(wrap(
            marker,
            if marker.is_empty() { "" } else { "  " },
            &text,
        ));
    }

    fn separate(&mut self) {
        if self.docs.last().is_some_and(|last| !last.is_empty()) {
            self.docs.push(String::new());
        }
    }
}

fn code_line(line: &str) -> String {
    let line: String = line.chars().filter(|c| !unsafe_char(*c)).collect();
    line.replace('\t', "    ")
        .replace("```", "'''")
        .trim_end()
        .to_owned()
}

/// Characters that a source file may not or should not hold: controls, those that turn the direction of writing, and those that
/// nobody sees.
pub(crate) fn unsafe_char(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(
            c,
            '\u{061c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Escapes everything but pairs of backticks.
fn inline(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !unsafe_char(*c))
        .collect();
    let parts: Vec<&str> = text.split('`').collect();
    let pairs = parts.len() % 2 == 1 && !text.contains("``");
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        if pairs && index % 2 == 1 {
            out.push_str(&code(part));
        } else {
            if !pairs && index > 0 {
                out.push_str("\\`");
            }
            out.push_str(&words(part));
        }
    }
    out
}

/// Text without code: links stay links where they lead to the web.
fn words(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, label, address, after)) = web_link(rest) {
        let _ = write!(out, "{}[{}]({address})", plain(before), plain(label));
        rest = after;
    }
    out + &plain(rest)
}

/// Text before the first `[label](https://…)`, its parts, and the text after it.
fn web_link(text: &str) -> Option<(&str, &str, &str, &str)> {
    let middle = text.find("](http")?;
    let start = text[..middle].rfind('[')?;
    let end = middle + text[middle..].find(')')?;
    let (label, address) = (&text[start + 1..middle], &text[middle + 2..end]);
    let safe = is_address(address) && !label.contains("http") && !label.trim().is_empty();
    safe.then_some((&text[..start], label, address, &text[end + 1..]))
}

fn is_address(text: &str) -> bool {
    let web = text.starts_with("http://") || text.starts_with("https://");
    web && !text.contains(|c: char| c.is_whitespace() || "<>`\"\\[]()|{}^*".contains(c))
}

fn plain(text: &str) -> String {
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn word(word: &str) -> String {
    if let Some(start) = word.find("http://").or_else(|| word.find("https://")) {
        return link(word, start);
    }
    let core = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
    let start = word.find(core).unwrap_or(0);
    let (before, rest) = word.split_at(start);
    let call = !core.is_empty() && rest[core.len()..].starts_with("()");
    if !call && !looks_like_code(core) {
        return escape(word);
    }
    let (core, after) = rest.split_at(core.len() + if call { 2 } else { 0 });
    format!("{}{}{}", escape(before), code(core), escape(after))
}

/// A word with the address of a page in it.
fn link(word: &str, start: usize) -> String {
    let end = word
        .trim_end_matches(|c: char| !c.is_alphanumeric() && c != '/')
        .len();
    match word.get(start..end) {
        Some(address) if is_address(address) => format!(
            "{}<{address}>{}",
            escape(&word[..start]),
            escape(&word[end..])
        ),
        _ => code(word),
    }
}

/// Words that readers, and clippy, take for identifiers.
fn looks_like_code(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next();
    let inner_capital = chars.any(char::is_uppercase) && word.chars().any(char::is_lowercase);
    inner_capital || word.contains('_') || word.contains("::")
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '#'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Breaks text into lines; a line never begins with what Markdown takes for the start of a block.
fn wrap(first: &str, rest: &str, text: &str) -> Docs {
    let mut docs = Docs::new();
    let mut line = String::new();
    for word in spans(text) {
        if !line.is_empty()
            && line.chars().count() + word.chars().count() >= WIDTH
            && !starts_block(&word)
        {
            docs.push(std::mem::take(&mut line));
        }
        if line.is_empty() {
            line.push_str(if docs.is_empty() { first } else { rest });
            line.push_str(&unblock(&word));
        } else {
            line.push(' ');
            line.push_str(&word);
        }
    }
    if !line.is_empty() {
        docs.push(line);
    }
    docs
}

/// Words, with a code span as one word.
fn spans(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match words.last_mut() {
            Some(last) if open => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
        let ticks = word.matches('`').count() - word.matches("\\`").count();
        open ^= ticks % 2 == 1;
    }
    words
}

fn starts_block(word: &str) -> bool {
    unblock(word) != word
}

/// The word, escaped where Markdown would take it for a list or a heading.
fn unblock(word: &str) -> String {
    let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let escaped = if word[digits..].starts_with(['.', ')']) {
        Some(digits)
    } else {
        None
    };
    let place = escaped
        .filter(|place| *place > 0)
        .or(word.starts_with(['-', '+', '=']).then_some(0));
    place.map_or_else(
        || word.to_owned(),
        |place| format!("{}\\{}", &word[..place], &word[place..]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_code_span_stay_together() {
        assert_eq!(spans("a `b c` d  e"), ["a", "`b c`", "d", "e"]);
        assert_eq!(spans("`a` \\`b c `d e"), ["`a`", "\\`b", "c", "`d e"]);
    }

    #[test]
    fn links_to_the_web_stay() {
        assert_eq!(
            markdown("a [b c](https://d.e/f_g) h"),
            ["a [b c](https://d.e/f_g) h"]
        );
        assert_eq!(
            markdown("x:https://a.b/(c), [y](https://z d)"),
            ["x:`https://a.b/(c),` \\[y\\](<https://z> d)"]
                .map(|s| s.replace("x:`https", "`x:https"))
        );
    }

    #[test]
    fn markup_becomes_text() {
        assert_eq!(
            markdown("a [link](x) <b> *s* foo_bar"),
            ["a \\[link\\](x) \\<b\\> \\*s\\* `foo_bar`"]
        );
        assert_eq!(markdown("see https://a.b/c_d."), ["see <https://a.b/c_d>."]);
        assert_eq!(markdown("(see a.now() * 2)"), ["(see `a.now()` \\* 2)"]);
        assert_eq!(markdown("`Vec<T>` and OrderId"), ["`Vec<T>` and `OrderId`"]);
    }

    #[test]
    fn code_blocks_are_never_run() {
        assert_eq!(
            markdown("x\n```rust\npanic!()\n"),
            ["x", "", "```text", "panic!()", "```"]
        );
        assert_eq!(markdown("    indented()"), ["`indented()`"]);
    }

    #[test]
    fn lists_keep_their_items() {
        assert_eq!(
            markdown("- a\n  b\n- c\n\ntail"),
            ["- a b", "- c", "", "tail"]
        );
        assert_eq!(markdown("1. a"), ["1\\. a"]);
    }

    #[test]
    fn controls_are_dropped() {
        assert_eq!(paragraph("a\r\u{202e}b"), ["a b"]);
        assert_eq!(code("a`b"), "`a'b`");
    }
}
