//! Markdown of the document as Markdown of ours: written anew from what it means, so that nothing of it is more than a paragraph, a
//! list, a quotation, a table or code in the place where it stands.
use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};
use tidings_document::masked;

use super::escape::{block, code, letters, no_code};
use crate::link;

/// How many lists and quotations may lie in each other; those further in are left out, and their text stays.
const DEEPEST: usize = 8;

/// The lines of a text.
pub(super) fn prose(text: &str) -> Vec<String> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let text = masked(text);
    let mut writer = Writer::default();
    for event in Parser::new_ext(&text, options) {
        writer.event(event);
    }
    writer.flush(true);
    writer.lines
}

/// What a line lies in.
enum Inside {
    Quote,
    /// An item of a list, with its mark until a line has it.
    Item {
        mark: Option<String>,
        width: usize,
    },
}

#[derive(Default)]
struct Writer {
    lines: Vec<String>,
    /// What is not on a line yet.
    current: String,
    inside: Vec<Inside>,
    /// The number of the next item of each list that is open; `None` where they have none.
    lists: Vec<Option<u64>>,
    /// Lists' items and quotations that are too deep to be shown.
    left_out: usize,
    /// Whether an empty line comes before the next one.
    gap: bool,
    links: Vec<Option<String>>,
    in_heading: bool,
    /// Cells of a row, in a table.
    row: Option<Vec<String>>,
    /// Text of a block of code.
    source: Option<(String, String)>,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.source {
                Some((_, source)) => source.push_str(&text),
                None => letters(&text, &mut self.current),
            },
            Event::Html(text) | Event::InlineHtml(text) => letters(&text, &mut self.current),
            Event::Code(text) => self.code(&text),
            Event::SoftBreak | Event::HardBreak if self.is_one_line() => self.current.push(' '),
            Event::SoftBreak => self.current.push('\n'),
            Event::HardBreak => self.current.push_str("\\\n"),
            _ => {}
        }
    }

    /// Whether what is written may not be broken into lines.
    fn is_one_line(&self) -> bool {
        self.in_heading || self.row.is_some()
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => {
                self.flush(true);
                self.in_heading = true;
                self.current.push_str("**");
            }
            Tag::Paragraph | Tag::HtmlBlock => self.flush(true),
            Tag::BlockQuote(_) => {
                self.flush(true);
                self.enter(Inside::Quote);
            }
            Tag::List(first) => {
                self.flush(true);
                self.lists.push(first);
            }
            Tag::Item => self.item(),
            Tag::CodeBlock(kind) => {
                self.flush(true);
                let language = match kind {
                    CodeBlockKind::Fenced(name) => name.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.source = Some((language, String::new()));
            }
            Tag::Table(_) => self.flush(true),
            Tag::TableHead | Tag::TableRow => self.row = Some(Vec::new()),
            Tag::Emphasis => self.current.push('*'),
            Tag::Strong if !self.in_heading => self.current.push_str("**"),
            Tag::Strikethrough => self.current.push_str("~~"),
            Tag::Link {
                link_type,
                dest_url,
                ..
            } => self.link(match link_type {
                LinkType::Email => link::outside(&format!("mailto:{dest_url}")),
                _ => link::outside(&dest_url),
            }),
            Tag::Image { dest_url, .. } => {
                // A link within a link is none: an image inside one is its text alone.
                let is_free = self.links.iter().all(Option::is_none);
                self.link(link::outside(&dest_url).filter(|_| is_free));
                self.current.push_str("image: ");
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.current.push_str("**");
                self.in_heading = false;
                self.flush(true);
            }
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.flush(true),
            TagEnd::BlockQuote(_) => {
                self.flush(true);
                self.leave();
            }
            TagEnd::Item => {
                self.flush(false);
                self.leave();
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.gap = true;
            }
            TagEnd::CodeBlock => {
                if let Some((language, source)) = self.source.take() {
                    let lines = block(&language, &source);
                    self.put(&lines);
                    self.gap = true;
                }
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.current);
                self.row.get_or_insert_default().push(cell);
            }
            TagEnd::TableHead => {
                let columns = self.row.as_ref().map_or(0, Vec::len);
                self.end_row();
                self.put(&[format!("|{}", " --- |".repeat(columns))]);
            }
            TagEnd::TableRow => self.end_row(),
            TagEnd::Table => self.gap = true,
            TagEnd::Emphasis => self.current.push('*'),
            TagEnd::Strong if !self.in_heading => self.current.push_str("**"),
            TagEnd::Strikethrough => self.current.push_str("~~"),
            TagEnd::Link | TagEnd::Image => {
                if let Some(Some(address)) = self.links.pop() {
                    self.current
                        .push_str(&format!("]({})", destination(&address)));
                }
            }
            _ => {}
        }
    }

    fn code(&mut self, text: &str) {
        // Two runs of backticks side by side would be one.
        if self.current.ends_with('`') {
            self.current.push(' ');
        }
        let code = code(text);
        self.current.push_str(&match self.row.is_some() {
            true => code.replace('|', "\\|"),
            false => code,
        });
    }

    fn link(&mut self, address: Option<String>) {
        if address.is_some() {
            // Behind this mark a link would be an image.
            if self.current.ends_with('!') {
                self.current.insert(self.current.len() - 1, '\\');
            }
            self.current.push('[');
        }
        self.links.push(address);
    }

    fn item(&mut self) {
        self.flush(false);
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number = number.saturating_add(1);
                format!("{}. ", number.saturating_sub(1) % 1_000_000)
            }
            _ => "- ".to_owned(),
        };
        let width = mark.len();
        let mark = Some(mark);
        self.enter(Inside::Item { mark, width });
    }

    fn enter(&mut self, inside: Inside) {
        self.close_gap();
        if self.inside.len() < DEEPEST {
            self.inside.push(inside);
        } else {
            self.left_out += 1;
        }
    }

    fn leave(&mut self) {
        if self.left_out > 0 {
            self.left_out -= 1;
        } else {
            self.inside.pop();
        }
    }

    /// Puts what was gathered on lines of its own; `gap` says whether an empty one follows.
    fn flush(&mut self, gap: bool) {
        let text = std::mem::take(&mut self.current);
        if text.trim().is_empty() {
            return;
        }
        let lines: Vec<String> = text.lines().map(|line| no_code(line.trim())).collect();
        self.put(&lines);
        self.gap = gap;
    }

    fn end_row(&mut self) {
        let cells = self.row.take().unwrap_or_default();
        let row: String = cells
            .iter()
            .map(|cell| format!(" {} |", cell.trim()))
            .collect();
        self.put(&[format!("|{row}")]);
    }

    /// Puts the empty line that is due.
    fn close_gap(&mut self) {
        if std::mem::take(&mut self.gap) && !self.lines.is_empty() {
            let empty = self.inside.iter().map(|inside| match inside {
                Inside::Quote => "> ".to_owned(),
                Inside::Item { width, .. } => " ".repeat(*width),
            });
            let empty: String = empty.collect();
            self.lines.push(empty.trim_end().to_owned());
        }
    }

    fn put(&mut self, lines: &[String]) {
        self.close_gap();
        for line in lines {
            let before: String = self.inside.iter_mut().map(Inside::before).collect();
            self.lines
                .push(format!("{before}{line}").trim_end().to_owned());
        }
    }
}

