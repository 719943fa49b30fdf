//! The templates, and the page around the script and the style sheet, which are named in its policy by their hashes.
mod part;

use std::{collections::BTreeMap, sync::LazyLock};

use handlebars::Handlebars;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tidings_document::Host;

use crate::Error;

/// The style sheet as it is written.
pub(crate) const SHEET: &str = include_str!("../../templates/html/page.css");
/// What a page that is served looks for changes by.
pub(crate) const LIVE: &str = include_str!("../../templates/html/live.js");
/// The style sheet without the white space that only its readers need.
pub(crate) static STYLE: LazyLock<String> = LazyLock::new(|| {
    let pairs = [
        ("\n", ""),
        (": ", ":"),
        ("; ", ";"),
        (", ", ","),
        (" { ", "{"),
        (" {", "{"),
        (" }", "}"),
        (" > ", ">"),
    ];
    lean(SHEET, &pairs)
});

/// The script in the same way; none of its texts has any of these but selectors, to which they are nothing.
pub(crate) static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let signs = ["=>", "===", "||=", "=", "&&", "||", "+", "?", ":"];
    let signs = signs.map(|sign| (format!(" {sign} "), sign));
    let signs = signs.iter().map(|(wide, narrow)| (wide.as_str(), *narrow));
    let marks = [(", ", ","), ("; ", ";"), ("{ ", "{"), (" }", "}")];
    let pairs: Vec<_> = signs.chain(marks).collect();
    lean(include_str!("../../templates/html/page.js"), &pairs)
});

fn lean(text: &str, pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter();
    pairs.fold(lines(text), |text, (wide, narrow)| {
        text.replace(wide, narrow)
    })
}

fn lines(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// Templates of whole lines.
const LINES: [(&str, &str); 8] = [
    ("start", include_str!("../../templates/html/start.hbs")),
    (
        "contents",
        include_str!("../../templates/html/contents.hbs"),
    ),
    ("intro", include_str!("../../templates/html/intro.hbs")),
    ("section", include_str!("../../templates/html/section.hbs")),
    (
        "overview",
        include_str!("../../templates/html/overview.hbs"),
    ),
    ("row", include_str!("../../templates/html/row.hbs")),
    ("scheme", include_str!("../../templates/html/scheme.hbs")),
    ("schema", include_str!("../../templates/html/schema.hbs")),
];

/// Pages of a site, which others need not have.
const SITE: [(&str, &str); 2] = [
    ("site", include_str!("../../templates/html/site.hbs")),
    ("changes", include_str!("../../templates/html/changes.hbs")),
];

/// Templates that more may follow on the same line: their last line end is none of theirs.
const PARTS: [(&str, &str); 14] = [
    ("picture", include_str!("../../templates/html/picture.hbs")),
    ("server", include_str!("../../templates/html/server.hbs")),
    (
        "operation",
        include_str!("../../templates/html/operation.hbs"),
    ),
    ("pieces", include_str!("../../templates/html/pieces.hbs")),
    ("place", include_str!("../../templates/html/place.hbs")),
    ("channel", include_str!("../../templates/html/channel.hbs")),
    ("message", include_str!("../../templates/html/message.hbs")),
    ("tree", include_str!("../../templates/html/tree.hbs")),
    ("head", include_str!("../../templates/html/head.hbs")),
    ("body", include_str!("../../templates/html/body.hbs")),
    (
        "variables",
        include_str!("../../templates/html/variables.hbs"),
    ),
    (
        "requirements",
        include_str!("../../templates/html/requirements.hbs"),
    ),
    ("about", include_str!("../../templates/html/about.hbs")),
    ("end", include_str!("../../templates/html/end.hbs")),
];

/// All templates with their names.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    LINES.into_iter().chain(PARTS).chain(SITE)
}

/// Writes a page from its pieces.
pub(crate) struct Writer {
    templates: Handlebars<'static>,
    page: String,
}

impl Writer {
    /// A writer by our templates, and others in the place of some.
    pub(crate) fn new(others: &BTreeMap<String, String>) -> Result<Self, Error> {
        let mut templates = Handlebars::new();
        templates.set_strict_mode(true);
        templates.set_prevent_indent(true);
        templates.register_helper(part::NAME, Box::new(part::Part));
        let text = |name, own: &'static str| others.get(name).map_or(own, String::as_str);
        for (name, own) in LINES {
            part::register(&mut templates, name, text(name, own))?;
        }
        for (name, own) in PARTS {
            part::register(&mut templates, name, text(name, own).trim_end())?;
        }
        let page = String::new();
        Ok(Self { templates, page })
    }

    /// The same for pages around those of documents.
    pub(crate) fn of_site(others: &BTreeMap<String, String>) -> Result<Self, Error> {
        let mut writer = Self::new(others)?;
        for (name, own) in SITE {
            let text = others.get(name).map_or(own, String::as_str);
            part::register(&mut writer.templates, name, text)?;
        }
        Ok(writer)
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
    fn white_space_is_for_those_who_write() {
        let text = lean("  a: b;\n\n  { c, d }  \n", &[(": ", ":"), ("{ ", "{")]);
        assert_eq!(text, "a:b;\n{c, d }");
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
        for text in [&*STYLE, &*SCRIPT, LIVE] {
            assert!(!text.contains("</") && !text.contains("://"));
        }
    }
}
