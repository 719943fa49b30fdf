//! A picture that stands alone, with the colours that a page would give it.
use std::collections::BTreeMap;

use crate::{COMMENT, Error, picture::Picture, shown, template::Writer};

const STYLE: &str = include_str!("../../templates/html/picture.css");

/// Writes a picture as a file. Its links would lead to places of a page that is not there.
pub(crate) fn svg(mut picture: Picture) -> Result<String, Error> {
    picture.linked = false;
    picture
        .boxes
        .iter_mut()
        .for_each(|shape| shape.href.clear());
    let mut out = Writer::new(&BTreeMap::new())?;
    out.part("picture", &picture)?;
    let text = out.finish();
    let inner = text.strip_prefix("<svg").unwrap_or(&text);
    let (head, rest) = inner.split_once('>').unwrap_or((inner, ""));
    let name = "xmlns=\"http://www.w3.org/2000/svg\"";
    let text = format!("<svg {name}{head}>{COMMENT}<style>\n{STYLE}</style>{rest}\n");
    Ok(shown(text))
}