impl Inside {
    fn before(&mut self) -> String {
        match self {
            Self::Quote => "> ".to_owned(),
            Self::Item { mark, width } => mark.take().unwrap_or_else(|| " ".repeat(*width)),
        }
    }
}

/// An address between angle brackets: nothing in it ends it, or begins anything.
pub(crate) fn destination(address: &str) -> String {
    use std::fmt::Write;
    let mut out = "<".to_owned();
    for letter in address.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' | '>' | '\\' | '`' | '"' | '|' | '{' | '}' | '$' | '^' | '*' | '[' | ']' => {
                let _ = write!(out, "%{:02X}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('>');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&prose(text).join("\n"));
    }

    #[test]
    fn what_is_said_stays() {
        check(
            "# Title\n\nOne *two* **three** `four`\nfive  \nsix\n\n- a\n- b\n  - c\n\n3. x\n\n   y\n4. z\n\n> q\n\n```yaml\na: 1\n```\n",
            expect![[r#"
                **Title**

                One *two* **three** `four`
                five\
                six

                - a
                - b

                  - c

                3. x

                   y

                4. z

                > q

                ```yaml
                a: 1
                ```"#]],
        );
        check(
            "| a | b |\n|---|:-:|\n| `x\\|y` | 1 |\n",
            expect![[r#"
                | a | b |
                | --- | --- |
                | `x\|y` | 1 |"#]],
        );
    }

    #[test]
    fn markup_is_text_and_links_are_checked() {
        check(
            "<script>alert(1)</script>\n\n[a](javascript:x) [b](https://b.example/`*) ![c](http://c.example/c.png) [![d](http://d.example)](https://e.example) [f](#here) <b>",
            expect![[r#"
                &lt;script&gt;alert(1)&lt;/script&gt;

                a [b](<https://b.example/%60%2A>) [image: c](<http://c.example/c.png>) [image: d](<https://e.example>) f &lt;b&gt;"#]],
        );
    }

    #[test]
    fn no_line_is_code_to_what_else_reads_markdown() {
        check(
            "export const x = {{ 1 }}\nim&#112;ort x\n\n- export y\n\n`export z`\n\n```\nimport x\n```\n",
            expect![[r#"
                &#101;xport const x = &#123;&#123; 1 &#125;&#125;
                &#105;mport x

                - &#101;xport y

                `export z`

                ```
                import x
                ```"#]],
        );
    }

    #[test]
    fn what_lies_in_each_other_keeps_its_place() {
        check(
            "1. a\n   > b\n   > - c\n\n   ~~~\n   d\n   ~~~\n\n   e\n1000001. f\n",
            expect![[r#"
                1. a

                   > b
                   >
                   > - c

                   ```
                   d
                   ```

                   e

                2. f"#]],
        );
        check(
            "> a\n>\n> b\n\n| a *b* |\n|---|\n| c ~~d~~ \\| e |\n\nafter\n",
            expect![[r#"
                > a
                >
                > b

                | a *b* |
                | --- |
                | c ~~d~~ \| e |

                after"#]],
        );
        check(
            "## a **b** `c`\nd\n\n- - a\n\n![!](https://a.example)![b](#c)\n`a``b`\n\n    code\n",
            expect![[r#"
                **a b `c`**

                d

                - - a

                [image: !](<https://a.example>)image: b
                ```a``b```

                ```
                code
                ```"#]],
        );
    }

    #[test]
    fn addresses_end_where_they_should() {
        for (address, expected) in [
            ("https://a.example/?b=c&d", "<https://a.example/?b=c&amp;d>"),
            (
                "<>\\`\"|{}$^*[]",
                "<%3C%3E%5C%60%22%7C%7B%7D%24%5E%2A%5B%5D>",
            ),
        ] {
            assert_eq!(destination(address), expected);
        }
    }

    #[test]
    fn depth_is_bounded() {
        let text = format!("{} deep", ">".repeat(5000));
        assert_eq!(
            prose(&text).join("\n"),
            format!("{}deep", "> ".repeat(DEEPEST))
        );
    }
}
