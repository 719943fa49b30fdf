//! What users may change of the pages: templates in the place of ours, rules of the style sheet, a logo.
mod fields;
mod safe;

use std::{borrow::Cow, collections::BTreeMap};

use tidings_document::{Host, masked_everywhere};

use crate::{
    hidden::is_hidden,
    template::{self, SHEET, STYLE},
};
pub use fields::templates_readme;

/// How pages look, beyond what templates and the style sheet say by themselves.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// Templates in the place of ours, by their names, as [`check_template`] accepts them.
    pub templates: BTreeMap<String, String>,
    /// Rules behind those of the style sheet, as [`check_css`] accepts them.
    pub css: String,
    /// A picture before the title, as a `data:` URL.
    pub logo: String,
    /// Hosts whose pictures the texts of the document may show.
    pub images: Vec<Host>,
    /// A page above this one: its address and what it is called.
    pub home: Option<(String, String)>,
    /// Whether the page asks the server that it came from for a newer one.
    pub live: bool,
}

impl Shape {
    /// The whole style sheet.
    pub(crate) fn style(&self) -> Cow<'static, str> {
        match self.css.is_empty() {
            true => Cow::Borrowed(STYLE),
            false => Cow::Owned(masked_style(&format!("{}\n{}", STYLE, written(&self.css)))),
        }
    }
}

/// Rules as a browser reads them from a page, which is by what it hashes them: with line ends of HTML, and nothing in them that a page
/// shows as something else.
fn written(css: &str) -> String {
    let css = css.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut out = String::with_capacity(css.len());
    for letter in css.chars() {
        match letter {
            '\r' | '\u{c}' => out.push('\n'),
            letter if is_hidden(letter) => out.push_str(&format!("\\{:x} ", u32::from(letter))),
            letter => out.push(letter),
        }
    }
    out
}

/// A style sheet without what is taken from a page for credentials, which what stands around it decides too.
fn masked_style(style: &str) -> String {
    let (start, end) = ("<style>", "</style>");
    let whole = format!("{start}{style}{end}");
    let shown = masked_everywhere(&whole);
    let shown = shown.strip_prefix(start).unwrap_or(&shown);
    shown.strip_suffix(end).unwrap_or(shown).to_owned()
}

/// The templates of pages with their names, as they may be replaced.
pub fn templates() -> impl Iterator<Item = (&'static str, &'static str)> {
    template::all()
}

/// The style sheet of pages.
#[must_use]
pub fn style_sheet() -> &'static str {
    SHEET
}

/// Whether a text may stand in the place of a template; the reason goes on after its name.
///
/// # Errors
/// When there is no such template, when it is not well formed, and when it writes a text of the document without escaping.
pub fn check_template(name: &str, text: &str) -> Result<(), String> {
    if !templates().any(|(known, _)| known == name) {
        let known: Vec<_> = templates().map(|(name, _)| name).collect();
        return Err(format!("is no template; there are {}", known.join(", ")));
    }
    if text.len() > LARGEST {
        return Err(format!("is larger than {} KiB", LARGEST >> 10));
    }
    if depth(text) > DEEPEST {
        return Err(format!("has more than {DEEPEST} blocks within each other"));
    }
    let parsed = handlebars::Template::compile(text).map_err(|error| {
        let (line, column) = error.pos().unwrap_or((1, 1));
        format!("cannot be read at {line}:{column}: {}", error.reason())
    })?;
    if safe::gives_block(&parsed) {
        return Err("has `{{#> }}` or `{{#* }}`; write `{{> name}}`".to_owned());
    }
    match safe::unescaped(&parsed) {
        None => Ok(()),
        Some(field) => Err(format!(
            "writes `{field}` without escaping; only fields that end with `_html` are safe in `{{{{{{ }}}}}}`, and nothing else may be called so"
        )),
    }
}

/// Bytes of a template at most, and blocks within each other: a parser takes very long for more.
const LARGEST: usize = 64 << 10;
const DEEPEST: usize = 100;

/// How many blocks stand within each other at most.
fn depth(text: &str) -> usize {
    let mut open = 0_usize;
    let starts = text.split("{{").skip(1).map(|rest| {
        match rest.trim_start_matches(['{', '~', ' ']).chars().next() {
            Some('#') => open += 1,
            Some('/') => open = open.saturating_sub(1),
            _ => {}
        }
        open
    });
    starts.max().unwrap_or(0)
}

/// Whether a text may be added to the style sheet; the reason goes on after its name.
///
/// # Errors
/// When it would end the element that it stands in.
pub fn check_css(text: &str) -> Result<(), String> {
    match text.contains("</") {
        true => Err("holds `</`, which would end the style sheet of the page".to_owned()),
        false => Ok(()),
    }
}

