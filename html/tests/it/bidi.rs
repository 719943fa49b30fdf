//! Texts that run from right to left, or pretend to: they turn round nothing but themselves.
use crate::markup::page;

/// Turns round all that follows, up to the end of the paragraph or of what isolates it.
const TURN: &str = "\u{202e}";
/// What the page shows in its place.
const SHOWN: &str = "\u{27e6}U+202E\u{27e7}";

fn turned(document: &str) -> String {
    document.replace('@', TURN)
}

/// The texts between two tags, white space folded.
fn texts(html: &str) -> Vec<String> {
    let body = html.split_once("<body").expect("a body").1;
    let body = body.split_once("<script type").expect("scripts").0;
    let texts = body.split('<').filter_map(|part| part.split_once('>'));
    let texts = texts.map(|(_, text)| text.split_whitespace().collect::<Vec<_>>().join(" "));
    texts.filter(|text| !text.is_empty()).collect()
}

#[test]
fn every_element_isolates_its_text_and_holds_nothing_beside_a_text_of_the_document() {
    let page = page(&turned(
        r#"{"asyncapi": "3.0.0", "id": "urn:@id",
"info": {"title": "@title", "version": "@1", "contact": {"name": "@contact"}, "license": {"name": "@licence"},
  "tags": [{"name": "@tag", "description": "@tagtext", "externalDocs": {"url": "mailto:@", "description": "@docs"}}]},
"servers": {"@server": {"host": "@host", "protocol": "@protocol", "title": "@servertitle",
  "security": [{"type": "@scheme", "description": "@schemetext"}]}},
"channels": {"@channel": {"address": "@address", "title": "@channeltitle", "summary": "@summary",
  "servers": [{"$ref": "\#/servers/@server"}],
  "messages": {"@message": {"name": "@name", "title": "@messagetitle", "payload": {"type": "object",
     "title": "@schema", "properties": {"@property": {"type": "string", "enum": ["@value"]}}},
     "examples": [{"name": "@example", "summary": "@about", "payload": {"@property": "@value"}}]}}}},
"operations": {"@operation": {"action": "send", "title": "@operationtitle", "channel": {"$ref": "\#/channels/@channel"}}}}"#
            .replace("\\#", "#")
            .as_str(),
    ));
    assert!(
        page.styles
            .concat()
            .contains("body *{unicode-bidi:isolate}")
    );
    let all = texts(&page.html);
    assert!(!page.html.contains(TURN));
    let turned: Vec<_> = all.iter().filter(|text| text.contains(SHOWN)).collect();
    assert!(turned.len() > 20, "{turned:?}");
    for text in turned {
        let own = [SHOWN, "urn:", "\"", "mailto:"];
        assert!(
            own.iter().any(|begin| text.starts_with(begin)),
            "our text beside it: {text}"
        );
        assert!(!text.contains(' '), "our text beside it: {text}");
    }
}
