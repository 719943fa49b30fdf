//! Markdown of the document to HTML: markup becomes text, links are checked, images become links, headings are demoted.
use std::borrow::Cow;

use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};

use tidings_document::Host;

use crate::{ids::Ids, link};

/// What texts may lead to and show.
#[derive(Default, Clone, Copy)]
pub(crate) struct Allowed<'a> {
    /// Places on the page.
    pub(crate) ids: Option<&'a Ids>,
    /// Hosts whose pictures are shown; others are links.
    pub(crate) images: &'a [Host],
}

/// Renders a text. Its headings start one level below `base`, and are paragraphs in bold below level 6.
pub(crate) fn render(text: &str, base: u8, allowed: Allowed<'_>) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events: Vec<Event<'_>> = Parser::new_ext(text, options).collect();
    let top = top_heading(&events);
    let mut filter = Filter {
        allowed,
        base,
        top,
        previous: base,
        open_headings: Vec::new(),
        open_links: Vec::new(),
    };
    let safe = events.into_iter().flat_map(|event| filter.event(event));
    let mut out = String::new();
    html::push_html(&mut out, safe);
    out.truncate(out.trim_end().len());
    out
}

fn top_heading(events: &[Event<'_>]) -> u8 {
    let levels = events.iter().filter_map(|event| match event {
        Event::Start(Tag::Heading { level, .. }) => Some(*level as u8),
        _ => None,
    });
    levels.min().unwrap_or(1)
}

struct Filter<'a> {
    allowed: Allowed<'a>,
    base: u8,
    top: u8,
    previous: u8,
    open_headings: Vec<Option<HeadingLevel>>,
    /// What each open link or image is written as, by its end.
    open_links: Vec<Option<TagEnd>>,
}

impl Filter<'_> {
    fn event<'e>(&mut self, event: Event<'e>) -> Vec<Event<'e>> {
        match event {
            Event::Html(text) | Event::InlineHtml(text) => vec![Event::Text(text)],
            Event::Start(Tag::HtmlBlock) => vec![Event::Start(Tag::Paragraph)],
            Event::End(TagEnd::HtmlBlock) => vec![Event::End(TagEnd::Paragraph)],
            Event::Start(Tag::Heading { level, .. }) => self.start_heading(level),
            Event::End(TagEnd::Heading(_)) => self.end_heading(),
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) => self.start_link(link_type, &dest_url),
            Event::Start(Tag::Image { dest_url, .. }) => self.start_image(&dest_url),
            Event::End(TagEnd::Link | TagEnd::Image) => {
                let end = self.open_links.pop().flatten();
                end.map(Event::End).into_iter().collect()
            }
            // Alignment would be written as a style attribute, which the page's own policy forbids.
            Event::Start(Tag::Table(columns)) => {
                let plain = vec![pulldown_cmark::Alignment::None; columns.len()];
                vec![Event::Start(Tag::Table(plain))]
            }
            other => vec![other],
        }
    }

    fn start_heading<'e>(&mut self, level: HeadingLevel) -> Vec<Event<'e>> {
        let wanted = self.base + 1 + (level as u8).saturating_sub(self.top);
        let level = wanted.min(self.previous + 1);
        let heading = HeadingLevel::try_from(usize::from(level)).ok();
        self.open_headings.push(heading);
        match heading {
            Some(heading) => {
                self.previous = level;
                vec![Event::Start(Tag::Heading {
                    level: heading,
                    id: None,
                    classes: Vec::new(),
                    attrs: Vec::new(),
                })]
            }
            None => vec![Event::Start(Tag::Paragraph), Event::Start(Tag::Strong)],
        }
    }

    fn end_heading<'e>(&mut self) -> Vec<Event<'e>> {
        match self.open_headings.pop().flatten() {
            Some(level) => vec![Event::End(TagEnd::Heading(level))],
            None => vec![Event::End(TagEnd::Strong), Event::End(TagEnd::Paragraph)],
        }
    }

    fn start_link<'e>(&mut self, kind: LinkType, url: &str) -> Vec<Event<'e>> {
        let address = match (kind, url.strip_prefix('#')) {
            (LinkType::Email, _) => link::outside(&format!("mailto:{url}")),
            (_, Some(id)) => {
                let ids = self.allowed.ids.filter(|ids| ids.contains(id));
                ids.map(|_| url.to_owned())
            }
            _ => link::outside(url),
        };
        self.link(address)
    }

    fn start_image<'e>(&mut self, url: &str) -> Vec<Event<'e>> {
        if let Some(address) = link::picture(url, self.allowed.images) {
            self.open_links.push(Some(TagEnd::Image));
            return vec![Event::Start(Tag::Image {
                link_type: LinkType::Inline,
                dest_url: CowStr::from(address),
                title: CowStr::Borrowed(""),
                id: CowStr::Borrowed(""),
            })];
        }
        // A link within a link is not HTML: an image inside one is its text alone.
        let address = match self.open_links.contains(&Some(TagEnd::Link)) {
            true => None,
            false => link::outside(url),
        };
        let mut events = self.link(address);
        events.push(Event::Text(CowStr::Borrowed("image: ")));
        events
    }

    fn link<'e>(&mut self, address: Option<String>) -> Vec<Event<'e>> {
        self.open_links.push(address.as_ref().map(|_| TagEnd::Link));
        let Some(address) = address else {
            return Vec::new();
        };
        vec![Event::Start(Tag::Link {
            link_type: LinkType::Inline,
            dest_url: CowStr::from(address),
            title: CowStr::Borrowed(""),
            id: CowStr::Borrowed(""),
        })]
    }
}

