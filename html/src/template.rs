//! The templates, and the page around the script and the style sheet, which are named in its policy by their hashes.
mod call;
#[cfg(test)]
mod lean;
mod list;
mod part;
mod ready;
#[cfg(test)]
mod written;

use std::collections::BTreeMap;

use handlebars::Handlebars;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tidings_document::Host;

use crate::Error;
pub(crate) use list::all;

/// The style sheet as it is written.
pub(crate) const SHEET: &str = include_str!("../../templates/html/page.css");
/// What a page that is served looks for changes by.
pub(crate) const LIVE: &str = include_str!("../../templates/html/live.js");
/// The style sheet and the script without the white space that only their readers need.
pub(crate) const STYLE: &str = include_str!(concat!(env!("OUT_DIR"), "/page.css"));
pub(crate) const SCRIPT: &str = include_str!(concat!(env!("OUT_DIR"), "/page.js"));

/// Writes a page from its pieces.
pub(crate) struct Writer {
    templates: Handlebars<'static>,
    page: String,
}

impl Writer {
    /// A writer by our templates, and others in the place of some.
    pub(crate) fn new(others: &BTreeMap<String, String>) -> Result<Self, Error> {
        Self::of(others, |name| {
            !list::SITE.iter().any(|(of_site, _)| *of_site == name)
        })
    }

    /// The same for pages around those of documents.
    pub(crate) fn of_site(others: &BTreeMap<String, String>) -> Result<Self, Error> {
        Self::of(others, |_| true)
    }

    /// Ours need not be read: only those of others have lines to name in errors.
    fn of(
        others: &BTreeMap<String, String>,
        is_needed: impl Fn(&str) -> bool,
    ) -> Result<Self, Error> {
        let mut templates = call::registry();
        templates.register_helper(call::NAME, Box::new(part::Part::default()));
        for (name, template) in ready::all().filter(|(name, _)| is_needed(name)) {
            match others.get(name) {
                Some(text) => call::register(&mut templates, name, list::read(name, text))?,
                None => templates.register_template(name, template()),
            }
        }
        let page = String::new();
        Ok(Self { templates, page })
    }

    /// Adds what a template makes of a view.
    pub(crate) fn part(&mut self, template: &str, view: &impl Serialize) -> Result<(), Error> {
        let text = self.templates.render(template, view)?;
        self.page.push_str(&text);
        Ok(())
    }

    /// Adds the same for each of some views, which are made one after the other.
    pub(crate) fn parts(
        &mut self,
        template: &str,
        views: impl IntoIterator<Item = impl Serialize>,
    ) -> Result<(), Error> {
        let mut views = views.into_iter();
        views.try_for_each(|view| self.part(template, &view))
    }

    /// Adds what needs no template.
    pub(crate) fn text(&mut self, text: &str) {
        self.page.push_str(text);
    }

    pub(crate) fn finish(self) -> String {
        self.page
    }
}

/// Nothing may be fetched but pictures from some hosts, and no script or style may run but the page's own. One that is live asks its
/// server for changes.
pub(crate) fn policy(style: &str, scripts: &[&str], live: bool, hosts: &[Host]) -> String {
    let hash = |text: &str| format!("'sha256-{}'", base64(&Sha256::digest(text)));
    let scripts: Vec<_> = scripts.iter().map(|script| hash(script)).collect();
    let asks = if live { " connect-src 'self';" } else { "" };
    let hosts: String = hosts
        .iter()
        .map(|host| format!(" https://{host}"))
        .collect();
    format!(
        "default-src 'none'; img-src data:{hosts}; style-src {}; script-src {};{asks} base-uri 'none'; form-action 'none'",
        hash(style),
        scripts.join(" "),
    )
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            let padding = place > chunk.len();
            text.push(if padding { '=' } else { char::from(letter) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_pads_what_is_short() {
        let texts = ["", "f", "fo", "foo", "foob"].map(|text| base64(text.as_bytes()));
        assert_eq!(texts, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
    }

    #[test]
    fn only_templates_of_others_are_read_from_their_text() {
        let own = BTreeMap::from([("end".to_owned(), "<p>{{specification}}</p>".to_owned())]);
        let writer = Writer::new(&own).expect("templates");
        let read = writer.templates.get_templates().iter();
        let read = read.filter(|(_, template)| !template.mapping.is_empty());
        assert_eq!(read.map(|(name, _)| &**name).collect::<Vec<_>>(), ["end"]);
    }

    #[test]
    fn white_space_is_for_those_who_write() {
        let text = lean::lean("  a: b;\n\n  { c, d }  \n", &[(": ", ":"), ("{ ", "{")]);
        assert_eq!(text, "a:b;\n{c, d }");
        assert_eq!(STYLE, lean::style(SHEET));
        assert_eq!(
            SCRIPT,
            lean::script(include_str!("../../templates/html/page.js"))
        );
        assert!(STYLE.starts_with(":root{") && STYLE.contains("body *{unicode-bidi:isolate}"));
        assert!(SCRIPT.contains("addEventListener(") && !SCRIPT.contains(" => "));
    }

    #[test]
    fn only_fields_named_html_are_written_unescaped() {
        for (name, text) in all() {
            assert!(!text.contains("{{&"), "{name}");
            for rest in text.split("{{{").skip(1) {
                let field = rest.split("}}}").next().unwrap();
                assert!(field.trim().ends_with("_html"), "{name}: {field}");
            }
        }
    }

    #[test]
    fn a_site_has_what_is_called_so_first_as_a_page_has() {
        let rank = |script: &str| {
            let lines = script.lines().map(str::trim);
            let found = |start: &str| {
                let mut lines = lines.clone();
                lines
                    .find(|line| line.starts_with(start))
                    .map(str::to_owned)
            };
            (
                found("const rank = "),
                script.contains("found.sort((a, b) => rank(a) - rank(b)).slice("),
            )
        };
        let page = rank(include_str!("../../templates/html/page.js"));
        assert!(page.0.is_some() && page.1);
        assert_eq!(rank(include_str!("../../templates/html/site.js")), page);
    }

    /// Names of classes for scripts and users alone.
    const BARE: [&str; 1] = ["intro"];

    #[test]
    fn what_templates_call_a_class_has_rules() {
        let sheets = format!("{SHEET}{}", include_str!("../../templates/html/site.css"));
        let has_rules = |class: &str| {
            let name = format!(".{class}");
            let mut ends = sheets.split(&name).skip(1);
            ends.any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-'))
        };
        for (name, text) in all() {
            for rest in text.split("class=\"").skip(1) {
                let classes = rest.split('"').next().unwrap();
                let classes = classes
                    .split_whitespace()
                    .filter(|c| !c.contains(['{', '}']));
                for class in classes.filter(|class| !BARE.contains(class)) {
                    assert!(has_rules(class), "{name}: {class}");
                }
            }
        }
    }

    #[test]
    fn the_fixed_part_is_small() {
        let (style, script) = (STYLE.len(), SCRIPT.len());
        assert!(script < 6 * 1024, "{script}");
        assert!(style + script < 19 * 1024, "{style} and {script}");
        for text in [STYLE, SCRIPT, LIVE] {
            assert!(!text.contains("</") && !text.contains("://"));
        }
    }
}
