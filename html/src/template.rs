//! The templates, and the page around the script and the style sheet, which are named in its policy by their hashes.
use handlebars::Handlebars;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{Error, view::Page};

const STYLE: &str = include_str!("../../templates/html/page.css");
const SCRIPT: &str = include_str!("../../templates/html/page.js");

/// Every template with its name.
pub(crate) const TEMPLATES: [(&str, &str); 13] = [
    ("page", include_str!("../../templates/html/page.hbs")),
    (
        "overview",
        include_str!("../../templates/html/overview.hbs"),
    ),
    ("picture", include_str!("../../templates/html/picture.hbs")),
    ("server", include_str!("../../templates/html/server.hbs")),
    (
        "operation",
        include_str!("../../templates/html/operation.hbs"),
    ),
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
];

/// What stands around the view.
#[derive(Serialize)]
struct Frame<'a> {
    page: &'a Page,
    policy: String,
    style_html: &'static str,
    script_html: &'static str,
    index_html: &'a str,
}

/// Writes the page.
pub(crate) fn page(view: &Page) -> Result<String, Error> {
    let mut handlebars = Handlebars::new();
    handlebars.set_strict_mode(true);
    handlebars.set_prevent_indent(true);
    for (name, text) in TEMPLATES {
        handlebars.register_template_string(name, text.trim_end())?;
    }
    let frame = Frame {
        page: view,
        policy: policy(),
        style_html: STYLE,
        script_html: SCRIPT,
        index_html: &view.index,
    };
    Ok(handlebars.render("page", &frame)?)
}

/// Nothing may be fetched, and no script or style may run but the page's own.
fn policy() -> String {
    format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        base64(&Sha256::digest(STYLE)),
        base64(&Sha256::digest(SCRIPT)),
    )
}

fn base64(bytes: &[u8]) -> String {
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
    fn only_fields_named_html_are_written_unescaped() {
        for (name, text) in TEMPLATES {
            assert!(!text.contains("{{&"), "{name}");
            for rest in text.split("{{{").skip(1) {
                let field = rest.split("}}}").next().unwrap();
                assert!(field.trim().ends_with("_html"), "{name}: {field}");
            }
        }
    }

    #[test]
    fn the_fixed_part_is_small() {
        assert!(SCRIPT.len() < 4096, "{}", SCRIPT.len());
        assert!(STYLE.len() + SCRIPT.len() < 16 * 1024);
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("</") && !text.contains("://"));
        }
    }
}