/// A picture as a `data:` URL, told by how it begins; nothing where it is none that browsers show.
#[must_use]
pub fn logo(bytes: &[u8]) -> Option<String> {
    let kind = match bytes {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => "image/webp",
        _ => {
            let text = std::str::from_utf8(bytes).ok()?;
            text.contains("<svg").then_some("image/svg+xml")?
        }
    };
    Some(format!("data:{kind};base64,{}", template::base64(bytes)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sha2::{Digest, Sha256};

    use super::*;
    use crate::Site;

    #[test]
    fn templates_write_no_text_of_the_document_as_it_is() {
        for (name, text) in templates() {
            assert_eq!(check_template(name, text), Ok(()), "{name}");
        }
        for text in [
            "{{{title}}}",
            "{{&title}}",
            "{{{ title }}}",
            "{{~{title}~}}",
            "{{ { title } }}",
            "{{ & title }}",
            "{{{lookup this title_html}}}",
            "{{#if a}}{{else}}{{{title}}}{{/if}}",
            "{{> tree title_html=title}}",
            "{{#each a as |b_html|}}{{{b_html}}}{{/each}}",
            "{{#each a as |b c_html|}}{{{c_html}}}{{/each}}",
            "{{#each a as |b_html c|}}{{{b_html}}}{{/each}}",
            "{{#if a b_html=c}}{{/if}}",
            "{{#if a}}{{{title}}}{{/if}}",
            "{{#> tree}}{{/tree}}",
            "{{#if a}}{{else}}{{#> tree}}{{/tree}}{{/if}}",
            "{{#*inline \"own\"}}{{/inline}}",
            "{{#> tree}}{{{title}}}{{/tree}}",
            "{{#> tree a_html=title}}{{/tree}}",
            "{{#*inline \"own\"}}{{{title}}}{{/inline}}",
            "{{{[a_html]}}}",
            "{{{a_html b}}}",
            "{{{a_html b=c}}}",
        ] {
            assert!(check_template("end", text).is_err(), "{text}");
        }
        for text in [
            "{{{ a.title_html }}}",
            "{{#each a as |b c|}}{{{b.title_html}}}{{/each}}",
            "{{#if a}}{{else}}{{{b_html}}}{{/if}}",
            "{{!-- {{{title}}} --}}",
        ] {
            assert_eq!(check_template("end", text), Ok(()), "{text}");
        }
        assert!(check_template("nothing", "").is_err());
        let blocks = |count| "{{#if a}}".repeat(count) + &"{{/if}}".repeat(count);
        assert_eq!(depth(&blocks(9)), 9);
        for text in [blocks(DEEPEST + 1), "x".repeat(LARGEST + 1)] {
            let reason = check_template("end", &text).expect_err("too much");
            assert!(reason.contains("more than") || reason.contains("larger than"));
        }
        let reason = check_template("end", "a\n{{#if x}}").expect_err("no end");
        assert!(
            reason.starts_with("cannot be read at 2:10: ") && !reason.contains('\n'),
            "{reason}"
        );
        assert!(check_template("end", "{{#if x}}").is_err());
    }

    #[test]
    fn the_documentation_has_the_properties_that_there_are() {
        let sheet = style_sheet().split_once('}').expect("rules").0;
        let lines = sheet.lines().map(str::trim);
        let names = lines.filter_map(|line| line.split_once(':'));
        let names = names.filter(|(name, _)| name.starts_with("--"));
        let there: BTreeSet<&str> = names.map(|(name, _)| name).collect();
        let text = include_str!("../../docs/documentation.md");
        let rows = text.lines().filter(|line| line.starts_with("| `--"));
        let cells = rows.filter_map(|row| row.split('|').nth(1));
        let told = cells.flat_map(|cell| cell.split('`').filter(|name| name.starts_with("--")));
        assert_eq!(told.collect::<BTreeSet<_>>(), there);
    }

    #[test]
    fn a_logo_is_known_by_its_beginning() {
        let kind = |bytes: &[u8]| logo(bytes).map(|url| url.split(';').next().map(str::to_owned));
        assert_eq!(
            kind(b"\x89PNG\r\n"),
            Some(Some("data:image/png".to_owned()))
        );
        assert_eq!(
            kind(b"<?xml?><svg/>"),
            Some(Some("data:image/svg+xml".to_owned()))
        );
        for (bytes, expected) in [
            (&b"\xff\xd8\xff\xe0"[..], "data:image/jpeg"),
            (b"GIF89a", "data:image/gif"),
            (b"RIFF1234WEBPVP8", "data:image/webp"),
        ] {
            assert_eq!(kind(bytes), Some(Some(expected.to_owned())));
        }
        for bytes in [&b"RIFF1234WAVE"[..], b"\xff\xd8", b"GIF", b"\xff<svg"] {
            assert_eq!(kind(bytes), None);
        }
        assert_eq!(
            logo(b"<svg/>"),
            Some("data:image/svg+xml;base64,PHN2Zy8+".to_owned())
        );
        assert_eq!(kind(b"<html>"), None);
        assert_eq!(kind(b""), None);
    }

    /// Where the hash is another, browsers leave out the whole style sheet, ours too.
    #[test]
    fn the_policy_has_the_hash_of_the_rules_that_are_written() {
        for css in [
            "a { color: red }",
            "a { color: red }\r\nb { color: red }\rc { color: red }\u{c}",
            "\u{feff}a::after { content: '\u{200b}\u{1}' }",
            "me:b4nana@a.example{}",
            "a{}/* me:secret@a.example",
            "a { background: url(https://me:secret@pictures.example/a.png) }",
        ] {
            let shape = Shape {
                css: css.to_owned(),
                ..Shape::default()
            };
            let site = Site {
                title: "",
                pages: &[],
                shape: &shape,
                has_changes: false,
            };
            let page = site.index().expect("a page");
            let style = page
                .split("<style>")
                .nth(1)
                .and_then(|rest| rest.split("</style>").next());
            let style = style.expect("a style sheet").replace("\r\n", "\n");
            let hash = template::base64(&Sha256::digest(style.replace('\r', "\n")));
            let policy = handlebars::html_escape(&format!("style-src 'sha256-{hash}';"));
            assert!(page.contains(&policy), "{css:?}");
        }
    }

    #[test]
    fn a_style_sheet_ends_no_element() {
        assert!(check_css("a { color: red }").is_ok());
        assert!(check_css("</style><script>").is_err());
    }
}