/// The text without its markup on one line, at most so many characters.
pub(crate) fn plain(text: &str, limit: usize) -> String {
    let words = Parser::new(text).filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(Cow::Owned(text.into_string())),
        Event::SoftBreak | Event::HardBreak | Event::End(_) => Some(Cow::Borrowed(" ")),
        _ => None,
    });
    let joined: String = words.collect();
    let line = joined.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(text: &str, base: u8, expected: Expect) {
        expected.assert_eq(&render(text, base, Allowed::default()));
    }

    #[test]
    fn markup_is_text() {
        check(
            "a <b onclick=x>b</b>\n\n<script>alert(1)</script>\n",
            3,
            expect![[r#"
                <p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>
                <p>&lt;script&gt;alert(1)&lt;/script&gt;
                </p>"#]],
        );
    }

    #[test]
    fn links_are_checked_and_images_are_links() {
        check(
            "[a](javascript:x) [b](https://b.example \"t\") ![c](http://c.example/c.png) [![d](http://d.example)](https://e.example) [f](#nowhere) <me@g.example> [h](x.md)",
            3,
            expect![[
                r#"<p>a <a href="https://b.example">b</a> <a href="http://c.example/c.png">image: c</a> <a href="https://e.example">image: d</a> f <a href="mailto:me@g.example">me@g.example</a> h</p>"#
            ]],
        );
    }

    #[test]
    fn pictures_of_hosts_that_are_named_are_shown() {
        let images = ["c.example".parse().unwrap()];
        let allowed = Allowed {
            images: &images,
            ..Allowed::default()
        };
        let text = "![a *b* \"](https://c.example/c.png) [![d](https://c.example/d.png)](https://e.example) ![f](https://f.example/)";
        expect![[r#"<p><img src="https://c.example/c.png" alt="a b &quot;" /> <a href="https://e.example"><img src="https://c.example/d.png" alt="d" /></a> <a href="https://f.example/">image: f</a></p>"#]]
            .assert_eq(&render(text, 3, allowed));
    }

    #[test]
    fn headings_are_demoted_without_a_gap() {
        check(
            "## a\n#### b\n# c\n",
            3,
            expect![[r#"
                <h4>a</h4>
                <h5>b</h5>
                <h4>c</h4>"#]],
        );
        check("# a", 6, expect!["<p><strong>a</strong></p>"]);
    }

    #[test]
    fn headings_that_have_no_level_left_are_paragraphs_in_bold() {
        check(
            "# a\n## b\n# c\n",
            5,
            expect![[r#"
                <h6>a</h6>
                <p><strong>b</strong></p>
                <h6>c</h6>"#]],
        );
    }

    #[test]
    fn links_to_the_page_lead_to_what_is_there() {
        let mut ids = Ids::default();
        ids.claim("message", "a");
        let allowed = Allowed {
            ids: Some(&ids),
            ..Allowed::default()
        };
        assert_eq!(
            render("[a](#message-a) [b](#message-b)", 3, allowed),
            "<p><a href=\"#message-a\">a</a> b</p>"
        );
    }

    #[test]
    fn tables_carry_no_style() {
        check(
            "|a|\n|:-:|\n|b|",
            3,
            expect![[r#"
                <table><thead><tr><th>a</th></tr></thead><tbody>
                <tr><td>b</td></tr>
                </tbody></table>"#]],
        );
    }

    #[test]
    fn plain_text_has_no_markup() {
        assert_eq!(plain("# A\n\n*b* `c`\nd", 100), "A b c d");
        assert_eq!(plain("abcdef", 3), "abc…");
        assert_eq!(plain("abc", 3), "abc");
        assert_eq!(plain("ab cdef", 3), "ab…");
        assert_eq!(plain("a\\\nb <i>c</i>", 100), "a b c");
    }
}
